package config

import (
	"os"
	"strings"
	"testing"
	"time"

	"toxgen/internal/pep440"
	"toxgen/internal/python"
)

// minimal returns testdata/ok/minimal.yaml with its first line, the project, replaced.
func minimal(t testing.TB, project string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/ok/minimal.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), "\n")
	return []byte(project + "\n" + rest)
}

// parsed returns the configuration of a valid file.
func parsed(t testing.TB, data []byte) *Config {
	t.Helper()
	c, findings := Parse("toxgen.yaml", data)
	if c == nil || len(findings) > 0 {
		t.Fatalf("config %v, findings:\n%s", c != nil, lines(findings))
	}
	return c
}

func TestBytes(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"nothing", "", "1:1: error: the file is empty\n"},
		{"blank lines", "\n \n", "1:1: error: the file is empty\n"},
		{"an empty document", "---\n...\n", "2:1: error: the file is empty, not a mapping\n"},
		{"only a document mark", "---", "1:1: error: the file is empty, not a mapping\n"},
		{"not UTF-8", "project: {name: é}\nx: \"ab\xffc\"\n", "2:7: error: the byte 0xff is not UTF-8 [save it as UTF-8]\n"},
		{"UTF-16", "\xff\xfep\x00", "1:1: error: the byte 0xff is not UTF-8 [save it as UTF-8]\n"},
		{"NUL", "project: \x00", "1:10: error: the character U+0000 is not allowed in YAML [escape it in double quotes]\n"},
		{"escape", "# é\x1b[2J\n", "1:4: error: the character U+001B is not allowed in YAML [escape it in double quotes]\n"},
		{"C1", "a: \u0090", "1:4: error: the character U+0090 is not allowed in YAML [escape it in double quotes]\n"},
		{"a byte order mark inside", "a: \ufeff", "1:4: error: the character U+FEFF is not allowed in YAML [escape it in double quotes]\n"},
		{"only a bracket", "[", "1:1: error: not YAML: the bracket is not closed [end the list with `]`]\n"},
		{"too large", strings.Repeat("#", maximumBytes+1), "1:1: error: the file has 1048577 bytes, more than 1048576\n"},
		{"deep blocks", strings.Repeat("- ", 20_000), "1:1: error: not YAML: exceeded max depth of 10000\n"},
		{"deep flows", "project: " + strings.Repeat("[", 20_000), "1:1: error: not YAML: exceeded max depth of 10000\n"},
		{"deep and whole", "index: " + strings.Repeat("[", 5_000) + strings.Repeat("]", 5_000),
			"1:1: error: the file lacks the key \"platform\"\n" +
				"1:1: error: the file lacks the key \"project\"\n1:1: error: the file lacks the key \"pythons\"\n" +
				"1:1: error: the file lacks the key \"suites\"\n1:1: error: the file lacks the key \"testenv\"\n" +
				"1:8: error: index is a list, not a text\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config, findings := Parse("toxgen.yaml", []byte(c.in))
			if got := lines(findings); config != nil || got != c.want {
				t.Errorf("config %v, got %.400q, want %q", config != nil, got, c.want)
			}
		})
	}
}

// TestLineEnds checks that line ends and a byte order mark change neither the meaning nor the positions.
func TestLineEnds(t *testing.T) {
	good := string(minimal(t, "project: {name: example-sdk}"))
	bad := string(minimal(t, "project: {name: example-sdk, x: é, \"y\": 1}"))
	want := "1:30: error: project has no key \"x\" [known keys: from, name, source, requires; if the key is of a newer toxgen, update toxgen]\n" +
		"1:36: error: project has no key \"y\" [known keys: from, name, source, requires; if the key is of a newer toxgen, update toxgen]\n"
	for name, changed := range map[string]func(string) string{
		"LF":                func(s string) string { return s },
		"CRLF":              func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
		"byte order mark":   func(s string) string { return "\ufeff" + s },
		"no end":            func(s string) string { return strings.TrimSuffix(s, "\n") },
		"start of document": func(s string) string { return s + "...\n" },
	} {
		t.Run(name, func(t *testing.T) {
			parsed(t, []byte(changed(good)))
			if _, findings := Parse("toxgen.yaml", []byte(changed(bad))); lines(findings) != want {
				t.Errorf("got %s, want %s", lines(findings), want)
			}
		})
	}
}

