package live

import (
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"toxgen/internal/config"
	"toxgen/internal/lock"
	"toxgen/internal/pep440"
	"toxgen/internal/progress"
	"toxgen/internal/pypi"
	"toxgen/internal/pypitest"
	"toxgen/internal/python"
	"toxgen/internal/registry"
	"toxgen/internal/report"
	"toxgen/internal/resolve"
	"toxgen/internal/update"
)

// sdk has one suite, and states what one release requires.
const sdk = `
project: {name: sdk}
pythons:
  - {version: "3.11", patch: 15}
  - {version: "3.12", patch: 13}
platform: {system: linux, machine: x86_64, libc: glibc-2.28}
update: {cooldown: 72h}
workflow: {name: Test, triggers: {dispatch: true}, runs-on: ubuntu, timeout: 1, tools: {uv: "1", tox: "4", tox-uv: "1"}}
testenv: {commands: [pytest]}
groups: [{name: G, suites: [app]}]
suites: {app: {package: app, test-path: t}}
metadata: [{release: lib==1.0, requires: ["stated>=1"], reason: "built by hand"}]
`

// now is when the runs of these tests begin.
var now = time.Date(2026, 8, 10, 0, 0, 0, 0, time.UTC)

// fixture is an index, and a project that asks it.
type fixture struct {
	*testing.T
	index  *pypitest.Server
	client *pypi.Client
	config *config.Config
	facts  registry.Facts
}

// begin returns an empty index, and a project that knows nothing of it.
func begin(t *testing.T) *fixture {
	f := &fixture{T: t, index: pypitest.New(t), facts: registry.Facts{}}
	var err error
	if f.client, err = pypi.New(pypi.Options{URL: f.index.URL, CacheDir: t.TempDir(), Netrc: os.DevNull}); err != nil {
		t.Fatal(err)
	}
	c, findings := config.Parse(config.FileName, []byte(sdk))
	if c == nil {
		t.Fatal(findings)
	}
	f.config = c
	return f
}

func (f *fixture) set(project string, files ...pypitest.File) {
	f.index.Set(pypitest.Project{Name: project, Files: files})
}

// aged returns a file that is some days old.
func aged(days int, file pypitest.File) pypitest.File {
	file.Uploaded = now.AddDate(0, 0, -days)
	return file
}

// know puts the lines of a project into the registry.
func (f *fixture) know(project string, lines ...string) {
	p, _, faults := registry.Parse(project, []byte(strings.Join(lines, "\n")+"\n"))
	if len(faults) > 0 {
		f.Fatal(faults)
	}
	f.facts[project] = p
}

func (f *fixture) view(p update.Policy) *View {
	return NewView(f.client, f.config, update.NewSight(p, f.config, now, f.facts), p, f.facts, progress.NewMeter(false))
}

// seen describes the files that a view has of a project.
func (f *fixture) seen(v *View, project string) string {
	page, err := v.Project(f.Context(), project)
	if err != nil {
		return err.Error()
	}
	var list []string
	for _, file := range filesOf(page) {
		switch _, recorded := file.Source.(lock.RecordedFile); {
		case file.Hidden != "":
			list = append(list, file.Filename+" hidden")
		case recorded:
			list = append(list, file.Filename+" recorded")
		default:
			list = append(list, file.Filename)
		}
	}
	return strings.Join(list, ", ")
}

// filesOf returns the files of a page, those of the oldest release first.
func filesOf(page *resolve.Project) []resolve.File {
	var files []resolve.File
	for i := range slices.Backward(page.Releases) {
		files = append(files, page.Files(i)...)
	}
	return files
}

// updating is the policy of an update that refreshes app.
var updating = update.Policy{Refreshed: map[string]bool{"app": true}}

