package explain

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"toxgen/internal/config"
	"toxgen/internal/display"
	"toxgen/internal/finding"
	"toxgen/internal/lock"
	"toxgen/internal/pep440"
	"toxgen/internal/python"
	"toxgen/internal/registry"
)

const configuration = `project: {name: sdk, requires: ["certifi>=0.5"]}
pythons:
  - {version: "3.8", patch: 20}
  - {version: "3.12", patch: 13, runs-on: macos-latest, platform: {system: macos, machine: arm64, version: "14.0"}}
platform: {system: linux, machine: x86_64, libc: glibc-2.28}
workflow: {name: Test, triggers: {dispatch: true}, runs-on: ubuntu, timeout: 1, tools: {uv: "1", tox: "4", tox-uv: "1"}}
constraints: [{requirement: "certifi<3", when: [py3.8], reason: too new, until: 2027-01-31}, {requirement: "unused<1", reason: x}]
build: [tool]
groups: [{name: G, suites: [app, common, kit]}]
suites:
  app: {package: app, minimum: "1.0", test-path: t, hold: [{exclude: "==1.2", reason: broken, issue: "https://example.org/1"}], lowest: true}
  kit: {package: kit, test-path: t, requires: [{when: "*", add: ["lib<2"]}], variants: {old: {}, new: {}}}
static:
  common: {pythons: [py3.12], test-path: t}
testenv: {commands: [pytest]}
`

// facts are the lines of the registry.
var facts = map[string]string{
	"app": `{"version":"0.9","sdist":true}
{"version":"1.0","sdist":true,"metadata":[{"classifiers":["3.8"]}]}
{"version":"1.1","sdist":true,"metadata":[{"classifiers":["3.8","3.12"],"requires":["lib; python_version < \"3.9\"","part"]}]}
{"version":"1.2","sdist":true,"metadata":[{"classifiers":["3.8","3.12"]}]}
`,
	"kit": `{"version":"1.0","sdist":true,"metadata":[{"classifiers":["3.12"],"requires":["lib","pair==1.0"]}]}` + "\n",
	"lib": `{"version":"1.0","sdist":true,"metadata":[{"requires":[]}]}
{"version":"1.1","sdist":true,"requires-python":">=3.9","metadata":[{"requires":[]}]}
{"version":"2.0","sdist":true,"metadata":[{"requires":[]}]}
`,
	"part": `{"version":"1.0","sdist":true,"metadata":[{"requires":["pair<2"]}]}
{"version":"2.0","sdist":true,"metadata":[{"requires":["pair>=2"]}]}
`,
	"pair": `{"version":"1.0","sdist":true,"metadata":[{"requires":[]}]}
{"version":"2.0","sdist":true,"metadata":[{"requires":[]}]}
`,
	"certifi": `{"version":"1","sdist":true,"metadata":[{"requires":[]}]}
{"version":"2","sdist":true,"requires-python":">=3.9","metadata":[{"requires":[]}]}
`,
	"tool": `{"version":"5.0","sdist":true,"metadata":[{"requires":[]}]}` + "\n",
}

func newQuestion(t *testing.T) Question {
	t.Helper()
	c, faults := config.Parse("toxgen.yaml", []byte(configuration))
	if c == nil {
		t.Fatal(faults)
	}
	pins := func(texts ...string) lock.Pins {
		p := lock.Pins{}
		for _, text := range texts {
			project, version, _ := strings.Cut(text, "==")
			p[project] = pep440.MustParse(version)
		}
		return p
	}
	q := Question{Config: c, Facts: registry.Facts{}, Lock: lock.Lock{
		Environments: map[string]lock.Pins{
			"py3.8-app-v1.1":        pins("app==1.1", "lib==1.0", "part==1.0", "pair==1.0", "certifi==1"),
			"py3.12-app-v1.1":       pins("app==1.1", "part==1.0", "pair==1.0", "certifi==1"),
			"py3.8-app.lowest-v1.0": pins("app==1.0", "certifi==1"),
			"py3.12-kit-old-v1.0":   pins("kit==1.0", "lib==1.0", "pair==1.0", "certifi==2"),
			"py3.12-kit-new-v1.0":   pins("kit==1.0", "lib==1.1", "pair==1.0", "certifi==2"),
		},
		Builds: lock.Builds{python.Version{Major: 3, Minor: 12, Patch: 13}: pins("tool==5.0")},
	}}
	for name, lines := range facts {
		q.Facts = q.Facts.With(parsed(t, name, lines))
	}
	return q
}

func parsed(t *testing.T, name, lines string) *registry.Project {
	t.Helper()
	p, _, faults := registry.Parse(name, []byte(lines))
	if p == nil {
		t.Fatal(faults)
	}
	return p
}

