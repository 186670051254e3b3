package update

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/lock"
	"toxgen/internal/pypi"
	"toxgen/internal/registry"
	"toxgen/internal/report"
	"toxgen/internal/snapshot"
)

// Digests, as the registry wants them.
var (
	aa = strings.Repeat("a", 64)
	bb = strings.Repeat("b", 64)
)

// line returns a line of the registry: a release with a source distribution that was uploaded on a day in January.
func line(version, day string, more ...string) string {
	text := `{"version":"` + version + `","uploaded":"2026-01-` + day + `T00:00:00Z"`
	return strings.Join(append([]string{text}, more...), ",") + "}"
}

// TestRefresh: what becomes of the facts of a project by its page.
func TestRefresh(t *testing.T) {
	const sdist = `"sdist":true`
	verdicts := `"verdicts":[{"python":"3.14t","supported":true,"reason":"r"}]`
	passed := `"unresolvable":[{"suite":"app","python":"3.12","reason":"r","roots":"` + aa + `"}]`
	metadata := func(digest string) string {
		return `"metadata":[{"file":"sdist","sha256":"` + digest + `","requires":["a"]}]`
	}
	undigested := `"metadata":[{"file":"sdist","requires":["a"]}]`
	fifth := january(t, "5")
	before := Policy{Options: Options{Before: &fifth}}
	for _, test := range []struct {
		name, project string
		policy        Policy
		known, files  []string
		// pinned are canonical versions that some environment pins.
		pinned []string
		want   []string
		// noted are what there is to report, sorted.
		noted []string
	}{
		{name: "a followed project adopts what is old enough", project: "app", known: []string{line("1.0", "01", sdist)},
			files: []string{"2.0.tar.gz 2", "1.0.tar.gz 1", "3.0.tar.gz 9", "3.1.tar.gz -"},
			want:  []string{line("1.0", "01", sdist), line("2.0", "02", sdist)},
			noted: []string{"young 3.0 uploaded 2026-01-09 adopted 2026-01-12", "young 3.1 uploaded 0001-01-01 adopted 0001-01-01"}},
		{name: "a followed project without facts", project: "app", files: []string{"1.0.tar.gz 1"}, want: []string{line("1.0", "01", sdist)}},
		{name: "a dependency keeps known releases alone", project: "lib", known: []string{line("1.0", "01", sdist), line("1.1", "01", sdist)},
			files: []string{"1.0.tar.gz 1", "2.0.tar.gz 2"}, want: []string{line("1.0", "01", sdist)}},
		{name: "a dependency without facts", project: "lib", files: []string{"1.0.tar.gz 1", "2.0.tar.gz 2"}, want: []string{line("1.0", "01", sdist), line("2.0", "02", sdist)}},
		{name: "files are taken anew, verdicts and metadata remain", project: "app", known: []string{line("1.0", "03", sdist, metadata(aa), verdicts)},
			files: []string{"1.0.tar.gz 3 " + aa, "1.0-py3-none-any.whl 2 " + bb},
			want:  []string{line("1.0", "02", sdist, `"wheels":["py3-none-any"]`, metadata(aa), verdicts)}},
		{name: "suites try again what they passed over, and metadata that could not be read", project: "app",
			known: []string{line("1.0", "01", sdist, `"unreadable":"r"`, passed)}, files: []string{"1.0.tar.gz 1"}, want: []string{line("1.0", "01", sdist)}},
		{name: "a young file of a known release does not count", project: "app", known: []string{line("1.0", "01", sdist)},
			files: []string{"1.0.tar.gz 1", "1.0-py3-none-any.whl 9"}, want: []string{line("1.0", "01", sdist)},
			noted: []string{"young app-1.0-py3-none-any.whl of 1.0 uploaded 2026-01-09 adopted 2026-01-12"}},
		{name: "one of a release that nothing knew is not named", project: "lib", known: []string{line("1.0", "01", sdist)},
			files: []string{"1.0.tar.gz 1", "0.9.tar.gz 1", "0.9-py3-none-any.whl 9"}, want: []string{line("1.0", "01", sdist)}},
		{name: "nor is one for another system", project: "app", known: []string{line("1.0", "01", sdist)},
			files: []string{"1.0.tar.gz 1", "1.0-cp312-cp312-win_amd64.whl 9"}, want: []string{line("1.0", "01", sdist)}},
		{name: "a replaced file", project: "lib", known: []string{line("1.0", "01", sdist, metadata(aa))}, files: []string{"1.0.tar.gz 1 " + bb},
			want: []string{line("1.0", "01", sdist)}},
		{name: "a doubtful file", project: "lib", known: []string{line("1.0", "01", sdist, undigested)}, files: []string{"1.0.tar.gz 1"},
			want: []string{line("1.0", "01", sdist, undigested)}, noted: []string{"doubtful lib 1"}},

		{name: "a pinned release is gone", project: "lib", known: []string{line("1.0", "01", sdist), line("2.0", "01", sdist)}, files: []string{"1.0.tar.gz 1"}, pinned: []string{"1", "2"},
			want: []string{line("1.0", "01", sdist)}, noted: []string{"gone lib 2, in py3.12-app-v1.0"}},
		{name: "a pinned release is yanked", project: "lib", known: []string{line("1.0", "01", sdist)}, files: []string{"1.0.0.tar.gz 1 yanked=broken"}, pinned: []string{"1"},
			want: []string{line("1.0.0", "01", `"yanked":"broken"`, sdist)}, noted: []string{"yanked lib 1.0.0 broken, in py3.12-app-v1.0"}},
		{name: "one file of a pinned release is yanked", project: "lib", known: []string{line("1.0", "01", sdist)}, files: []string{"1.0.tar.gz 1", "1.0-py3-none-any.whl 1 yanked"}, pinned: []string{"1"},
			want: []string{line("1.0", "01", sdist, `"wheels":["py3-none-any"]`, `"files":[{"file":"py3-none-any","yanked":true}]`)}},
		{name: "a release that is gone was not pinned", project: "app", known: []string{line("1.0", "01", sdist), line("2.0", "01", sdist)}, files: []string{"1.0.tar.gz 1"},
			want: []string{line("1.0", "01", sdist)}},

		{name: "a young release that is pinned keeps its line", project: "lib", known: []string{line("1.0", "09", sdist, metadata(aa)), line("2.0", "09", sdist)}, files: []string{"1.0.tar.gz 9 " + bb, "2.0.tar.gz 9"}, pinned: []string{"1"},
			want: []string{line("1.0", "09", sdist, metadata(aa))}, noted: []string{"young 1.0 uploaded 2026-01-09 adopted 2026-01-12", "young 2.0 uploaded 2026-01-09 adopted 2026-01-12"}},
		{name: "one of a followed project does not", project: "app", known: []string{line("1.0", "09", sdist), line("0.9", "01", sdist)}, files: []string{"1.0.tar.gz 9", "0.9.tar.gz 1"}, pinned: []string{"1"},
			want: []string{line("0.9", "01", sdist)}, noted: []string{"young 1.0 uploaded 2026-01-09 adopted 2026-01-12"}},

		{name: "before a time: what was there, and nothing is held back", project: "app", policy: before, known: []string{line("1.0", "01", sdist), line("2.0", "06", sdist)},
			files: []string{"1.0.tar.gz 1", "2.0.tar.gz 6", "3.0.tar.gz 9"}, pinned: []string{"2"}, want: []string{line("1.0", "01", sdist)}},
		{name: "before a time: no pin keeps a line", project: "lib", policy: before, known: []string{line("2.0", "06", sdist)}, files: []string{"2.0.tar.gz 6"}, pinned: []string{"2"}},
		{name: "before a time: what is gone since and was not there then is not reported", project: "lib", policy: before, known: []string{line("1.0", "01", sdist), line("2.0", "06", sdist)}, pinned: []string{"1", "2"},
			noted: []string{"gone lib 1, in py3.12-app-v1.0"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			slices.SortFunc(test.known, strings.Compare)
			known := parsed(t, test.project, test.known...)
			pinnedIn := map[string][]string{}
			for _, v := range test.pinned {
				pinnedIn[v] = []string{"py3.12-app-v1.0"}
			}
			r := NewSight(test.policy, configure(t), now, nil).Refresh(page(t, test.project, test.files...), known, pinnedIn)
			if diff := cmp.Diff(test.want, linesOf(r.Project)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(test.noted, noted(r)); diff != "" {
				t.Errorf("reported (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(test.known, linesOf(known)); diff != "" {
				t.Errorf("the known facts were changed\n%s", diff)
			}
		})
	}
}

// noted returns what there is to report of a project, sorted.
func noted(r Refreshed) []string {
	var all []string
	for k, g := range r.Gone {
		text := fmt.Sprintf("gone %s %s", g.Project, g.Version)
		if g.Yanked {
			text = fmt.Sprintf("yanked %s %s %s", g.Project, g.Version, g.Reason)
		}
		if len(g.In) != g.Environments || k.Project != g.Project {
			text += fmt.Sprintf(" (%d environments, as %v)", g.Environments, k)
		}
		all = append(all, text+", in "+strings.Join(g.In, " "))
	}
	for _, y := range r.Young {
		what := y.Version
		if y.File != "" {
			what = y.File + " of " + what
		}
		all = append(all, fmt.Sprintf("young %s uploaded %s adopted %s", what, y.Uploaded.Format("2006-01-02"), y.Adopted.Format("2006-01-02")))
	}
	for _, release := range r.Doubtful {
		all = append(all, "doubtful "+release.Project+" "+release.Version)
	}
	slices.Sort(all)
	return all
}

// TestYoungOrder: releases that are held back ascend by version.
func TestYoungOrder(t *testing.T) {
	r := NewSight(Policy{}, configure(t), now, nil).Refresh(page(t, "app", "1.10.tar.gz 9", "1.9.tar.gz 9", "1.9-py3-none-any.whl 8", "2.0a1.tar.gz 9"), nil, nil)
	var got []string
	for _, y := range r.Young {
		got = append(got, fmt.Sprint(y.Version, " ", y.Uploaded.Day(), " ", y.Adopted.Day()))
	}
	equal(t, "young", got, []string{"1.9 8 11", "1.10 9 12", "2.0a1 9 12"})
}

// TestKept: facts are kept as they are, but for what did not exist at the time that was asked for.
func TestKept(t *testing.T) {
	fifth := january(t, "5")
	known := parsed(t, "lib", `{"version":"0.9","sdist":true}`, line("1.0", "05"), line("2.0", "06"))
	late := parsed(t, "lib", line("2.0", "06"))
	for _, test := range []struct {
		name   string
		policy Policy
		known  *registry.Project
		want   *registry.Project
	}{
		{"no time", Policy{}, known, known},
		{"a time", Policy{Options: Options{Before: &fifth}}, known, known.Without(known.Releases[2].Version)},
		{"a time before everything", Policy{Options: Options{Before: &fifth}}, late, nil},
		{"no facts", Policy{Options: Options{Before: &fifth}}, nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := NewSight(test.policy, configure(t), now, nil).Kept(test.known)
			if diff := cmp.Diff(linesOf(test.want), linesOf(got)); diff != "" || (got == nil) != (test.want == nil) {
				t.Errorf("got %v (-want +got)\n%s", got, diff)
			}
		})
	}
}

// TestUnread: a page that cannot be had, or is not believed, is reported with what would help.
func TestUnread(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{errors.New("no answer"), "lib: no answer"},
		{fmt.Errorf("lib: %w", pypi.ErrNotFound), "lib: lib: " + pypi.ErrNotFound.Error() + " [if it is gone for good, disable or remove its suites]"},
		{&snapshot.ShrunkenError{Lost: 3, Known: 4}, "lib: 3 of the 4 releases known are gone from its page [if they are gone for good, delete registry/lib.jsonl: the next run fetches the project anew]"},
		{&snapshot.ShrunkenError{Known: 4, Yanked: true}, "lib: every release on its page is yanked"},
	} {
		equal(t, "report", reasons([]report.Failed{Unread("lib", test.err)}), []string{test.want})
	}
}

// TestGoneOf: releases are gone by their canonical versions, as pins name them.
func TestGoneOf(t *testing.T) {
	known := parsed(t, "lib", `{"version":"1.0","sdist":true}`, `{"version":"2.0","sdist":true}`)
	r := NewSight(Policy{}, configure(t), now, nil).Refresh(page(t, "lib", "1.0.tar.gz 1"), known, PinnedIn(locked("a: lib==1.0.0", "b: lib==2.0"))["lib"])
	if _, gone := r.Gone[lock.Release{Project: "lib", Version: "2"}]; !gone || len(r.Gone) != 1 {
		t.Errorf("gone are %v", r.Gone)
	}
}