// TestIndex checks that a URL with credentials is rejected and never repeated.
func TestIndex(t *testing.T) {
	const credentials = "index holds credentials, which everyone who can read this file could read"
	for _, c := range []struct{ index, want string }{
		{"https://packages.example.org/simple", ""},
		{"http://127.0.0.1:8080/root/simple/", ""},
		{"https://[::1]/simple/", ""},
		{"https://user:secret@example.org/simple/", credentials},
		{"https://secret@example.org/simple/", credentials},
		{"https://:secret@example.org/", credentials},
		{"https://example.org/simple/?token=secret", "index has a query or a fragment, which the root of an index cannot have"},
		{"https://example.org/simple/#secret", "index has a query or a fragment, which the root of an index cannot have"},
		{"https://example.org/simple/?", "index has a query or a fragment, which the root of an index cannot have"},
		{"ftp://user:secret@example.org/simple/", "index is not an http or https URL"},
		{"https://user:secret@exa mple.org/", "index is not an http or https URL"},
		{"https://user:secret@example.org:port/", "index is not an http or https URL"},
		{"https:///simple/", "index is not an http or https URL"},
		{"file:///srv/secret", "index is not an http or https URL"},
		{"packages.example.org/simple", "index is not an http or https URL"},
		{"", "index is not an http or https URL"},
	} {
		t.Run(c.index, func(t *testing.T) {
			_, findings := Parse("toxgen.yaml", append(minimal(t, "project: {name: example-sdk}"), "index: \""+c.index+"\"\n"...))
			got := ""
			if len(findings) > 0 {
				got = findings[0].Message
			}
			if got != c.want || len(findings) > 1 {
				t.Errorf("got %v, want %q", findings, c.want)
			}
			if strings.Contains(findings.Error(), "secret") {
				t.Errorf("the credentials are shown: %v", findings)
			}
		})
	}
}

func TestDefaults(t *testing.T) {
	c := parsed(t, minimal(t, "project: {name: example-sdk}"))
	if c.Update.Cooldown.Duration != 72*time.Hour || c.Update.Refresh != "newest" {
		t.Errorf("update: %+v", c.Update)
	}
	if want := (Limits{256, 512_000, 50, 20_000, 1 << 20, 60_000}); c.Workflow.Limits != want {
		t.Errorf("limits: %+v, want %+v", c.Workflow.Limits, want)
	}
	suite := c.Suites.Get("flask")
	if !c.Workflow.IsRequired() || c.Serial(suite.Parallel, suite.Services) || c.Suites.Get("django") != nil {
		t.Errorf("required %v, serial %v", c.Workflow.IsRequired(), c.Serial(suite.Parallel, suite.Services))
	}
	c = parsed(t, append(minimal(t, "project: {name: example-sdk}"), "update: {cooldown: 0s, refresh: none}\n"...))
	if c.Update.Cooldown.Duration != 0 || c.Update.Refresh != "none" {
		t.Errorf("update: %+v", c.Update)
	}
}