// TestProject: a view hides what the policy hides, and shows what keeps its facts as the registry has it.
func TestProject(t *testing.T) {
	f := begin(t)
	f.set("app", aged(30, pypitest.Wheel("app", "1.0")), aged(29, pypitest.Wheel("app", "2.0")), aged(1, pypitest.Wheel("app", "3.0")))
	f.know("app", `{"version":"1.0","wheels":["cp312-cp312-any"],"metadata":[{"requires":[]}]}`)
	v1, v2 := pep440.MustParse("1.0"), pep440.MustParse("2.0")
	for _, test := range []struct {
		name   string
		policy update.Policy
		want   string
	}{
		{"a plain run sees the releases that it knows", update.Policy{},
			"app-1.0-py3-none-any.whl, app-2.0-py3-none-any.whl hidden, app-3.0-py3-none-any.whl hidden"},
		{"a release that a person pinned is seen", update.Policy{ByHand: map[lock.Release]bool{lock.ReleaseOf("app", v2): true}},
			"app-1.0-py3-none-any.whl, app-2.0-py3-none-any.whl, app-3.0-py3-none-any.whl hidden"},
		{"a frozen release is seen as it was recorded", updating.WithFrozen("app", v1, "r"),
			"app-1.0-cp312-cp312-any recorded, app-2.0-py3-none-any.whl hidden, app-3.0-py3-none-any.whl hidden"},
		{"a release without metadata is not seen", updating.WithMissing("app", v1, "r"),
			"app-1.0-py3-none-any.whl hidden, app-2.0-py3-none-any.whl hidden, app-3.0-py3-none-any.whl hidden"},
		{"a project that keeps its facts is seen as it was recorded", updating.WithFailed(report.Failed{Name: "app", Reason: "r"}),
			"app-1.0-cp312-cp312-any recorded"},
	} {
		if got := f.seen(f.view(test.policy), "app"); got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", test.name, got, test.want)
		}
	}
	if got, want := f.seen(Everything(f.client, nil, f.config.Targets()[0]), "app"), "app-1.0-py3-none-any.whl, app-2.0-py3-none-any.whl, app-3.0-py3-none-any.whl"; got != want {
		t.Errorf("everything is %s", got)
	}
	if _, err := f.view(update.Policy{}).Project(t.Context(), "nothing"); !errors.Is(err, resolve.ErrNoProject) {
		t.Errorf("a project that the index does not have: %v", err)
	}
	f.index.Fault("/simple/app/", 1, pypitest.Status(http.StatusForbidden))
	f.client, _ = pypi.New(pypi.Options{URL: f.index.URL, CacheDir: t.TempDir(), Netrc: os.DevNull})
	if _, err := f.view(update.Policy{}).Project(t.Context(), "app"); err == nil || errors.Is(err, resolve.ErrNoProject) {
		t.Errorf("a page that is not handed out: %v", err)
	}
}

// TestMetadata: what is stated is believed, and an update does not see a wheel whose metadata are not handed out.
func TestMetadata(t *testing.T) {
	f := begin(t)
	missing := aged(30, pypitest.Wheel("lib", "2.0"))
	missing.Core = pypitest.CoreBroken
	f.set("lib", aged(30, pypitest.Wheel("lib", "1.0", "Requires-Dist: other")), missing, aged(30, pypitest.Wheel("lib", "3.0", "Requires-Dist: other")),
		aged(30, pypitest.Sdist(pypitest.SdistDynamic, "lib", "4.0")))
	f.index.Fault("/files/lib/lib-2.0-py3-none-any.whl", -1, pypitest.Status(http.StatusNotFound))
	read := func(v *View, version string) string {
		page, err := v.Project(t.Context(), "lib")
		if err != nil {
			t.Fatal(err)
		}
		files := filesOf(page)
		for i := range files {
			if files[i].Version.String() != version {
				continue
			}
			m, err := v.Metadata(t.Context(), &files[i])
			switch {
			case errors.As(err, new(*resolve.HiddenError)):
				return "hidden"
			case errors.As(err, new(*resolve.UnreadableError)):
				return "unreadable"
			case err != nil:
				return "error"
			}
			return strings.Join(m.RequiresDist, ", ")
		}
		return "no such file"
	}
	for _, test := range []struct{ version, plain, update string }{
		{"1.0", "stated>=1", "stated>=1"},
		{"2.0", "unreadable", "hidden"},
		{"3.0", "other", "other"},
		{"4.0", "unreadable", "unreadable"},
	} {
		if plain, updated := read(f.view(update.Policy{}), test.version), read(f.view(updating), test.version); plain != test.plain || updated != test.update {
			t.Errorf("lib %s: %s in a plain run, %s in an update", test.version, plain, updated)
		}
	}
}

