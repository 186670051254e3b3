package tox

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"

	"toxgen/internal/config"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/reference"
	"toxgen/internal/registry"
	"toxgen/templates"
)

var update = flag.Bool("update", false, "write the results to the golden files")

// embedded returns an embedded template.
func embedded(name string) (string, error) {
	data, err := templates.Embedded.ReadFile(name)
	return string(data), err
}

// project parses the configuration and the facts of an archive, and selects.
func project(t *testing.T, archive *txtar.Archive) (*config.Config, *matrix.Matrix) {
	t.Helper()
	var c *config.Config
	facts := registry.Facts{}
	for _, f := range archive.Files {
		if f.Name == config.FileName {
			var findings []error
			parsed, faults := config.Parse(f.Name, f.Data)
			for _, fault := range faults {
				findings = append(findings, errors.New(fault.String()))
			}
			if parsed == nil {
				t.Fatal(errors.Join(findings...))
			}
			c = parsed
		} else if name, isFacts := registry.NameOf(f.Name); isFacts {
			p, _, faults := registry.Parse(name, f.Data)
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			facts[name] = p
		}
	}
	selected := matrix.Select(c, facts, matrix.Before{})
	m, lacking, findings := selected.Matrix, selected.Lacking, selected.Findings
	if len(lacking) > 0 || len(findings) > 0 {
		t.Fatal(lacking, findings)
	}
	return c, m
}

