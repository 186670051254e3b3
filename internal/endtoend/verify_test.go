package endtoend

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// verify runs update:verify in a copy of the project before the update.
func (h *handover) verify(t *testing.T) result {
	t.Helper()
	project := t.TempDir()
	put(t, project, h.before)
	r := execute(t, project, against(h.index, t.TempDir()), nil, "update:verify", h.folder)
	same(t, h.before, content(t, project))
	return r
}

// TestVerify checks that what an update hands over is confirmed, also after the index got younger files, and that only
// what was confirmed is taken over.
func TestVerify(t *testing.T) {
	h := newHandover(t)
	h.set("lib", wheelOf("lib", "1.4"), yanked("see @you", wheelOf("lib", "1.5")), aged(1, wheelOf("lib", "1.6")), aged(0, wheelOf("lib", "1.7")),
		aged(0, wheelOf("lib", "1.4", "late")))
	r := h.verify(t)
	if r.status != 0 || len(strings.TrimSpace(r.stdout)) != 64 {
		t.Fatalf("status %d, %q\n%s", r.status, r.stdout, r.stderr)
	}
	verified := "-verified=" + strings.TrimSpace(r.stdout)
	if r, got := h.apply(t, verified); r.status != 0 {
		t.Errorf("apply: status %d\n%s", r.status, r.stderr)
	} else {
		same(t, h.after, got)
	}
	h.put(t, "registry/extra.jsonl", h.after["registry/extra.jsonl"]+"\n")
	r, got := h.apply(t, verified)
	if r.status != 1 || !strings.Contains(r.stderr, "what was handed over is not what `update:verify` confirmed") {
		t.Errorf("apply of something else: status %d\n%s", r.status, r.stderr)
	}
	same(t, h.before, got)
}