// TestRecord: the line of a pin has what the files require that its Pythons take, and what was known; a release whose
// facts cannot be had keeps those that it has.
func TestRecord(t *testing.T) {
	f := begin(t)
	classified := aged(30, pypitest.TaggedWheel("lib", "2.0", "cp312-none-any", "Requires-Dist: new"))
	classified.SHA256 = "none"
	f.set("lib", aged(30, pypitest.Wheel("lib", "1.0", "Requires-Dist: unread")), aged(30, pypitest.TaggedWheel("lib", "2.0", "cp311-none-any", "Requires-Dist: old")), classified,
		aged(1, pypitest.TaggedWheel("lib", "2.0", "py3-none-any", "Requires-Dist: young")),
		aged(30, pypitest.TaggedWheel("lib", "4.0", "cp312-none-any", "Requires-Dist: lone")))
	f.know("lib", `{"version":"2.0","wheels":["cp312-none-any","py2-none-any"],"metadata":[{"file":"cp312-none-any","classifiers":["3.12"]}],"verdicts":[{"python":"3.14t","supported":false,"reason":"no wheel"}]}`,
		`{"version":"9.0","wheels":["py3-none-any"],"metadata":[{"requires":[]}]}`)
	both := []python.Version{{Major: 3, Minor: 11, Patch: 15}, {Major: 3, Minor: 12, Patch: 13}}
	pin := func(v string) lock.Pinned {
		return lock.Pinned{Project: "lib", Version: pep440.MustParse(v), Pythons: both}
	}
	all := func(string, pep440.Version) bool { return true }
	frozen := updating.WithFrozen("lib", pep440.MustParse("2.0"), "it keeps its line")
	for _, test := range []struct {
		name   string
		policy update.Policy
		pins   []lock.Pinned
		// want is the file of lib, and failed why a pin has no new line.
		want, failed string
	}{
		{"one that the configuration describes", update.Policy{}, []lock.Pinned{pin("1.0")}, `{"version":"1.0","uploaded":"2026-07-11T00:00:00Z","wheels":["py3-none-any"]}`, ""},
		{"one with a file for each Python", update.Policy{}, []lock.Pinned{pin("2.0")}, `"requires":["new"]`, ""},
		{"one that has no file for the older Python", update.Policy{}, []lock.Pinned{pin("4.0")}, `"requires":["lone"]`, ""},
		{"one that has no file for any", update.Policy{}, []lock.Pinned{{Project: "lib", Version: pep440.MustParse("4.0"), Pythons: both[:1]}}, `"2.0"`, "no file for Python 3.11.15"},
		{"one that is not there any more", update.Policy{}, []lock.Pinned{pin("9.0")}, `{"version":"9.0","wheels":["py3-none-any"],"metadata":[{"requires":[]}]}`, "does not have lib 9.0"},
		{"one that is frozen", frozen, []lock.Pinned{pin("2.0")}, `"wheels":["cp312-none-any","py2-none-any"]`, "it keeps its line"},
		{"one whose project keeps its facts", updating.WithFailed(report.Failed{Name: "lib", Reason: "no page"}), []lock.Pinned{pin("2.0")}, `"wheels":["cp312-none-any","py2-none-any"]`, "no page"},
	} {
		before := string(registry.Format(f.facts["lib"]))
		facts, errs := f.view(test.policy).Record(t.Context(), f.facts, test.pins, all)
		got := string(registry.Format(facts["lib"]))
		err := errs[lock.ReleaseOf("lib", test.pins[0].Version)]
		if !strings.Contains(got, test.want) || (err != nil) != (test.failed != "") || err != nil && !strings.Contains(err.Error(), test.failed) {
			t.Errorf("%s: %v\n%s", test.name, err, got)
		}
		if (err != nil) != facts.Same(f.facts) {
			t.Errorf("%s: the facts changed: %v", test.name, err)
		}
		if string(registry.Format(f.facts["lib"])) != before {
			t.Fatalf("%s: Record changed the facts that it was given", test.name)
		}
	}
	facts, _ := f.view(update.Policy{}).Record(t.Context(), f.facts, []lock.Pinned{pin("2.0")}, all)
	line := string(registry.Format(facts["lib"]))
	for _, want := range []string{`{"for":["cp312-none-any"],"file":"cp312-none-any","classifiers":["3.12"],"requires":["new"]}`, `"requires":["old"]}`, `"verdicts":[{"python":"3.14t","supported":false,"reason":"no wheel"}]`} {
		if !strings.Contains(line, want) {
			t.Errorf("%s is not in the line:\n%s", want, line)
		}
	}
	if strings.Contains(line, "young") {
		t.Errorf("a file that is too young is in the line:\n%s", line)
	}
}

// TestShows: a run has to look again as soon as its policy hides or keeps more.
func TestShows(t *testing.T) {
	f := begin(t)
	v := f.view(updating)
	one := pep440.MustParse("1.0")
	if !v.Shows(updating) {
		t.Error("the same policy shows something else")
	}
	for name, p := range map[string]update.Policy{
		"frozen":  updating.WithFrozen("app", one, "r"),
		"missing": updating.WithMissing("app", one, "r"),
		"failed":  updating.WithFailed(report.Failed{Name: "app"}),
		"by hand": {Refreshed: updating.Refreshed, ByHand: map[lock.Release]bool{lock.ReleaseOf("app", one): true}},
	} {
		if v.Shows(p) {
			t.Errorf("a policy with one %s release or project shows the same", name)
		}
	}
}

// TestNone: no index answers that it was not asked.
func TestNone(t *testing.T) {
	_, page := None{}.Project(t.Context(), "app")
	_, metadata := None{}.Metadata(t.Context(), nil, pypi.Requirements)
	if !errors.Is(page, lock.ErrNotAsked) || !errors.Is(metadata, lock.ErrNotAsked) || (None{}).Stats() != (pypi.Stats{}) {
		t.Errorf("%v, %v", page, metadata)
	}
}
