package endtoend

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"toxgen/internal/pypitest"
	"toxgen/internal/report"
	"toxgen/internal/runner"
)

// forged marks texts of others in an output. forgery is one line, which a header or a name may be too; forgeries has
// everything that a terminal or the runner of GitHub Actions would obey.
const (
	forged    = "forged"
	forgery   = "##[error file=toxgen.yaml]" + forged + " #\u034f#\ufe0f[add-mask]app \x1b[2J\u009b31m\u202e%0A::error::x `x|@you #1"
	forgeries = "::stop-commands::" + forged + "\n::error::" + forged + "\r  ::error::x\n\v\f\u0085::error::x\u2028\ufeff::error::x\n" + forgery
)

// A trap is a text of others at a place from which a command prints it.
type trap struct {
	name string
	// lay puts the text there. It may be nil if the text is an argument or in the environment.
	lay       func(*testing.T, *week)
	arguments []string
	// environment is added to that of the run.
	environment []string
}

// inFile returns a function that writes a file of the project.
func inFile(name, text string) func(*testing.T, *week) {
	return func(t *testing.T, w *week) { put(t, w.folder, map[string]string{name: text}) }
}

// inPlace returns a function that replaces a text in a file of the project.
func inPlace(name, old, text string) func(*testing.T, *week) {
	return func(_ *testing.T, w *week) { w.edit(name, old, text) }
}

// inIndex returns a function that replaces the files of the project app in the index.
func inIndex(files ...pypitest.File) func(*testing.T, *week) {
	return func(_ *testing.T, w *week) { w.set("app", files...) }
}

// inPage returns a function that makes the index answer for the project app by a fault.
func inPage(f pypitest.Fault) func(*testing.T, *week) {
	return func(_ *testing.T, w *week) { w.index.Fault("/simple/app/", 0, f) }
}

// inHandover returns a function that writes a file of the folder that `update:apply` takes over, beside the project's own.
func inHandover(name, text string) func(*testing.T, *week) {
	return func(t *testing.T, w *week) {
		files := map[string]string{}
		for path, data := range content(t, w.folder) {
			if strings.HasPrefix(path, "registry/") || path == "tox.ini" {
				files[path] = data
			}
		}
		files[name] = text
		put(t, filepath.Join(w.folder, "handed"), files)
	}
}

// summaryOf returns a summary with a text wherever it has one.
func summaryOf(text string) string {
	release := report.Release{Project: text, Version: text}
	failed := report.Failed{Name: text, Reason: text, Detail: text, Hint: text}
	s := report.Summary{
		HeldBack:   []report.HeldBack{{Release: release, File: text}},
		Withdrawn:  []report.Withdrawn{{Release: release, Yanked: true, Reason: text, By: []string{text}, Stays: 1, Why: text, Environments: 2}},
		NotAdopted: []report.Failed{failed}, Failed: []report.Failed{failed},
		PassedOver: []report.PassedOver{{Suite: text, Release: release, Failed: failed}},
	}
	return string(s.JSON())
}

// quoted returns a text as JSON.
func quoted(text string) string {
	data, _ := json.Marshal(text)
	return string(data)
}