// TestVerifyRefuses checks that whatever the index does not confirm is an error that names it.
func TestVerifyRefuses(t *testing.T) {
	asked := func(at time.Time) func(*testing.T, *handover) {
		return func(t *testing.T, h *handover) {
			h.put(t, "summary.json", `{"format":1,"asked":"`+at.UTC().Format(time.RFC3339)+`","before":{"releases":0,"environments":0,"rows":0},"after":{"releases":0,"environments":0,"rows":0}}`)
		}
	}
	for _, c := range []struct {
		name  string
		spoil func(*testing.T, *handover)
		want  string
	}{
		{"a requirement that the index does not have", func(t *testing.T, h *handover) {
			replaced("registry/app.jsonl", `"requires":["lib","extra"]`, `"requires":["lib","extra","flsak"]`)(t, h)
			h.put(t, "registry/flsak.jsonl", `{"version":"1.0","uploaded":"2025-01-01T00:00:00Z","wheels":["py3-none-any"],"metadata":[{"file":"py3-none-any","requires":[]}]}`+"\n")
		}, `registry/app.jsonl:3: error: release 3.0 is not confirmed: it requires "flsak", which the index does not say`},
		{"a project that the index does not have", added("registry/flsak.jsonl", `{"version":"1.0","uploaded":"2025-01-01T00:00:00Z","wheels":["py3-none-any"],"metadata":[{"file":"py3-none-any","requires":[]}]}`+"\n"),
			"registry/flsak.jsonl: error: release 1.0 is not confirmed: "},
		{"a release that the index does not have", replaced("registry/extra.jsonl", `"version":"1.0"`, `"version":"1.0.99"`), "registry/extra.jsonl: error: release 1.0.99 is not confirmed: the index does not have it"},
		{"a release that is too young", replaced("registry/lib.jsonl", `"version":"1.4"`, `"version":"1.6"`), "registry/lib.jsonl: error: release 1.6 is not confirmed: every file of it is younger than the cooldown"},
		{"a requirement left out", replaced("registry/app.jsonl", `"requires":["lib","extra"]`, `"requires":["lib"]`), `it leaves out that it requires "extra"`},
		{"another upload time", replaced("registry/extra.jsonl", `"uploaded":"20`, `"uploaded":"19`), "release 1.0 is not confirmed: its uploaded is"},
		{"a yank that was not", replaced("registry/extra.jsonl", `"wheels"`, `"yanked":"broken","wheels"`), "release 1.0 is not confirmed: its yanked is"},
		{"another file", replaced("registry/extra.jsonl", `"wheels":["py3-none-any"],"metadata":[{"file":"py3-none-any"`, `"wheels":["py2.py3-none-any"],"metadata":[{"file":"py2.py3-none-any"`), "release 1.0 is not confirmed: its wheels is"},
		{"another digest", func(t *testing.T, h *handover) {
			h.put(t, "registry/extra.jsonl", regexp.MustCompile(`"sha256":"[0-9a-f]+"`).ReplaceAllString(h.after["registry/extra.jsonl"], `"sha256":"`+strings.Repeat("0", 64)+`"`))
		}, "release 1.0 is not confirmed: its metadata is"},
		{"other classifiers", replaced("registry/app.jsonl", `"classifiers":["3.12"],"requires":["lib","extra"]`, `"classifiers":["3.12","3.13"],"requires":["lib","extra"]`), "release 3.0 is not confirmed: its metadata is"},
		{"a requires-python", replaced("registry/extra.jsonl", `"wheels"`, `"requires-python":">=3.13","wheels"`), "release 1.0 is not confirmed: its requires-python is"},
		{"metadata that cannot be read", replaced("registry/extra.jsonl", `"wheels"`, `"unreadable":"x","wheels"`), "release 1.0 is not confirmed: its unreadable is"},
		{"a release left out", replaced("registry/app.jsonl", `{"version":"3.0"`, `{"version":"3.0.1"`), "release 3.0.1 is not confirmed: the index does not have it"},
		{"a known release left out", func(t *testing.T, h *handover) {
			if err := os.Remove(filepath.Join(h.folder, "registry/other.jsonl")); err != nil {
				t.Fatal(err)
			}
		}, "registry/other.jsonl: error: release 1.0 is not confirmed: its line was left out, and the index has it"},
		{"a build requirement", replaced("registry/setuptools.jsonl", `"version":"81.0"`, `"version":"81.1"`), "registry/setuptools.jsonl: error: release 81.1 is not confirmed: the index does not have it"},
		{"another age of a new project", replaced("summary.json", `"since": "20`, `"since": "19`), "summary.json: error: project extra is not confirmed: the index has it since another time"},
		{"no age of a new project", replaced("summary.json", `"since"`, `"was"`), "summary.json: error: not a summary"},
		{"an update that is still to come", asked(time.Now().Add(time.Hour)), "which is still to come"},
		{"an update of last week", asked(time.Now().Add(-7 * 24 * time.Hour)), "more than 24h0m0s ago"},
		{"an update of no time", added("summary.json", `{"format":1}`), "it does not say when the index was asked"},
		{"a link", linked("registry/app.jsonl", "lib.jsonl"), "it is a link or something else than a file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHandover(t)
			c.spoil(t, h)
			if r := h.verify(t); r.status != 1 || !strings.Contains(r.stderr, c.want) || r.stdout != "" {
				t.Errorf("status %d, stdout %q, and the message is\n%s\nnot %q", r.status, r.stdout, r.stderr, c.want)
			}
		})
	}
}

// TestVerifyWithoutIndex checks that an index that does not answer confirms nothing.
func TestVerifyWithoutIndex(t *testing.T) {
	h := newHandover(t)
	project := t.TempDir()
	put(t, project, h.before)
	r := execute(t, project, []string{"TOXGEN_OFFLINE=1"}, nil, "update:verify", h.folder)
	if r.status != 1 || !strings.Contains(r.stderr, "is not confirmed: ") || r.stdout != "" {
		t.Errorf("status %d, stdout %q\n%s", r.status, r.stdout, r.stderr)
	}
}

