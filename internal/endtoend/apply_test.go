package endtoend

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"toxgen/internal/report"
)

// A handover is a project before and after an update, and the folder with what the update handed over.
type handover struct {
	*week
	before, after map[string]string
	folder        string
}

// newHandover updates a project and puts what the update hands over into a folder.
func newHandover(t *testing.T) *handover {
	w := newWeek(t)
	w.configure(strings.Replace(tiny, "suites:\n  app", "build: [setuptools]\noutputs: {report-markdown: docs/support.md, report-json: docs/support.json}\nsuites:\n  app", 1))
	w.set("setuptools", wheelOf("setuptools", "80.0"))
	online(t, w.folder, w.index, 0)
	h := &handover{week: w, before: content(t, w.folder), folder: t.TempDir()}
	w.set("app", wheelOf("app", "1.0", "lib"), wheelOf("app", "2.0", "lib"), wheelOf("app", "3.0", "lib", "extra"))
	w.set("extra", wheelOf("extra", "1.0"))
	w.set("lib", wheelOf("lib", "1.4"), yanked("see @you", wheelOf("lib", "1.5")), aged(1, wheelOf("lib", "1.6")))
	w.set("setuptools", wheelOf("setuptools", "80.0"), wheelOf("setuptools", "81.0"))
	online(t, w.folder, w.index, 0, "update", "-summary="+filepath.Join(h.folder, "summary.json"))
	h.after = content(t, w.folder)
	for name, data := range h.after {
		if strings.HasPrefix(name, "registry/") || name == "tox.ini" || name == "build-constraints.txt" {
			h.put(t, name, data)
		}
	}
	return h
}

// put writes a file into the folder of the hand-over.
func (h *handover) put(t *testing.T, name, data string) {
	t.Helper()
	put(t, h.folder, map[string]string{name: data})
}

// apply runs update:apply in a copy of the project before the update. It returns the result and the project's files.
func (h *handover) apply(t *testing.T, arguments ...string) (result, map[string]string) {
	t.Helper()
	project := t.TempDir()
	put(t, project, h.before)
	r := execute(t, project, nil, nil, append([]string{"update:apply", h.folder}, arguments...)...)
	if r.status == 0 {
		if c := execute(t, project, nil, nil, "check"); c.status != 0 {
			t.Errorf("check: status %d\n%s", c.status, c.stderr)
		}
	}
	return r, content(t, project)
}

// TestApply checks that applying the facts and pins of an update produces the same files and the same summary as the
// update.
func TestApply(t *testing.T) {
	h := newHandover(t)
	summary := filepath.Join(t.TempDir(), "summary.json")
	r, got := h.apply(t, "-summary="+summary)
	if r.status != 0 || strings.Contains(r.stderr, "warning") {
		t.Fatalf("status %d\n%s", r.status, r.stderr)
	}
	same(t, h.after, got)
	for _, line := range []string{"app: in 3.0; out none\n", "lib 1.5 (yanked: see @you), pinned in 3 environments: replaced by 1.4\n", "held back: lib 1.6, "} {
		if !strings.Contains(r.stdout, line) {
			t.Errorf("the summary lacks %q:\n%s", line, r.stdout)
		}
	}
	written, err := os.ReadFile(summary)
	if err != nil {
		t.Fatal(err)
	}
	if want, err := os.ReadFile(filepath.Join(h.folder, "summary.json")); err != nil || string(written) != string(want) {
		t.Errorf("the summary is\n%s\nnot\n%s", written, want)
	}
}

// replaced returns a function that replaces a text in a file of the hand-over.
func replaced(name, old, new string) func(*testing.T, *handover) {
	return func(t *testing.T, h *handover) {
		text := content(t, h.folder)[name]
		if !strings.Contains(text, old) {
			t.Fatalf("%s does not contain %q:\n%s", name, old, text)
		}
		h.put(t, name, strings.Replace(text, old, new, 1))
	}
}

// added returns a function that writes a file into the hand-over.
func added(name, data string) func(*testing.T, *handover) {
	return func(t *testing.T, h *handover) { h.put(t, name, data) }
}

// linked returns a function that puts a symbolic link into the hand-over.
func linked(name, target string) func(*testing.T, *handover) {
	return func(t *testing.T, h *handover) {
		place := filepath.Join(h.folder, name)
		_ = os.RemoveAll(place)
		if err := os.Symlink(target, place); err != nil {
			t.Fatal(err)
		}
	}
}