var (
	one   = wheelOf("app", "1.0", "lib")
	two   = wheelOf("app", "2.0", "lib")
	traps = []trap{
		{"a yank reason", func(_ *testing.T, w *week) {
			w.set("lib", wheelOf("lib", "1.4"), yanked(forgeries, wheelOf("lib", "1.5")))
		}, []string{"update"}, nil},
		{"a yank reason in a conflict", func(_ *testing.T, w *week) {
			w.set("app", one, wheelOf("app", "3.0", "lib>2"))
			w.set("lib", wheelOf("lib", "1.5"), yanked(forgeries, wheelOf("lib", "3.0")), aged(0, wheelOf("lib", "2.1")))
		}, []string{"update"}, nil},
		{"a yank reason of a release in the registry", func(_ *testing.T, w *week) {
			w.edit("registry/app.jsonl", `{"version":"1.0",`, `{"version":"1.0","yanked":`+quoted(forgeries)+`,`)
		}, []string{"explain", "app"}, nil},
		{"one release of it", func(_ *testing.T, w *week) {
			w.edit("registry/app.jsonl", `{"version":"1.0",`, `{"version":"1.0","yanked":`+quoted(forgeries)+`,`)
		}, []string{"explain", "app==1.0"}, nil},
		{"quarantine", inPage(pypitest.JSON(`{"meta":{"api-version":"1.1","project-status":"quarantined","project-status-reason":` + quoted(forgeries) +
			`},"project-status":{"status":"quarantined","reason":` + quoted(forgeries) + `},"name":"app","files":[]}`)), []string{"update"}, nil},
		{"a page that is no page", inPage(pypitest.JSON(`{"files":[{"` + forged + `":` + quoted(forgeries) + `}],` + quoted(forgeries) + `:[}`)), []string{"update"}, nil},
		{"a content type", inPage(pypitest.Body("text/html; ##[error]"+forged, forgeries)), []string{"update"}, nil},
		{"an invalid requires-python", func(_ *testing.T, w *week) {
			f := two
			f.RequiresPython = forgeries
			w.set("app", one, f)
		}, []string{"update"}, nil},
		{"an invalid requirement", inIndex(one, two, wheelOf("app", "3.0", forgery)), []string{"update"}, nil},
		{"an invalid marker", inIndex(one, two, wheelOf("app", "3.0", "lib; "+forgery+" == 'x'")), []string{"update"}, nil},
		{"a URL in a requirement", inIndex(one, two, wheelOf("app", "3.0", "lib @ https://"+forged+"/##[error]x")), []string{"update"}, nil},
		{"a requirement", inIndex(one, wheelOf("app", "3.0", `lib>9; python_version > "##[error]`+forged+`" or os_name == "posix"`)), []string{"update"}, nil},
		{"metadata of another project", func(_ *testing.T, w *week) {
			f := wheelOf("app", "3.0")
			f.Metadata = strings.Replace(f.Metadata, "Name: app", "Name: "+forgery, 1)
			w.set("app", one, two, f)
		}, []string{"update"}, nil},
		{"a file name", func(_ *testing.T, w *week) {
			f := wheelOf("lib", "1.6")
			f.Filename = "lib-1.6-cp27-none-" + forged + ".whl"
			w.set("lib", wheelOf("lib", "1.4"), wheelOf("lib", "1.5"), f)
			w.set("app", one, two, wheelOf("app", "3.0", "lib>1.5"))
		}, []string{"update"}, nil},

		{"a version in the registry", inPlace("registry/app.jsonl", `"version":"1.0"`, `"version":`+quoted(forgeries)), []string{"check"}, nil},
		{"a key in the registry", inPlace("registry/app.jsonl", `{"version"`, `{`+quoted(forgeries)+`:1,"version"`), []string{"check"}, nil},
		{"a verdict in the registry", inPlace("registry/app.jsonl", "}\n", `,"unresolvable":[{"suite":`+quoted(forgeries)+`,"python":"3.12","reason":`+quoted(forgeries)+
			`,"roots":"`+strings.Repeat("0", 64)+`"}]}`+"\n"), []string{"check"}, nil},
		{"a facts file's name", inFile("registry/"+forgery+".jsonl", "{}\n"), []string{"check"}, nil},
		{"lines of tox.ini", inPlace("tox.ini", "# app", "# app \xff\n "+strings.ReplaceAll(forgeries, "\n", "\n  # ")+"\n ::error::x"), []string{"check"}, nil},
		{"conflict marks", inPlace("tox.ini", "lib==1.5", "\n<<<<<<< "+forgery+"\nlib==1.5\n=======\nlib==1.4\n>>>>>>> "+forgeries), []string{"check"}, nil},
		{"a generated workflow", inPlace(".github/workflows/test.yml", "jobs:", forgeries+"\njobs:"), []string{"check"}, nil},
		{"a workflow's name", inFile(".github/workflows/"+strings.ReplaceAll(forgery, "/", "")+".yml", "jobs: ["), []string{"check"}, nil},
		{"a left-over workflow's name", func(t *testing.T, w *week) {
			put(t, w.folder, map[string]string{".github/workflows/" + strings.ReplaceAll(forgeries, "/", "") + ".yml": content(t, w.folder)[".github/workflows/test.yml"]})
		}, nil, nil},
		{"an action's pin", inPlace(".github/workflows/test-integrations-main.yml", "actions/checkout@", "actions/checkout@##[error]"+forged), []string{"check"}, nil},
		{"a template", func(t *testing.T, w *week) {
			put(t, w.folder, map[string]string{"templates/tox.ini.tmpl": "{{" + strconv.QuoteToASCII(forgeries) + " | " + forged + "}}", "toxgen.yaml": tiny + "templates: templates\n"})
		}, []string{"check"}, nil},
		{"a key of toxgen.yaml", inPlace("toxgen.yaml", "groups:", strconv.QuoteToASCII(forgeries)+": 1\ngroups:"), []string{"check"}, nil},
		{"a value of toxgen.yaml", inPlace("toxgen.yaml", `minimum: "1.0"`, `minimum: `+strconv.QuoteToASCII(forgeries)), []string{"check"}, nil},
		{"broken YAML", inPlace("toxgen.yaml", "groups:", "groups: a##[error]"+forged+": b\nx:"), []string{"check"}, nil},
		{"a reason in toxgen.yaml", inPlace("toxgen.yaml", "app: {package: app,", "app: {package: app, hold: [{exclude: ==1.0, reason: "+quoted("##[error]"+forged)+"}],"), []string{"explain", "app"}, nil},
		{"a reason in the report", inPlace("toxgen.yaml", "app: {package: app,", "app: {package: app, hold: [{exclude: ==1.0, reason: "+quoted("##[error]"+forged)+"}],"), []string{"report"}, nil},
		{"a requirement in toxgen.yaml", inPlace("toxgen.yaml", "app: {package: app,", "app: {package: app, requires: [{when: '*', add: ["+quoted(`lib>9; python_version > "##[error]`+forged+`" or os_name == "posix"`)+"]}],"),
			[]string{"toxgen"}, nil},

		{"a handed-over requirement", func(t *testing.T, w *week) {
			inHandover("summary.json", `{"format":1,"asked":`+quoted(now.UTC().Format(time.RFC3339))+`,"before":{},"after":{}}`)(t, w)
			facts := strings.Replace(content(t, w.folder)["registry/app.jsonl"], `"requires":["lib"]`, `"requires":["lib",`+quoted(forgeries)+`]`, 1)
			put(t, filepath.Join(w.folder, "handed"), map[string]string{"registry/app.jsonl": facts})
		}, []string{"update:verify", "handed"}, nil},
		{"a handed-over time", inHandover("summary.json", `{"format":1,"asked":`+quoted(forgeries)+`,"before":{},"after":{}}`), []string{"update:verify", "handed"}, nil},
		{"a handed-over summary", inHandover("summary.json", summaryOf(forgeries)), []string{"update:apply", "handed"}, nil},
		{"a handed-over summary that is none", inHandover("summary.json", `{`+quoted(forgeries)+`: 1}`), []string{"update:apply", "handed"}, nil},
		{"a handed-over name", inHandover("registry/"+strings.ReplaceAll(forgeries, "/", "")+".jsonl", ""), []string{"update:apply", "handed"}, nil},
		{"a handed-over tox.ini", inHandover("tox.ini", "# Made by `mage toxgen` from "+forgeries+"\n"+forgeries), []string{"update:apply", "handed"}, nil},
		{"a folder that is not there", nil, []string{"update:apply", forgeries}, nil},

		{"what to explain", nil, []string{"explain", forgeries + "\xff"}, nil},
		{"a release to explain", nil, []string{"explain", "app==" + forgeries}, nil},
		{"a suite to hold", nil, []string{"hold", forgeries, "==1.0"}, nil},
		{"a specifier to hold", nil, []string{"hold", "app", forgeries}, nil},
		{"a reason to hold", nil, []string{"hold", "app", "==1.0", "-reason=" + forgeries}, nil},
		{"a day to hold", nil, []string{"hold", "app", "==1.0", "-until=" + forgeries}, nil},
		{"a Python to resolve for", nil, []string{"resolve", forgeries, "toxgen.yaml"}, nil},
		{"a file to resolve", nil, []string{"resolve", "3.12", forgeries}, nil},
		{"requirements to resolve", inFile(forged, forgeries+"\n-"+forgery+"\nhttps://"+forgery+"\n./"+forgery+"\nlib; "+forgery), []string{"resolve", "3.12", forged}, nil},
		{"a revision", nil, []string{"diff", forgeries}, nil},
		{"a suite to update", nil, []string{"update", "-only=##[error]" + forged}, nil},
		{"a time to update to", nil, []string{"update", "-before=" + forgeries}, nil},
		{"a file for the summary", nil, []string{"update", "-summary=" + forgeries + "/x"}, nil},
		{"the index", nil, []string{"update"}, []string{"TOXGEN_INDEX_URL=$INDEX/" + forged + "/%1b%0a::error::/"}},
		{"the configuration", nil, []string{"check"}, []string{"TOXGEN_CONFIG=" + forgeries}},
		{"an interrupted write", inFile(".git/toxgen/journal.json", `{"moves":[{"path":`+quoted("../"+forgeries)+`}]}`), nil, nil},
	}
)