// jobs does what the three jobs of a week do, each in a clone of the default branch of its own. tamper is what happens to the
// hand-over before it is verified. It returns the text of the pull request and the tree that it proposes, or what
// update:verify says against the hand-over.
func (w *week) jobs(main map[string]string, tamper func(h *handover)) (text string, proposed map[string]string, refused string) {
	w.Helper()
	h := &handover{week: w, before: main, folder: w.TempDir()}
	ask := w.TempDir()
	put(w.T, ask, main)
	online(w.T, ask, w.index, 0, "update", "-summary="+filepath.Join(h.folder, "summary.json"))
	h.after = content(w.T, ask)
	for name, data := range h.after {
		if strings.HasPrefix(name, "registry/") || name == "tox.ini" || name == "build-constraints.txt" {
			h.put(w.T, name, data)
		}
	}
	tamper(h)
	r := h.verify(w.T)
	if r.status != 0 {
		return "", nil, r.stderr
	}
	summary := filepath.Join(w.TempDir(), "summary.md")
	applied, proposed := h.apply(w.T, "-verified="+strings.TrimSpace(r.stdout), "-summary="+summary)
	if applied.status != 0 {
		w.Fatalf("update:apply: status %d\n%s", applied.status, applied.stderr)
	}
	same(w.T, h.after, proposed)
	return content(w.T, filepath.Dir(summary))["summary.md"], proposed, ""
}

// TestThreeWeeks does the three jobs in three weeks, each from the default branch: one with a file that came late to a pinned
// release, one with a forged fact, one in which a release really requires a project with a name like that of another.
func TestThreeWeeks(t *testing.T) {
	w := newWeek(t)
	main := content(t, w.folder)
	honest := func(*handover) {}
	contains := func(text string, lines ...string) {
		t.Helper()
		for _, line := range lines {
			if !strings.Contains(text, line) {
				t.Errorf("the text lacks %q:\n%s", line, text)
			}
		}
	}

	w.set("lib", wheelOf("lib", "1.4"), wheelOf("lib", "1.5"), tagged(5, "1-py3-none-any", "lib", "1.5", "dep"), tagged(1, "py2.py3-none-any", "lib", "1.5"))
	w.set("dep", wheelOf("dep", "1.0"))
	text, proposed, refused := w.jobs(main, honest)
	contains(text, "Pinned releases whose files changed", "| `lib 1.5` | `another file under the name py3-none-any` | 3 |",
		"| `dep` | `1.0` | 3 | `lib 1.5` | ", "| `lib 1.5` | `lib-1.5-py2.py3-none-any.whl` | ")
	if refused != "" {
		t.Fatal(refused)
	}
	main = proposed

	w.set("app", wheelOf("app", "1.0", "lib"), wheelOf("app", "2.0", "lib"), wheelOf("app", "3.0", "lib"))
	w.set("lbi", aged(5, wheelOf("lbi", "9.0")))
	_, _, refused = w.jobs(main, func(h *handover) {
		replaced("registry/app.jsonl", `"requires":["lib"]}]}`+"\n{\"version\":\"3.0\"", `"requires":["lib","lbi"]}]}`+"\n{\"version\":\"3.0\"")(t, h)
		h.put(t, "registry/lbi.jsonl", strings.Replace(h.after["registry/dep.jsonl"], `"version":"1.0"`, `"version":"9.0"`, 1))
	})
	contains(refused, "registry/app.jsonl:2: error: release 2.0 is not confirmed: it requires \"lbi\", which the index does not say", "registry/lbi.jsonl:1: error: release 9.0 is not confirmed: ")

	w.set("app", wheelOf("app", "1.0", "lib"), wheelOf("app", "2.0", "lib"), wheelOf("app", "3.0", "lib", "lbi"))
	text, _, refused = w.jobs(main, honest)
	since := aged(5, wheelOf("lbi", "9.0")).Uploaded.UTC().Format("2006-01-02 15:04 UTC")
	contains(text, "### New in the lock: never installed before", "| `lbi` | `9.0` | 1 | `app 3.0` | "+since+" |", "| `app` | **`3.0`** |")
	if refused != "" {
		t.Error(refused)
	}
}