// TestApplyRefuses checks that a hand-over with anything that does not belong to it, or with files that do not fit
// together, is refused with a reason, and that nothing is written.
func TestApplyRefuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*testing.T, *handover)
		want  string
	}{
		{"unknown name", added("magefiles/magefile.go", "package main"), "magefiles: error: an update hands over nothing of this name"},
		{"workflow", added(".github/workflows/ci.yml", "on: push"), ".github: error: an update hands over nothing of this name"},
		{"configuration", added("toxgen.yaml", tiny), "toxgen.yaml: error: an update hands over nothing of this name"},
		{"file beside the facts", added("registry/app.txt", ""), "registry/app.txt: error: an update hands over nothing of this name"},
		{"folder below the facts", added("registry/sub/app.jsonl", ""), "registry/sub: error: an update hands over nothing of this name"},
		{"case-folded twin", added("registry/App.jsonl", ""), "registry/App.jsonl: error: an update hands over nothing of this name"},
		{"case-folded folder", added("Registry/app.jsonl", ""), "Registry: error: an update hands over nothing of this name"},
		{"name that is not normalised", added("registry/a_b.jsonl", ""), "registry/a_b.jsonl: error: an update hands over nothing of this name"},
		{"control characters in a name", added("registry/\x1b[2J\n::error::x.jsonl", ""), `registry/\x1b[2J\n::error::x.jsonl: error: an update`},
		{"link to a file", linked("registry/app.jsonl", "/etc/passwd"), "registry/app.jsonl: error: it is a link or something else than a file"},
		{"link within", linked("registry/app.jsonl", "lib.jsonl"), "registry/app.jsonl: error: it is a link or something else than a file"},
		{"link in place of the facts", linked("registry", "/etc"), "registry: error: it is a link or something else than a file"},
		{"link in place of tox.ini", linked("tox.ini", "../../outside"), "tox.ini: error: it is a link or something else than a file"},
		{"executable", func(t *testing.T, h *handover) {
			if err := os.Chmod(filepath.Join(h.folder, "tox.ini"), 0o755); err != nil {
				t.Fatal(err)
			}
		}, "tox.ini: error: its mode is -rwxr-xr-x: only plain files are taken over"},
		{"folder in place of tox.ini", func(t *testing.T, h *handover) {
			if err := os.Remove(filepath.Join(h.folder, "tox.ini")); err != nil {
				t.Fatal(err)
			}
			added("tox.ini/x", "")(t, h)
		}, "tox.ini: error: an update hands over nothing of this name"},
		{"too large", func(t *testing.T, h *handover) {
			if err := os.Truncate(filepath.Join(h.folder, "tox.ini"), 65<<20); err != nil {
				t.Fatal(err)
			}
		}, "there are more than 67108864 bytes"},
		{"too many files", func(t *testing.T, h *handover) {
			for i := range 5001 {
				h.put(t, fmt.Sprintf("registry/p%d.jsonl", i), "")
			}
		}, "there are more than 5000 files"},
		{"no tox.ini", func(t *testing.T, h *handover) { _ = os.Remove(filepath.Join(h.folder, "tox.ini")) }, "tox.ini: error: it is missing"},
		{"facts that are not JSON", added("registry/app.jsonl", "not JSON\n"), "registry/app.jsonl:1"},
		{"facts with an invalid version", replaced("registry/app.jsonl", `"3.0"`, `"../../x"`), "registry/app.jsonl:3"},
		{"facts that nothing needs", added("registry/unneeded.jsonl", `{"version":"1.0","uploaded":"2026-07-01T00:00:00Z","sdist":true,"metadata":[{"file":"sdist","requires":[]}]}`+"\n"),
			"registry/unneeded.jsonl:1: error: "},
		{"no facts of a suite", func(t *testing.T, h *handover) { _ = os.Remove(filepath.Join(h.folder, "registry/app.jsonl")) }, `suite "app" lacks the releases of app`},
		{"pin without a valid version", replaced("tox.ini", "lib==1.4", "lib==$(id)"), "lib has no pin"},
		{"pin without facts", replaced("tox.ini", "lib==1.4", "lib==1.6"), "there are no facts about lib 1.6"},
		{"URL in place of a pin", replaced("tox.ini", "lib==1.4", "lib @ https://example.org/lib.zip"), "lib has no pin"},
		{"build pin without facts", replaced("build-constraints.txt", "setuptools==81.0", "setuptools==9.9"), "build-constraints.txt:1: error: the build requirements have no valid pins"},
		{"invalid summary", added("summary.json", `{"body": "closes #1"}`), "summary.json: error: not a summary: json: unknown field"},
		{"invalid tox.ini", added("tox.ini", "# Made by `mage toxgen` from toxgen.yaml\n[tox\n"), "lib has no pin"},
		{"tox.ini without the mark", added("tox.ini", "[tox]\n"), "tox.ini: error: toxgen did not make it: its first line lacks the mark"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHandover(t)
			c.spoil(t, h)
			r, got := h.apply(t)
			if r.status != 1 || !strings.Contains(r.stderr, c.want) {
				t.Errorf("status %d, and the message is\n%s\nnot %q", r.status, r.stderr, c.want)
			}
			same(t, h.before, got)
		})
	}
}