// TestNothingIsObeyed reads the output of all commands as the runner of GitHub Actions and a terminal do: whatever others
// wrote, and wherever it enters, nothing is obeyed but the annotations of the program.
func TestNothingIsObeyed(t *testing.T) {
	for _, trap := range traps {
		t.Run(trap.name, func(t *testing.T) {
			w := newWeek(t)
			put(t, w.folder, map[string]string{".git/HEAD": ""})
			if trap.lay != nil {
				trap.lay(t, w)
			}
			for _, actions := range []string{"", "true"} {
				environment := append(against(w.index, t.TempDir()), "GITHUB_ACTIONS="+actions)
				for _, variable := range trap.environment {
					environment = append(environment, strings.Replace(variable, "$INDEX", w.index.Origin, 1))
				}
				r := execute(t, copyOf(t, w.folder), environment, nil, trap.arguments...)
				if !strings.Contains(r.stdout+r.stderr, forged) {
					t.Errorf("status %d, and the output does not have the text:\n%s%s", r.status, r.stdout, r.stderr)
				}
				for _, out := range []string{r.stdout, r.stderr} {
					if !utf8.ValidString(out) || strings.ContainsFunc(out, moves) {
						t.Errorf("the terminal obeys %q", out)
					}
				}
				if commands := runner.Commands(r.stdout); len(commands) > 0 {
					t.Errorf("the runner obeys %q", commands)
				}
				for _, c := range runner.Commands(r.stderr) {
					if actions == "" || c.Name != "error" && c.Name != "warning" || strings.ContainsFunc(c.Data+c.Properties["file"], moves) {
						t.Errorf("the runner obeys %q", c)
					}
				}
				if actions != "" && r.status != 0 && len(runner.Commands(r.stderr)) == 0 {
					t.Errorf("status %d without an annotation:\n%s", r.status, r.stderr)
				}
			}
		})
	}
}