// TestFull checks some values of each type in testdata/ok/full.yaml.
func TestFull(t *testing.T) {
	c := parsed(t, files(t, "testdata/ok/full.yaml")["full.yaml"])
	flask, openai, lint := c.Suites.Get("flask"), c.Suites.Get("openai-base"), c.Static.Get("lint")
	for _, check := range []struct {
		what      string
		got, want any
	}{
		{"order of suites", strings.Join(c.Suites.keys(), " "), "flask openai-base openai-notiktoken web"},
		{"package", openai.Package.String(), "OpenAI[all,real-time]"},
		{"key of a package", openai.Package.Key, "openai"},
		{"serial", c.Serial(flask.Parallel, flask.Services), true},
		{"serial static", c.Serial(c.Static.Get("common").Parallel, c.Static.Get("common").Services), true},
		{"in CI", c.Static.Get("common").InCI(), true},
		{"not in CI", lint.InCI(), false},
		{"own commands", lint.Commands[1], `- mypy --strict \#x`},
		{"packaged", c.Static.Get("docs").Package, "wheel"},
		{"folded command", c.Testenv.Commands[0], "python -m pytest {env:_TESTPATH} {posargs}"},
		{"value", flask.SetEnv[0].Value, `a b {env:HOME} \# \; c`},
		{"until", flask.Hold[0].Until.Format(time.DateOnly), "2027-01-31"},
		{"place of until", flask.Hold[0].Until.Pos, Pos{109, 85}},
		{"metadata", c.Metadata[0].Release.Key + " " + c.Metadata[0].Release.Version.String(), "pyspark 3.0.3"},
		{"no requirements", c.Metadata[1].Requires != nil && len(*c.Metadata[1].Requires) == 0, true},
		{"nothing said", c.Metadata[1].Classifiers == nil && c.Metadata[1].RequiresPython == nil, true},
		{"marker", c.Constraints[1].Requirement.Marker != nil, true},
		{"a Python without a platform", c.Targets()[0].String(), "3.7.17 on linux aarch64 musl-1.2"},
		{"a Python on macOS", c.Targets()[2].String(), "3.12.13 on macos arm64 14.0"},
		{"a Python on Windows", c.Targets()[3].String(), "3.13.13 on windows amd64"},
		{"a Python that is not declared", c.Target(python.Version{Major: 3, Minor: 9}).String(), "3.9.0 on linux aarch64 musl-1.2"},
		{"block", c.Workflow.After[0].Run, "rm -rf build\ntrue\n"},
		{"limit", c.Workflow.Limits.Reusables, 20},
	} {
		if check.got != check.want {
			t.Errorf("%s: got %v, want %v", check.what, check.got, check.want)
		}
	}
	var interpreters []string
	for _, v := range c.Interpreters() {
		interpreters = append(interpreters, v.Install())
	}
	if got := strings.Join(interpreters, " "); got != "3.7.17 3.10.20 3.12.13 3.13.13 3.14.0 3.14.0t 3.15.0rc2" {
		t.Errorf("interpreters: %s", got)
	}
}