var update = flag.Bool("update", false, "write the answers to the golden file")

// TestPrint compares answers with those of a golden file, whose files are named as the commands.
func TestPrint(t *testing.T) {
	const file = "testdata/answers.txtar"
	wants := map[string]string{}
	if archive, err := txtar.ParseFile(file); err == nil {
		for _, f := range archive.Files {
			wants[f.Name] = string(f.Data)
		}
	}
	var answers txtar.Archive
	for _, command := range []string{"app", "app -all", "kit", "kit-new -all", "common", "app==1.2", "app==1.1",
		"py3.8-app-v1.1", "py3.12-app-latest -all", "py3.12-kit-old-v1.0", "py3.8-app.lowest-v1.0", "py3.12-common",
		"Lib", "certifi -all", "tool", "app.lowest"} {
		t.Run(command, func(t *testing.T) {
			what, flags, _ := strings.Cut(command, " ")
			got := printed(t, newQuestion(t), what, flags != "")
			answers.Files = append(answers.Files, txtar.File{Name: command, Data: []byte(got)})
			if want := wants[command]; got != want && !*update {
				t.Errorf("(-want +got):\n%s", cmp.Diff(want, got))
			}
		})
	}
	if *update {
		if err := os.WriteFile(file, txtar.Format(&answers), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// printed returns an answer as it is printed.
func printed(t *testing.T, q Question, what string, all bool) string {
	t.Helper()
	d, err := Explain(t.Context(), q, what)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	d.Print(&out, How{All: all, What: what, Program: display.Binary})
	return out.String()
}

// TestJSON checks that the data have everything that is printed, and their format.
func TestJSON(t *testing.T) {
	for what, wants := range map[string][]string{
		"app": {`"suite":"app","place":"toxgen.yaml:11","project":"app","tested":[{"version":"1.0","pythons":["3.8"]},{"version":"1.1","pythons":["3.8","3.12"],"latest":true}]`,
			`{"version":"1.2","rule":"hold","detail":"broken"}`, `"text":"hold ==1.2","reason":"broken","issue":"https://example.org/1"`, `"until":"2027-01-31"`,
			`{"if":"without the hold on ==1.2","in":["1.2"]}`, `"lowest":{"environment":"py3.8-app.lowest-v1.0","projects":["certifi"]}`},
		"app==1.1": {`"version":"1.1","rule":"picked","claims":"classifiers 3.8, 3.12"`, `{"python":"3.12","platform":"macos arm64 14.0","tested":true,"why":"claimed"}`},
		"py3.8-app-v1.1": {`"target":"3.8.20 on linux x86_64 glibc-2.28","afresh":true`, `{"project":"pair","version":"1.0","by":[{"requirement":"pair<2","origin":"part 1.0"}],` +
			`"newer":{"version":"2.0","why":["pair<2 (part 1.0 requires it)"]}}`, `"newer":{"version":"2.0","fits":"2.0"}`},
		"lib": {`"name":"lib","newest":"2.0"`, `{"version":"1.1","suites":["kit-new"],"environments":["py3.12-kit-new-v1.0"],"required-by":[{"text":"kit requires lib","environments":1},`,
			`"kept":[{"text":"lib<2 (toxgen.yaml:12)","environments":1}],"free":1`},
	} {
		d, err := Explain(t.Context(), newQuestion(t), what)
		if err != nil {
			t.Fatal(err)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, d.JSON()); err != nil {
			t.Fatal(err)
		}
		for _, want := range append(wants, `{"format":1,`) {
			if !strings.Contains(compact.String(), want) {
				t.Errorf("%s: the data lack %s:\n%s", what, want, &compact)
			}
		}
	}
}

func TestUnknown(t *testing.T) {
	for what, want := range map[string]string{
		"nothing\n":          "",
		"ap":                 "did you mean app?",
		"libb":               "did you mean lib?",
		"comon":              "did you mean common?",
		"py3.12-comon":       "did you mean py3.12-common?",
		"app==7":             "`mage explain app -all` has all of them",
		"app==1.11":          "did you mean 1.1? `mage explain app -all` has all of them",
		"ap==1.1":            "did you mean app?",
		"app.lowest==1.0":    "did you mean app.lowest?",
		"py3.12-app-v1.0":    "suite app has of this release py3.8-app-v1.0; on this Python py3.12-app-v1.1",
		"py3.8-kit-old-v1.0": "suite kit-old has of this release py3.12-kit-old-v1.0",
		"py3.8-app-v9.9":     "suite app has on this Python py3.8-app-v1.0, py3.8-app-v1.1",
		"py3.9-app-latest":   "suite app has of this release py3.8-app-latest, py3.12-app-latest",
		"py3.9-kit-new-v9":   "suite kit-new has py3.12-kit-new-v1.0, py3.12-kit-new-latest",
	} {
		_, err := Explain(t.Context(), newQuestion(t), what)
		list, ok := errors.AsType[finding.List](err)
		if !ok || len(list) != 1 || list[0].Hint != want {
			t.Errorf("%q: got %v, want the hint %q", what, err, want)
		}
	}
}

// TestChanges compares what would change a suite with what a selection says that has the change.
func TestChanges(t *testing.T) {
	for _, test := range []struct {
		name, versions string
		want           []Change
	}{
		{"one major", "1.0 1.1", []Change{{If: "1.1.1", In: []string{"1.1.1"}, Out: []string{"1.1"}}, {If: "1.2", In: []string{"1.2"}}, {If: "2.0", In: []string{"2.0"}}}},
		{"a full line", "1.0 1.1 1.2 1.3", []Change{{If: "1.3.1", In: []string{"1.3.1"}, Out: []string{"1.3"}}, {If: "1.4", In: []string{"1.4"}, Out: []string{"1.3"}},
			{If: "2.0", In: []string{"2.0"}, Out: []string{"1.1", "1.2"}}}},
		{"two majors", "1.0 2.0", []Change{{If: "2.0.1", In: []string{"2.0.1"}, Out: []string{"2.0"}}, {If: "2.1", In: []string{"2.1"}, Out: []string{"2.0"}}, {If: "3.0", In: []string{"3.0"}}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			q := newQuestion(t)
			var lines strings.Builder
			for version := range strings.FieldsSeq(test.versions) {
				fmt.Fprintf(&lines, `{"version":%q,"sdist":true,"metadata":[{"classifiers":["3.12"],"requires":[]}]}`+"\n", version)
			}
			q.Facts = q.Facts.With(parsed(t, "kit", lines.String()))
			d, err := Explain(t.Context(), q, "kit-new")
			if err != nil {
				t.Fatal(err)
			}
			got := d.Suites[0].Changes
			for i := range got {
				_, got[i].If, _ = strings.Cut(got[i].If, "release ")
				got[i].If, _, _ = strings.Cut(got[i].If, ",")
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestManyRequirers checks that everything that requires a pin is listed, and that a yank reason stays in its row.
func TestManyRequirers(t *testing.T) {
	const requirers = 100
	q := newQuestion(t)
	pins := q.Lock.Environments["py3.8-app-v1.1"]
	var requires []string
	for i := range requirers {
		name := fmt.Sprintf("requirer-%d", i)
		requires = append(requires, strconv.Quote(name))
		pins[name] = pep440.MustParse("1.0")
		q.Facts = q.Facts.With(parsed(t, name, `{"version":"1.0","sdist":true,"metadata":[{"requires":["lib"]}]}`+"\n"))
	}
	q.Facts = q.Facts.With(parsed(t, "app", `{"version":"1.0","yanked":"one\ntwo\tthree","sdist":true}
{"version":"1.1","sdist":true,"metadata":[{"classifiers":["3.8","3.12"],"requires":["part",`+strings.Join(requires, ",")+"]}]}\n"))
	if got := printed(t, q, "py3.8-app-v1.1", true); strings.Count(got, "lib (requirer-") != requirers {
		t.Errorf("not everything that requires lib is listed:\n%s", got)
	}
	if got := printed(t, q, "app", true); !strings.Contains(got, "\n1.0  yanked: one\\ntwo\\tthree\n") {
		t.Errorf("the reason is not in its row:\n%s", got)
	}
	for all, want := range map[bool]int{false: few, true: requirers} {
		if got := strings.Count(printed(t, q, "lib", all), " requires lib\n"); got < want || !all && got > want+len("kit") {
			t.Errorf("all %v: %d requirers are listed, not %d", all, got, want)
		}
	}
}

// TestDocumented checks that docs/explain.md names each field of the data.
func TestDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/explain.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[reflect.Type]bool{}
	var visit func(reflect.Type)
	visit = func(data reflect.Type) {
		for data.Kind() == reflect.Pointer || data.Kind() == reflect.Slice {
			data = data.Elem()
		}
		if data.Kind() != reflect.Struct || seen[data] {
			return
		}
		seen[data] = true
		for i := range data.NumField() {
			field := data.Field(i)
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if name == "" && !field.Anonymous {
				t.Errorf("field %s of %s has no name in the data", field.Name, data)
			}
			if name != "" && !bytes.Contains(page, []byte("`"+name+"`")) {
				t.Errorf("docs/explain.md lacks the field %s of %s", name, data)
			}
			visit(field.Type)
		}
	}
	visit(reflect.TypeFor[Document]())
	if len(seen) < 10 {
		t.Errorf("only %d types were looked at", len(seen))
	}
}