// moves reports whether a character affects the characters around it, or is not seen. The ends of lines do not count.
func moves(r rune) bool {
	return r != '\n' && r != ' ' && (unicode.IsSpace(r) || unicode.IsControl(r) ||
		unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector))
}

// TestMarkdown checks that the Markdown of a summary of others shows each text as code, and that nothing of it is obeyed by
// the runner if a step prints the file.
func TestMarkdown(t *testing.T) {
	w := newWeek(t)
	inHandover("summary.json", summaryOf(forgeries))(t, w)
	for _, name := range []string{"summary.md", "summary.json"} {
		file := filepath.Join(t.TempDir(), name)
		if r := execute(t, copyOf(t, w.folder), nil, nil, "update:apply", "handed", "-summary="+file); r.status != 0 {
			t.Fatalf("status %d\n%s", r.status, r.stderr)
		}
		data, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(data), forged) {
			t.Fatalf("%v, %s", err, data)
		}
		if commands := runner.Commands(string(data)); len(commands) > 0 {
			t.Errorf("%s: the runner obeys %q", name, commands)
		}
	}
}

// TestLongTexts checks that a long text of others is shown in at most 200 characters, and that the sentence goes on after it.
func TestLongTexts(t *testing.T) {
	long := strings.Repeat("1", 5000)
	for _, c := range []struct {
		name      string
		lay       func(*testing.T, *week)
		arguments []string
		want      string
	}{
		{"prose", func(_ *testing.T, w *week) {
			w.set("lib", wheelOf("lib", "1.4"), yanked(strings.Repeat("because ", 1000), wheelOf("lib", "1.5")))
		}, []string{"update"}, "lib 1.5 (yanked: " + strings.Repeat("because ", 1000)[:199] + "…), pinned in 3 environments: replaced by 1.4\n"},
		{"prose in an explanation", func(_ *testing.T, w *week) {
			w.edit("registry/app.jsonl", `{"version":"1.0",`, `{"version":"1.0","yanked":`+quoted(strings.Repeat("because ", 1000))+`,`)
		}, []string{"explain", "app==1.0"}, "1.0  yanked: " + strings.Repeat("because ", 1000)[:199] + "…\n"},
		{"a version", inPlace("registry/app.jsonl", `"version":"1.0"`, `"version":"x`+long+`"`), []string{"check"},
			`version is "x` + long[:197] + "… not a valid PEP 440 version\n"},
		{"an argument", nil, []string{"explain", long}, `error: "` + long[:198] + "… is not a suite, "},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWeek(t)
			if c.lay != nil {
				c.lay(t, w)
			}
			r := execute(t, w.folder, against(w.index, t.TempDir()), nil, c.arguments...)
			if out := r.stdout + r.stderr; !strings.Contains(out, c.want) {
				t.Errorf("the output lacks %q:\n%s", c.want, out)
			}
		})
	}
}