func TestWhen(t *testing.T) {
	specifiers := pep440.MustParseSpecifiers("<2.0")
	v1, v2, rc := pep440.MustParse("1.0"), pep440.MustParse("2.0"), pep440.MustParse("2.0rc1")
	releases := When{Releases: &specifiers}
	pythons := When{Pythons: []Interpreter{{Short: "3.10"}, {Short: "3.14t"}}}
	for _, c := range []struct {
		name    string
		when    When
		release *pep440.Version
		short   string
		want    bool
	}{
		{"always", When{}, &v1, "3.10", true},
		{"always, no release", When{}, nil, "3.10", true},
		{"release", releases, &v1, "3.10", true},
		{"other release", releases, &v2, "3.10", false},
		{"a pre-release of the bound is not below it", releases, &rc, "3.10", false},
		{"no release", releases, nil, "3.10", false},
		{"interpreter", pythons, &v2, "3.10", true},
		{"free-threaded build", pythons, nil, "3.14t", true},
		{"its line alone", pythons, nil, "3.14", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.when.Matches(c.release, c.short); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestLimit(t *testing.T) {
	c := parsed(t, files(t, "testdata/ok/full.yaml")["full.yaml"])
	for _, k := range []struct{ suite, release, want string }{
		{"flask", "1.0", ">=3.8"},
		{"openai-base", "2.2.9", ">=3.8"},
		{"openai-base", "2.3rc1", ">=3.9"},
		{"openai-base", "2.3", ">=3.9"},
		{"web", "1.0", ""},
	} {
		got := ""
		if limit := c.Suites.Get(k.suite).Python.Limit(pep440.MustParse(k.release)); limit != nil {
			got = limit.String()
		}
		if got != k.want {
			t.Errorf("%s %s: got %q, want %q", k.suite, k.release, got, k.want)
		}
	}
}

// TestExpired checks that an exception is valid until the end of its day in UTC.
func TestExpired(t *testing.T) {
	text := string(minimal(t, "project: {name: example-sdk}"))
	text = strings.Replace(text, "test-path: tests/flask}", "test-path: tests/flask,\n"+
		"    hold: [{exclude: ==1, until: 2027-01-31}, {exclude: ==2}, {exclude: ==3, until: 2028-02-29}],\n"+
		"    may-fail: {pythons: [py3.10], until: 2027-02-02}, disabled: {until: 2027-02-01}}\n"+
		"static:\n"+
		"  lint: {python: py3.10, commands: [ruff], ci: false, disabled: {until: 2027-02-02}}\n"+
		"constraints:\n"+
		"  - {requirement: six<2, until: 2027-02-03}", 1)
	c := parsed(t, []byte(text))
	const (
		hold       = `13:34: warning: suite "flask": the hold of ==1 expired on 2027-01-31 and still applies [remove it, or move its date]` + "\n"
		disabled   = `14:73: warning: suite "flask": ` + "`disabled`" + ` expired on 2027-02-01 and still applies [remove it, or move its date]` + "\n"
		static     = `16:73: warning: suite "lint": ` + "`disabled`" + ` expired on 2027-02-02 and still applies [remove it, or move its date]` + "\n"
		mayFail    = `14:42: warning: suite "flask": ` + "`may-fail`" + ` expired on 2027-02-02 and still applies [remove it, or move its date]` + "\n"
		constraint = `18:33: warning: the constraint "six<2" expired on 2027-02-03 and still applies [remove it, or move its date]` + "\n"
		leap       = `13:85: warning: suite "flask": the hold of ==3 expired on 2028-02-29 and still applies [remove it, or move its date]` + "\n"
	)
	for _, k := range []struct{ now, want string }{
		{"2027-01-31T00:00:00Z", ""},
		{"2027-01-31T23:59:59Z", ""},
		{"2027-02-01T00:00:00Z", hold},
		{"2027-02-01T00:30:00+01:00", ""},
		{"2027-01-31T23:30:00-01:00", hold},
		{"2027-02-02T00:00:00Z", hold + disabled},
		{"2027-02-03T00:00:00Z", hold + mayFail + disabled + static},
		{"2028-02-29T23:59:59Z", hold + mayFail + disabled + static + constraint},
		{"2028-03-01T00:00:00Z", hold + leap + mayFail + disabled + static + constraint},
	} {
		now, err := time.Parse(time.RFC3339, k.now)
		if err != nil {
			t.Fatal(err)
		}
		expired := c.Expired(now)
		expired.Sort()
		if got := lines(expired); got != k.want {
			t.Errorf("%s: got\n%swant\n%s", k.now, got, k.want)
		}
	}
}

func TestSlug(t *testing.T) {
	for name, want := range map[string]string{
		"Web 1": "web-1", "AI Workflow": "ai-workflow", "DBs": "dbs", "a.b_c-d": "a-b-c-d",
		"": "", "1 Web": "", "Web  1": "", " Web": "", "Web-": "", "Wéb": "",
	} {
		got, err := Slug(name)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q: got %q, %v, want %q", name, got, err, want)
		}
	}
}

func TestNearly(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"services", "service", true}, {"set_env", "set-env", true}, {"Hold", "hold", true}, {"requirse", "requires", true},
		{"packages", "package", true}, {"pakage", "package", true}, {"name", "nam", true}, {"group", "groups", true},
		{"env", "uses", false}, {"run", "rum", false}, {"hold", "build", false}, {"", "", true}, {"s", "", true}, {"python", "platform", false},
	} {
		if got, back := nearly(c.a, c.b), nearly(c.b, c.a); got != c.want || back != c.want {
			t.Errorf("%q, %q: got %v and %v, want %v", c.a, c.b, got, back, c.want)
		}
	}
}

// TestRepository checks that the configuration of this repository has no findings.
func TestRepository(t *testing.T) {
	data, err := os.ReadFile("../../" + FileName)
	if err != nil {
		t.Fatal(err)
	}
	if c, findings := Parse(FileName, data); c == nil || len(findings) > 0 {
		t.Errorf("findings:\n%s", lines(findings))
	}
}

func BenchmarkParse(b *testing.B) {
	data := files(b, "testdata/ok/full.yaml")["full.yaml"]
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		Parse("toxgen.yaml", data)
	}
}
