package update

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/pypi"
	"toxgen/internal/registry"
)

// TestHides: which files of a page are not seen, and why.
func TestHides(t *testing.T) {
	const (
		young    = "younger than the cooldown"
		unknown  = "not there at the last update"
		timeless = "no upload time"
	)
	messages := map[string]string{
		"it was not there at the last update of the project":                unknown,
		"the index does not say when it was uploaded":                       timeless,
		"it is younger than the cooldown, uploaded at 2026-01-09T00:00:00Z": young,
		"it was uploaded at 2026-01-09T00:00:00Z":                           "uploaded later",
		"its metadata cannot be fetched now":                                "missing",
		"it is younger than the cooldown, uploaded at 2026-01-11T00:00:00Z": "in the future",
	}
	fifth := january(t, "5")
	known := func(versions string) (lines []string) {
		for v := range strings.FieldsSeq(versions) {
			lines = append(lines, `{"version":"`+v+`","sdist":true}`)
		}
		return lines
	}
	for _, test := range []struct {
		name, project string
		policy        Policy
		known         []string
		files         []string
		// want are the files that are hidden, each with the reason.
		want []string
	}{
		{name: "a dependency: what is old enough", project: "lib", files: []string{"1.0.tar.gz 1", "2.0.tar.gz 7", "3.0.tar.gz 9", "4.0.tar.gz -"},
			want: []string{"3.0.tar.gz: " + young, "4.0.tar.gz: " + timeless}},
		{name: "a dependency: new releases are seen", project: "lib", known: known("1.0"), files: []string{"1.0.tar.gz 1", "2.0.tar.gz 2"}},
		{name: "a followed project: known releases alone", project: "app", known: known("1.0"), files: []string{"1.0.tar.gz 1", "1.0-py3-none-any.whl 2", "2.0.tar.gz 2", "3.0.tar.gz 9"},
			want: []string{"2.0.tar.gz: " + unknown, "3.0.tar.gz: " + unknown}},
		{name: "a followed project without facts", project: "app", files: []string{"1.0.tar.gz 1", "2.0.tar.gz 9"}, want: []string{"2.0.tar.gz: " + young}},
		{name: "a followed project that is refreshed", project: "app", policy: Policy{Refreshed: set("app")}, known: known("1.0"), files: []string{"1.0.tar.gz 9"},
			want: []string{"1.0.tar.gz: " + young}},
		{name: "an exempt project", project: "exempt", files: []string{"1.0.tar.gz 9", "2.0.tar.gz -", "3.0.tar.gz 11"}, want: []string{"3.0.tar.gz: in the future"}},

		{name: "by hand: a release that is too young", project: "lib", policy: Policy{ByHand: byHand("lib==1.0 other==2.0")}, files: []string{"1.0.tar.gz 9", "2.0.tar.gz 9"},
			want: []string{"2.0.tar.gz: " + young}},
		{name: "by hand: one without an upload time", project: "lib", policy: Policy{ByHand: byHand("lib==1.0")}, files: []string{"1.0.0.tar.gz -"}},
		{name: "by hand: one that is not known", project: "app", policy: Policy{ByHand: byHand("app==2.0")}, known: known("1.0"), files: []string{"2.0.tar.gz 9", "2.0-py3-none-any.whl -"}},
		{name: "by hand: no young file where there is an old one", project: "lib", policy: Policy{ByHand: byHand("lib==1.0")}, files: []string{"1.0.tar.gz 1", "1.0.0-py3-none-any.whl 9", "1.0-py2-none-any.whl -"},
			want: []string{"1.0.0-py3-none-any.whl: " + young, "1.0-py2-none-any.whl: " + timeless}},

		{name: "recorded: a young release of a plain run", project: "lib", known: known("1.0"), files: []string{"1.0.tar.gz 9", "2.0.tar.gz 9"}, want: []string{"2.0.tar.gz: " + young}},
		{name: "recorded: no young file where there is an old one", project: "lib", known: known("1.0"), files: []string{"1.0.tar.gz 9", "1.0-py3-none-any.whl 1"}, want: []string{"1.0.tar.gz: " + young}},
		{name: "recorded: a young release of a project that is refreshed", project: "lib", policy: Policy{Refreshed: set("lib")}, known: known("1.0"), files: []string{"1.0.tar.gz 9"},
			want: []string{"1.0.tar.gz: " + young}},
		{name: "recorded: a young release of another project than is refreshed", project: "lib", policy: Policy{Refreshed: set("app")}, known: known("1.0"), files: []string{"1.0.tar.gz 9"}},

		{name: "before: what was there", project: "lib", policy: Policy{Options: Options{Before: &fifth}, Refreshed: set("lib")}, files: []string{"1.0.tar.gz 5", "2.0.tar.gz 9", "3.0.tar.gz -"},
			want: []string{"2.0.tar.gz: uploaded later", "3.0.tar.gz: " + timeless}},
		{name: "before: of exempt projects too", project: "exempt", policy: Policy{Options: Options{Before: &fifth}, Refreshed: set("exempt")}, files: []string{"1.0.tar.gz 9"},
			want: []string{"1.0.tar.gz: uploaded later"}},
		{name: "missing metadata", project: "lib", policy: Policy{Missing: releasesOf("lib==1.0", "its metadata cannot be fetched now"), ByHand: byHand("lib==1.0")}, files: []string{"1.0.tar.gz 1", "2.0.tar.gz 1"},
			want: []string{"1.0.tar.gz: missing"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			facts := registry.Facts{}
			if p := parsed(t, test.project, test.known...); p != nil {
				facts[test.project] = p
			}
			p := page(t, test.project, test.files...)
			sight := NewSight(test.policy, configure(t), now, facts)
			hides := sight.Hides(p.Name)
			word := func(reason string) string {
				if messages[reason] == "" {
					return reason
				}
				return messages[reason]
			}
			var got []string
			for i := range slices.Backward(p.Releases) {
				files := p.Files(&p.Releases[i])
				seen := len(sight.Seen(p, files[0].Version))
				for k, reason := range hides(files) {
					if reason == "" {
						seen--
						continue
					}
					got = append(got, strings.TrimPrefix(files[k].Filename, test.project+"-")+": "+word(reason))
				}
				if seen != 0 {
					t.Errorf("Seen returns %d files of %s more than Hides does", seen, files[0].Version)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestAdmits: the cooldown ends to the microsecond.
func TestAdmits(t *testing.T) {
	sight := NewSight(Policy{}, configure(t), now, nil)
	edge := january(t, "7")
	for _, test := range []struct {
		late time.Duration
		want bool
	}{{-time.Microsecond, true}, {0, true}, {time.Microsecond, false}} {
		if got := sight.Admits("lib")(&pypi.File{Uploaded: edge.Add(test.late)}); got != test.want {
			t.Errorf("%s late: got %v", test.late, got)
		}
	}
}

// TestNothingAdmitted: the error of a project of which nothing counts says when something will, or what is wrong.
func TestNothingAdmitted(t *testing.T) {
	fifth := january(t, "5")
	for _, test := range []struct {
		name     string
		policy   Policy
		files    []string
		want     string
		timeless bool
	}{
		{"no file", Policy{}, nil, "the index has no file of it that is a wheel or a source distribution", false},
		{"too young", Policy{}, []string{"2.0.tar.gz -", "1.0.tar.gz 9", "1.1.tar.gz 8", "0.9.tar.gz -"}, "every release is younger than the cooldown: the first can be adopted after 2026-01-11T00:00:00Z", false},
		{"no times", Policy{}, []string{"1.0.tar.gz -", "2.0.tar.gz -"}, "the index states no upload times, so that nothing is old enough to be adopted; exempt it in update.cooldown-exempt", true},
		{"none at that time", Policy{Options: Options{Before: &fifth}}, []string{"1.0.tar.gz 9", "0.9.tar.gz 8"}, "its first file was uploaded at 2026-01-08T00:00:00Z", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := NewSight(test.policy, configure(t), now, nil).NothingAdmitted(page(t, "lib", test.files...))
			if messageOf(err) != test.want || errors.Is(err, ErrTimeless) != test.timeless {
				t.Errorf("got %v, timeless: %v; want %q", err, errors.Is(err, ErrTimeless), test.want)
			}
		})
	}
}

// TestRepresentative: the newest declared Python decides.
func TestRepresentative(t *testing.T) {
	p := page(t, "lib", "1.0-cp38-cp38-linux_x86_64.whl 1", "1.0-cp312-cp312-linux_x86_64.whl 1", "1.0-cp313-cp313-linux_x86_64.whl 1", "1.0.tar.gz 1")
	if got := NewSight(Policy{}, configure(t), now, nil).Targets.Representative(p.All()).Tags; got != "cp312-cp312-linux_x86_64" {
		t.Errorf("got %s", got)
	}
}