// TestApplyTakesNothingElse checks that only names and pins are taken over from a tox.ini, and only text from a summary.
func TestApplyTakesNothingElse(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*testing.T, *handover)
	}{
		{"commands", replaced("tox.ini", "commands =", "commands =\n    curl https://example.org/x")},
		{"environment variables", replaced("tox.ini", "set_env =", "set_env =\n    PYTHONSTARTUP = /tmp/x.py")},
		{"an environment of its own", func(t *testing.T, h *handover) {
			h.put(t, "tox.ini", h.after["tox.ini"]+"\n[testenv:evil]\ncommands = id\n")
		}},
		{"sections between marks", func(t *testing.T, h *handover) {
			h.put(t, "tox.ini", h.after["tox.ini"]+custom("[testenv:evil]\ncommands = id\n"))
		}},
		{"an index of its own", replaced("tox.ini", "[testenv]\n", "[testenv]\ninstall_command = pip install --index-url https://example.org/ {packages}\n")},
		{"a requirement of its own", replaced("tox.ini", "lib==1.4", "lib==1.4\n    evil")},
		{"a pin that nothing requires", replaced("tox.ini", "lib==1.4", "lib==1.4\n    py3.12: app==3.0\n    py3.12: evil==1.0")},
		{"a build requirement of its own", replaced("build-constraints.txt", "setuptools==81.0", "setuptools==81.0\nevil @ https://example.org/evil.zip")},
		{"a name in env_list", replaced("tox.ini", "env_list =\n", "env_list =\n    py3.12-evil-v1.0\n")},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHandover(t)
			c.spoil(t, h)
			r, got := h.apply(t)
			if r.status != 0 {
				t.Errorf("status %d\n%s", r.status, r.stderr)
			}
			same(t, h.after, got)
		})
	}
	t.Run("summary", func(t *testing.T) {
		h := newHandover(t)
		text := "x`@everyone`\n::set-output name=x::y\n| closes #1 | <img>"
		hostile := &report.Summary{
			From:       "evil",
			Suites:     []report.Suite{{Name: "evil", In: []string{"9"}, Holds: []string{"evil"}, Constraints: []string{"evil"}}},
			Moves:      []report.Move{{Project: "evil", Attention: report.Major, Steps: []report.Step{{From: "1", To: "evil"}}}},
			New:        []report.Arrival{{Project: "evil"}},
			Left:       []string{"evil"},
			Changed:    []report.Changed{{Release: report.Release{Project: "evil", Version: "1"}}},
			PassedOver: []report.PassedOver{{Suite: "evil", Release: report.Release{Project: "app", Version: "9"}}},
			Warnings:   []report.Warning{{Text: "evil"}},
			HeldBack:   []report.HeldBack{{Release: report.Release{Project: text, Version: text}}},
			Withdrawn:  []report.Withdrawn{{Release: report.Release{Project: text, Version: text}, Yanked: true, Reason: text, Environments: 1, Stays: 1, Why: text}},
			Failed:     []report.Failed{{Name: text, Reason: text, Detail: text, Hint: text}},
			After:      report.Size{Releases: 9},
		}
		h.put(t, "summary.json", string(hostile.JSON()))
		markdown := filepath.Join(t.TempDir(), "summary.md")
		r, got := h.apply(t, "-summary="+markdown)
		if r.status != 0 {
			t.Fatalf("status %d\n%s", r.status, r.stderr)
		}
		same(t, h.after, got)
		shown, err := os.ReadFile(markdown)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range append(strings.Split(r.stdout, "\n"), strings.Split(string(shown), "\n")...) {
			if strings.HasPrefix(line, "::") || strings.HasPrefix(line, "| closes") || strings.Contains(line, "evil") {
				t.Errorf("a line is %q", line)
			}
		}
		if !strings.Contains(string(shown), "\n4 releases in 4 environments") {
			t.Errorf("the summary is\n%s", shown)
		}
	})
}

// custom returns sections as somebody writes them into a tox.ini.
func custom(sections string) string {
	return "\n# toxgen: begin custom sections\n" + sections + "# toxgen: end custom sections\n"
}

// TestApplyKeepsSections checks that the sections that people wrote into the project's tox.ini stay as they are, whatever the
// hand-over has in their place.
func TestApplyKeepsSections(t *testing.T) {
	ours := custom("[testenv:mypy]\ncommands = mypy\n")
	for name, theirs := range map[string]string{
		"the same":       ours,
		"others":         custom("[testenv:mypy]\ncommands = id\n"),
		"none":           "",
		"not valid ones": custom("[testenv]\ncommands = id\n"),
		"no end":         "\n# toxgen: begin custom sections\n[x]\n",
	} {
		t.Run(name, func(t *testing.T) {
			h := newHandover(t)
			h.before["tox.ini"] += ours
			h.put(t, "tox.ini", h.after["tox.ini"]+theirs)
			r, got := h.apply(t)
			if r.status != 0 {
				t.Errorf("status %d\n%s", r.status, r.stderr)
			}
			h.after["tox.ini"] += ours
			same(t, h.after, got)
		})
	}
}