// TestRenderGolden renders the projects of two archives: most suites install the SDK with everything else, or tox builds it
// for most of them.
func TestRenderGolden(t *testing.T) {
	for _, name := range []string{"small.txtar", "packaged.txtar"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata", name)
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			c, m := project(t, archive)
			got, err := Render(t.Context(), c, m, builds(t, c), nil, Custom{}, embedded)
			if err != nil {
				t.Fatal(err)
			}
			last := &archive.Files[len(archive.Files)-1]
			if *update {
				last.Data = got
				if err := os.WriteFile(path, txtar.Format(archive), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(last.Data), string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// builds returns a lock with nothing but pins of the build requirements.
func builds(t *testing.T, c *config.Config) lock.Lock {
	t.Helper()
	l, _, _ := ReadLock(c, nil, []byte("setuptools==80.9.0\n"))
	return l
}

// declared returns the archive with an index in its configuration.
func declared(archive *txtar.Archive) *txtar.Archive {
	files := slices.Clone(archive.Files)
	i := slices.IndexFunc(files, func(f txtar.File) bool { return f.Name == config.FileName })
	files[i].Data = append([]byte("index: https://packages.example.org/a%20b/simple/\n"), files[i].Data...)
	return &txtar.Archive{Files: files}
}

// TestIndex checks that a declared index, and no other one, is what every environment installs from, and that nothing
// changes without one.
func TestIndex(t *testing.T) {
	archive, err := txtar.ParseFile(filepath.Join("testdata", "small.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	c, m := project(t, declared(archive))
	got, err := Render(t.Context(), c, m, lock.Lock{}, nil, Custom{}, embedded)
	if err != nil {
		t.Fatal(err)
	}
	const url = "https://packages.example.org/a%20b/simple/"
	want := map[string]string{"UV_DEFAULT_INDEX": url, "UV_INDEX": "", "UV_EXTRA_INDEX_URL": "", "UV_NO_CONFIG": "1",
		"PIP_INDEX_URL": url, "PIP_EXTRA_INDEX_URL": url}
	file, err := Parse(got)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]map[string]string{"[pkgenv]": file.PackageVariables()}
	for _, e := range m.Environments() {
		seen[e.Name()] = file.Variables(e.Name())
	}
	for name, variables := range seen {
		for key, value := range want {
			if found, set := variables[key]; !set || found != value {
				t.Errorf("%s: %s is %q, not %q", name, key, found, value)
			}
		}
	}
	golden := archive.Files[len(archive.Files)-1].Data
	for line := range strings.Lines(string(golden)) {
		if !strings.Contains(string(got), line) {
			t.Errorf("the file lacks a line that it has without an index: %s", line)
		}
	}
	if text := string(golden); strings.Contains(text, "INDEX") || strings.Contains(text, "disallow_pass_env") {
		t.Errorf("without an index the file is\n%s", text)
	}
}

// TestRenderRefuses renders templates whose output tox would read differently than intended.
func TestRenderRefuses(t *testing.T) {
	archive, err := txtar.ParseFile(filepath.Join("testdata", "small.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	c, m := project(t, declared(archive))
	usual, err := embedded(TemplateName)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, old, new, want string }{
		{"no environments", "{{- range .Environments}}\n    {{.}}\n{{- end}}", "", "env_list differs from the selected environments"},
		{"an additional environment", "env_list =", "env_list =\n    py3.13-other", `"py3.13-other" is unexpected`},
		{"a section of its own", "[testenv]", "[testenv:lint]\ndeps =\n\n[testenv]", "section [testenv:lint] would override"},
		{"an additional requirement", "\ndeps =", "\ndeps =\n    py3.13-web: pytest-more", `"pytest-more" is unexpected`},
		{"a requirement for the wrong environments", "\ndeps =", "\ndeps =\n    chain: pytest-more", `"pytest-more" is unexpected`},
		{"no commands", "{{- range .Commands}}\n    {{.}}\n{{- end}}", "", "tox would read different commands"},
		{"a variable replaced", "\ndeps =", "\n    web: COVERAGE_FILE = x\ndeps =", `tox would set COVERAGE_FILE to "x"`},
		{"a label of another suite", "\ndeps =", "\nlabels =\n    web2: ai-py3.13\ndeps =", `by the label ai-py3.13: "py3.13-web2-v0.1" is unexpected`},
		{"a label said again", "{{- if .Packaged}}", "\n    docs = lint\n{{- if .Packaged}}", `by the label docs: "docs" is missing`},
		{"an additional label", "labels =", "labels =\n    nightly = docs", "the label nightly is unexpected"},
		{"a label without environments", "labels =", "labels =\n    docs", `tox would not read the labels because of the line "docs"`},
		{"a label of an environment that is none", "{{.Name}} = \\\n{{- range .Selected}}", "{{.Name}} = py3.13-web-v1.0, \\\n{{- range .Selected}}", `"py3.13-web-v1.0" is unexpected`},
		{"no label", "    {{.Name}} = \\\n{{- range .Lines}}\n        # {{.Suite}}\n        {{.Text}}\n{{- end}}", "", "is missing"},
		{"the public index", "{{- range .SetEnv}}\n    {{.}}\n{{- end}}\n", "", `tox would set UV_`},
		{"the public index where the SDK is built", "{{- with .PackageEnv}}", "{{- with false}}", `section [pkgenv]: tox would set UV_DEFAULT_INDEX to ""`},
		{"an index of the surroundings", "{{- with .DisallowEnv}}", "{{- with false}}", `tox would pass on the environment variable UV_CONFIG_FILE`},
		{"a loop without an end", "[tox]", "{{range 2000000000}}{{end}}[tox]", "template: tox.ini.tmpl:6:8: the template does not end"},
		{"not ini", "[tox]", "[tox", "not an ini file"},
		{"not a template", "[tox]", "{{", "template: tox.ini.tmpl:7"},
		{"an unknown field", "[tox]", "{{.Nothing}}", "can't evaluate field Nothing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := strings.Replace(usual, test.old, test.new, 1)
			if text == usual {
				t.Fatalf("the template does not hold %q", test.old)
			}
			_, err := Render(t.Context(), c, m, lock.Lock{}, nil, Custom{}, func(string) (string, error) { return text, nil })
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want %q", err, test.want)
			}
		})
	}
}

// TestRenderRefusesPackaged is TestRenderRefuses for a project that tox packages, with commands around the others.
func TestRenderRefusesPackaged(t *testing.T) {
	archive, err := txtar.ParseFile(filepath.Join("testdata", "packaged.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	c, m := project(t, archive)
	usual, err := embedded(TemplateName)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, old, new, want string }{
		{"no package", "{{- range .Package}}\n    {{.}}", "{{- range .Package}}", "tox would read different package"},
		{"another package", "{{- range .Package}}", "\n    web2: sdist\n{{- range .Package}}", "tox would read different package"},
		{"requirements of the package that move pins", "constrain_package_deps = true", "constrain_package_deps = false", "tox would read different constrain_package_deps"},
		{"constraints that are not what is installed", "use_frozen_constraints = true\n", "", "tox would read different use_frozen_constraints"},
		{"no extras", "{{- with .Extras}}", "{{- with false}}", `tox would read different extras: "base" is missing`},
		{"another extra", "\nextras =", "\nextras =\n    lint: more", `environment lint: tox would read different extras: "more" is unexpected`},
		{"no program", "{{- with .Externals}}", "{{- with false}}", `tox would read different allowlist_externals: "docker" is missing`},
		{"another program", "\nallowlist_externals =", "\nallowlist_externals =\n    web: *", `tox would read different allowlist_externals: "*" is unexpected`},
		{"nothing before", "{{- with .CommandsPre}}", "{{- with false}}", `tox would read different commands_pre: "python -m prepare #1" is missing`},
		{"more before", "\ncommands_pre =", "\ncommands_pre =\n    web2: id", `tox would read different commands_pre: "id" is unexpected`},
		{"nothing after", "{{- with .CommandsPost}}", "{{- with false}}", `tox would read different commands_post: "- docker stop x" is missing`},
		{"another folder", "package_root = {{.Root}}", "package_root = {tox_root}", `tox would build the SDK of another folder: ["{tox_root}"]`},
		{"another virtualenv", "{{- with .PackageVirtualenv}}", "{{- with false}}", `environment .pkg-cpython37: tox would use the virtualenv "", not "virtualenv<20.27"`},
		{"another backend", "{{- with .PackageEnv}}", "{{- with false}}", `section [pkgenv]: tox would set PIP_BUILD_CONSTRAINT to ""`},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := strings.Replace(usual, test.old, test.new, 1)
			if text == usual {
				t.Fatalf("the template does not hold %q", test.old)
			}
			_, err := Render(t.Context(), c, m, builds(t, c), nil, Custom{}, func(string) (string, error) { return text, nil })
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want %q", err, test.want)
			}
		})
	}
}

// TestManyExceptions checks that a file stays small in which many suites with names of several factors have commands of
// their own or do not install the SDK, also if all of them do.
func TestManyExceptions(t *testing.T) {
	for _, test := range []struct {
		name  string
		usual string // the suites without exceptions
	}{
		{"most of them", "  web-a: {python: py3.13, test-path: tests, ci: false}\n  web-b: {pythons: [py3.7, py3.13], test-path: tests, ci: false}\n"},
		{"all of them", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := "project: {name: some-sdk}\npythons: [{version: \"3.7\", patch: 17}, {version: \"3.13\", patch: 13}]\n" +
				"platform: {system: linux, machine: x86_64, libc: glibc-2.28}\n" +
				"testenv: {commands: [pytest], commands-pre: [id], requires: [pytest], package: editable, not-editable: [py3.7]}\nsuites: {}\nstatic:\n" + test.usual
			for i := range 40 {
				text += fmt.Sprintf("  s%d-x: {python: py3.13, commands: [c%d], commands-pre: [], skip-install: %v, package: skip, ci: false}\n", i, i, i%2 == 0)
			}
			c, m := project(t, &txtar.Archive{Files: []txtar.File{{Name: config.FileName, Data: []byte(text)}}})
			data, err := Render(t.Context(), c, m, lock.Lock{}, nil, Custom{}, embedded)
			if err != nil {
				t.Fatal(err)
			}
			if len(data) > 30_000 {
				t.Errorf("the file has %d bytes", len(data))
			}
		})
	}
}

// TestRenderBefore renders over a file that was parsed before. What counts is the text of the rendering.
func TestRenderBefore(t *testing.T) {
	archive, err := txtar.ParseFile(filepath.Join("testdata", "small.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	c, m := project(t, archive)
	want, err := Render(t.Context(), c, m, lock.Lock{}, nil, Custom{}, embedded)
	if err != nil {
		t.Fatal(err)
	}
	text := string(want)
	usual, err := embedded(TemplateName)
	if err != nil {
		t.Fatal(err)
	}
	wrong := strings.Replace(usual, "\ndeps =", "\ndeps =\n    chain: pytest-more", 1)
	tampered := strings.Replace(text, "\ndeps =", "\ndeps =\n    chain: pytest-more", 1)
	for _, test := range []struct{ name, before, template, want string }{
		{"the same text", text, usual, ""},
		{"another text, and a right template", tampered, usual, ""},
		{"a right text, and a wrong template", text, wrong, `"pytest-more" is unexpected`},
		{"the text of a wrong template, and this template", tampered, wrong, `"pytest-more" is unexpected`},
	} {
		t.Run(test.name, func(t *testing.T) {
			before, err := Parse([]byte(test.before))
			if err != nil {
				t.Fatal(err)
			}
			got, err := Render(t.Context(), c, m, lock.Lock{}, before, Custom{}, func(string) (string, error) { return test.template, nil })
			switch {
			case test.want == "" && (err != nil || string(got) != text):
				t.Errorf("got error %v, and\n%s", err, got)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got error %v, want %q", err, test.want)
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	c := reference.Config(b)
	data, err := Render(b.Context(), c, matrix.Select(c, reference.Facts(b), matrix.Before{}).Matrix, lock.Lock{}, nil, Custom{}, embedded)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(data); err != nil {
			b.Fatal(err)
		}
	}
}

// renderReference selects for the reference configuration and renders the result.
func renderReference(t *testing.T) (*config.Config, *matrix.Matrix, []byte) {
	t.Helper()
	c := reference.Config(t)
	selected := matrix.Select(c, reference.Facts(t), matrix.Before{})
	m, lacking, findings := selected.Matrix, selected.Lacking, selected.Findings
	if len(lacking)+len(findings) > 0 {
		t.Fatal(lacking, findings)
	}
	data, err := Render(t.Context(), c, m, lock.Lock{}, nil, Custom{}, embedded)
	if err != nil {
		t.Fatal(err)
	}
	return c, m, data
}

// TestSuitesApart checks that the lines of a suite do not apply to another suite with a similar name.
func TestSuitesApart(t *testing.T) {
	_, _, data := renderReference(t)
	file, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	for environment, want := range map[string]string{
		"py3.13-httpx2-latest":             "tests/integrations/httpx2",
		"py3.13-httpx-v1":                  "tests/integrations/httpx",
		"py3.13-openai-base-v1":            "tests/integrations/openai",
		"py3.13-redis-v1":                  "tests/integrations/redis",
		"py3.6-redis_py_cluster_legacy-v1": "tests/integrations/redis_py_cluster_legacy",
	} {
		if got := file.Variables(environment)[config.TestPathVariable]; got != want {
			t.Errorf("%s tests %q, not %q", environment, got, want)
		}
	}
	if deps := file.Lines("deps", "py3.13-httpx2-latest"); slices.ContainsFunc(deps, func(d string) bool { return strings.HasPrefix(d, "httpx==") }) {
		t.Errorf("httpx2 installs httpx: %q", deps)
	}
	if deps := file.Lines("deps", "py3.13-langchain-notiktoken-latest"); slices.Contains(deps, "tiktoken") {
		t.Errorf("langchain-notiktoken installs tiktoken: %q", deps)
	}
}

// TestUndeclared checks that an environment of a Python that is not declared for a suite still tests the right release.
func TestUndeclared(t *testing.T) {
	_, m, data := renderReference(t)
	file, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(m.Suites, func(s *matrix.Suite) bool { return s.Name == "flask" })
	newest := m.Suites[i].Picks[len(m.Suites[i].Picks)-1]
	if deps := file.Lines("deps", "py3.12-flask-latest"); !slices.Contains(deps, "flask=="+newest.Version.String()) {
		t.Errorf("py3.12-flask-latest installs %q, not flask %s", deps, newest.Version)
	}
}

// TestJavaHome checks that JAVA_HOME is set for the releases of Spark 3 and for no other release.
func TestJavaHome(t *testing.T) {
	_, m, data := renderReference(t)
	file, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[bool]int{}
	for _, e := range m.Environments() {
		_, got := file.Variables(e.Name())["JAVA_HOME"]
		want := e.Suite.Name == "spark" && e.Pick.Version.Major() == 3
		if got != want {
			t.Errorf("%s: JAVA_HOME is set: %v", e.Name(), got)
		}
		seen[got]++
	}
	if seen[true] != 5 {
		t.Errorf("JAVA_HOME reaches %d environments, not 5", seen[true])
	}
}

// TestRealTox compares with what tox itself reads from the tox.ini of the reference configuration, with sections that people
// wrote: the list of environments, the labels, and for one environment of each release its deps and set_env.
func TestRealTox(t *testing.T) {
	tool, err := exec.LookPath("tox")
	if err != nil {
		t.Skip("SKIPPED: tox is not on PATH, so this package is not compared with it")
	}
	c, m, data := renderReference(t)
	data, err = Render(t.Context(), c, m, lock.Lock{}, nil, ReadCustom([]byte(string(data)+marked(sections))), embedded)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "tox.ini"), data, 0o666); err != nil {
		t.Fatal(err)
	}
	run := func(arguments ...string) string { return runTox(t, tool, folder, arguments...) }
	var names []string
	for _, e := range m.Environments() {
		names = append(names, e.Name())
	}
	listed := strings.Fields(run("list", "--no-desc"))
	if diff := cmp.Diff(sorted(append(slices.Clone(names), "mypy", "py3.13-extra", "py3.14-extra")), sorted(listed)); diff != "" {
		t.Errorf("tox list (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(labels(m), toxLabels(run("config", "--core", "-e", names[0], "-k", "labels")), cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("labels (-want +got)\n%s", diff)
	}
	var sample []matrix.Environment
	for _, suite := range m.Suites {
		for _, e := range suite.Environments() {
			if e.Python == e.Pick.Pythons[0] || e.Alias {
				sample = append(sample, e)
			}
		}
	}
	names = nil
	for _, e := range sample {
		names = append(names, e.Name())
	}
	shown := toxConfig(run("config", "-e", strings.Join(names, ","), "-k", "deps", "set_env"))
	substitute := strings.NewReplacer("{env:SDK_ROOT:{tox_root}/sdk}", "the/sdk", "{work_dir}", filepath.Join(folder, ".tox"), " ;", ";", "'", `"`)
	for _, e := range sample {
		values := shown[e.Name()]
		var want []string
		for _, d := range dependencies(c, e, nil, nil) {
			want = append(want, substitute.Replace(d))
		}
		got := slices.Clone(values["deps"])
		for i := range got {
			got[i] = strings.NewReplacer(" ;", ";", "'", `"`).Replace(got[i])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: deps (-want +got)\n%s", e.Name(), diff)
		}
		for name, value := range variables(c, e, false, false) {
			value = strings.ReplaceAll(substitute.Replace(value), "{envname}", e.Name())
			if line := name + "=" + value; !slices.Contains(values["set_env"], line) {
				t.Errorf("%s: set_env lacks %q", e.Name(), line)
			}
		}
	}
}

// runTox returns what tox prints in a folder.
func runTox(t *testing.T, tool, folder string, arguments ...string) string {
	t.Helper()
	command := exec.Command(tool, arguments...)
	command.Dir = folder
	command.Env = append(os.Environ(), "SDK_ROOT=the/sdk", "TESTPATH=")
	out, err := command.Output()
	if err != nil {
		t.Fatalf("tox %s: %v", strings.Join(arguments, " "), err)
	}
	return string(out)
}

// TestRealToxRows checks what the labels of rows select, and that tox itself reads them so.
func TestRealToxRows(t *testing.T) {
	archive, err := txtar.ParseFile(filepath.Join("testdata", "small.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	suites := map[string][]string{
		"web":         {"py3.6-web-v1.0", "py3.7-web-v1.0", "py3.7-web-v2.0", "py3.13-web-v2.0", "py3.13-web-v3.1", "py3.14-web-v3.1", "py3.14t-web-v3.1", "py3.14-web-v4.0rc1"},
		"web2":        {"py3.13-web2-v0.1"},
		"chain-base":  {"py3.13-chain-base-v0.1", "py3.13-chain-base-v0.2", "py3.14-chain-base-v0.2"},
		"chain-small": {"py3.13-chain-small-v0.1", "py3.13-chain-small-v0.2", "py3.14-chain-small-v0.2"},
		"common":      {"py3.6-common", "py3.14t-common"},
		"docs":        {"docs"},
		"lint":        {"lint"},
	}
	for _, c := range []struct {
		name  string
		edits []string // old and new texts in turn
		want  map[string][]string
	}{
		{"some of suites", []string{"test-path: tests/web2}", "test-path: tests/web2, timeout: 5}", "common: {", "common: {runs-on: [self-hosted, gpu], "}, map[string][]string{
			"web-1-py3.6-serial":  {"py3.6-web-v1.0"},
			"web-1-py3.7-serial":  {"py3.7-web-v1.0", "py3.7-web-v2.0"},
			"web-1-py3.13-serial": {"py3.13-web-v2.0", "py3.13-web-v3.1"}, "web-1-web2-py3.13": {"py3.13-web2-v0.1"},
			"web-1-py3.14-serial":  {"py3.14-web-v3.1", "py3.14-web-v4.0rc1"},
			"web-1-py3.14t-serial": {"py3.14t-web-v3.1"},
			"ai-py3.13":            {"py3.13-chain-base-v0.1", "py3.13-chain-base-v0.2", "py3.13-chain-small-v0.1", "py3.13-chain-small-v0.2"},
			"ai-py3.14":            {"py3.14-chain-base-v0.2", "py3.14-chain-small-v0.2"},
			"ai-common-py3.6":      {"py3.6-common"}, "ai-common-py3.14t": {"py3.14t-common"},
		}},
		{"a part in pull requests", []string{"  timeout: 10\n", "  timeout: 10\n  pull-request-matrix: {}\n", "{dispatch: true}", "{dispatch: true, pull-request: {}}"}, map[string][]string{
			"web-1-py3.6-serial":      {"py3.6-web-v1.0"},
			"web-1-py3.7-rest-serial": {"py3.7-web-v1.0", "py3.7-web-v2.0"},
			"web-1-py3.13":            {"py3.13-web2-v0.1"}, "web-1-py3.13-rest-serial": {"py3.13-web-v2.0", "py3.13-web-v3.1"},
			"web-1-py3.14-serial": {"py3.14-web-v3.1"}, "web-1-py3.14-rest-serial": {"py3.14-web-v4.0rc1"},
			"web-1-py3.14t-rest-serial": {"py3.14t-web-v3.1"},
			"ai-py3.13":                 {"py3.13-chain-base-v0.1", "py3.13-chain-small-v0.1"}, "ai-py3.13-rest": {"py3.13-chain-base-v0.2", "py3.13-chain-small-v0.2"},
			"ai-py3.14": {"py3.14-chain-base-v0.2", "py3.14-chain-small-v0.2"},
			"ai-py3.6":  {"py3.6-common"}, "ai-py3.14t-rest": {"py3.14t-common"},
		}},
		{"all of suites", []string{"  timeout: 10\n", "  timeout: 10\n  rows: suite\n"}, map[string][]string{
			"web-1-web-py3.6-serial":  {"py3.6-web-v1.0"},
			"web-1-web-py3.7-serial":  {"py3.7-web-v1.0", "py3.7-web-v2.0"},
			"web-1-web-py3.13-serial": {"py3.13-web-v2.0", "py3.13-web-v3.1"}, "web-1-web2-py3.13": {"py3.13-web2-v0.1"},
			"web-1-web-py3.14-serial":  {"py3.14-web-v3.1", "py3.14-web-v4.0rc1"},
			"web-1-web-py3.14t-serial": {"py3.14t-web-v3.1"},
			"ai-chain-base-py3.13":     {"py3.13-chain-base-v0.1", "py3.13-chain-base-v0.2"}, "ai-chain-base-py3.14": {"py3.14-chain-base-v0.2"},
			"ai-chain-small-py3.13": {"py3.13-chain-small-v0.1", "py3.13-chain-small-v0.2"}, "ai-chain-small-py3.14": {"py3.14-chain-small-v0.2"},
			"ai-common-py3.6": {"py3.6-common"}, "ai-common-py3.14t": {"py3.14t-common"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := slices.Clone(archive.Files)
			i := slices.IndexFunc(files, func(f txtar.File) bool { return f.Name == config.FileName })
			files[i].Data = []byte(strings.NewReplacer(c.edits...).Replace(string(files[i].Data)))
			project, m := project(t, &txtar.Archive{Files: files})
			data, err := Render(t.Context(), project, m, lock.Lock{}, nil, Custom{}, embedded)
			if err != nil {
				t.Fatal(err)
			}
			maps.Copy(c.want, suites)
			file, err := Parse(data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, file.Labels(), cmpopts.SortSlices(strings.Compare)); diff != "" {
				t.Errorf("labels (-want +got)\n%s", diff)
			}
			tool, err := exec.LookPath("tox")
			if err != nil {
				t.Skip("SKIPPED: tox is not on PATH, so the labels are not compared with what it reads")
			}
			folder := t.TempDir()
			if err := os.WriteFile(filepath.Join(folder, "tox.ini"), data, 0o666); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, toxLabels(runTox(t, tool, folder, "config", "--core", "-e", "lint", "-k", "labels")), cmpopts.SortSlices(strings.Compare)); diff != "" {
				t.Errorf("labels of tox (-want +got)\n%s", diff)
			}
		})
	}
}

// TestRealToxPackaged compares the keys with which tox packages the SDK, and those with what environments run, with what
// tox itself reads.
func TestRealToxPackaged(t *testing.T) {
	tool, err := exec.LookPath("tox")
	if err != nil {
		t.Skip("SKIPPED: tox is not on PATH, so this package is not compared with it")
	}
	archive, err := txtar.ParseFile(filepath.Join("testdata", "packaged.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	c, m := project(t, archive)
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "tox.ini"), archive.Files[len(archive.Files)-1].Data, 0o666); err != nil {
		t.Fatal(err)
	}
	names := append(matrix.Names(m.Environments()), packageEnvironment)
	command := exec.Command(tool, "config", "-e", strings.Join(names, ","), "-k", "package", "extras", "allowlist_externals",
		"constrain_package_deps", "use_frozen_constraints", "commands_pre", "commands", "commands_post", "package_root", "set_env")
	command.Dir = folder
	command.Env = append(os.Environ(), "SDK_ROOT=the/sdk")
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	shown := toxConfig(string(out))
	for _, e := range m.Environments() {
		values := shown[e.Name()]
		compare := func(key string, want []string) {
			t.Helper()
			for i := range want {
				want[i] = strings.NewReplacer("{env:_TESTPATH}", e.Suite.TestPath, `\#1`, "'#1'").Replace(want[i])
			}
			if diff := cmp.Diff(want, values[key], cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s: %s (-want +got)\n%s", e.Name(), key, diff)
			}
		}
		for _, key := range []commandKey{commandsPre, commands, commandsPost} {
			compare(key.name, slices.Clone(key.of(c, e.Suite)))
		}
		compare("allowlist_externals", externals(c, e.Suite))
		compare("extras", sorted(extras(c, e.Suite)))
		compare("package", []string{packaging(c, e.Suite, e.Python.Short())})
		compare("constrain_package_deps", []string{"True"})
		compare("use_frozen_constraints", []string{"True"})
	}
	values := shown[packageEnvironment]
	if got, want := values["package_root"], []string{"the/sdk"}; len(got) != 1 || !strings.HasSuffix(got[0], want[0]) {
		t.Errorf("package_root is %q, not %q", got, want)
	}
	for name, value := range packageVariables(c, true) {
		value = strings.ReplaceAll(value, "{tox_root}", folder)
		if line := name + "=" + value; !slices.Contains(values["set_env"], line) {
			t.Errorf("%s: set_env lacks %q", packageEnvironment, line)
		}
	}
}

// toxConfig parses the output of `tox config`. It returns the lines of the values by environment and key.
func toxConfig(text string) map[string]map[string][]string {
	all := map[string]map[string][]string{}
	var environment, key string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "[testenv:"):
			environment = strings.TrimSuffix(strings.TrimPrefix(line, "[testenv:"), "]")
			all[environment] = map[string][]string{}
		case strings.HasPrefix(line, "  "):
			all[environment][key] = append(all[environment][key], strings.TrimSpace(line))
		case strings.Contains(line, " ="):
			var value string
			key, value, _ = strings.Cut(line, " =")
			if value = strings.TrimSpace(value); value != "" {
				all[environment][key] = []string{value}
			}
		}
	}
	return all
}

// toxLabels parses the labels that `tox config --core` prints. Each stands on a line with the first of its environments.
func toxLabels(text string) map[string][]string {
	all := map[string][]string{}
	label := ""
	_, core, _ := strings.Cut(text, "[tox]\nlabels =\n")
	for line := range strings.Lines(core) {
		name := strings.TrimSpace(line)
		if before, after, found := strings.Cut(name, "="); found {
			label, name = before, after
		}
		all[label] = append(all[label], name)
	}
	return all
}

func BenchmarkRender(b *testing.B) {
	c := reference.Config(b)
	m := matrix.Select(c, reference.Facts(b), matrix.Before{}).Matrix
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Render(b.Context(), c, m, lock.Lock{}, nil, Custom{}, embedded); err != nil {
			b.Fatal(err)
		}
	}
}
