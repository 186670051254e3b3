package resolve

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var verifications = []struct {
	name        string
	releases    []string
	roots       []string
	constraints []string
	provided    []string
	pins        map[string]string
	want        []Fault
}{
	{
		name:     "all is well",
		releases: []string{"a 1.0 extras=x / b>=1 / c; extra == 'x'", "b 1.0 / a", "c 1.0"},
		roots:    []string{"a[x]"}, pins: map[string]string{"a": "1.0", "b": "1.0", "c": "1"},
	},
	{
		name:     "a root is not met",
		releases: []string{"a 1.0"},
		roots:    []string{"a>=2"}, pins: map[string]string{"a": "1.0"},
		want: []Fault{{Unmet, "a", "a 1.0 is pinned, not a>=2 (it is required directly)", "a>=2 (requirements.txt:1)"}},
	},
	{
		name:     "a requirement is not met, another has no pin",
		releases: []string{"a 1.0 / b>=2 / c", "b 1.0"},
		roots:    []string{"a"}, pins: map[string]string{"a": "1.0", "b": "1.0"},
		want: []Fault{
			{Unmet, "b", "b 1.0 is pinned, not b>=2 (a 1.0 requires it)", "b>=2 (a 1.0 requires it)"},
			{Missing, "c", "c has no pin (a 1.0 requires it)", ""},
		},
	},
	{
		name:     "what only an extra demands",
		releases: []string{"a 1.0 extras=x / c; extra == 'x'", "c 1.0"},
		roots:    []string{"a"}, pins: map[string]string{"a": "1.0", "c": "1.0"},
		want: []Fault{{Superfluous, "c", "nothing requires c", ""}},
	},
	{
		name:     "a circle that is not required",
		releases: []string{"a 1.0", "b 1.0 / c", "c 1.0 / b"},
		roots:    []string{"a"}, pins: map[string]string{"a": "1.0", "b": "1.0", "c": "1.0"},
		want: []Fault{{Superfluous, "b", "nothing requires b", ""}, {Superfluous, "c", "nothing requires c", ""}},
	},
	{
		name:     "not for this Python, by the index and by the metadata, nor for this platform",
		releases: []string{"a 1.0 python=>=3.13", "b 1.0 metadata-python=<3", "c 1.0 tags=py3-none-win_amd64"},
		roots:    []string{"a", "b", "c"}, pins: map[string]string{"a": "1.0", "b": "1.0", "c": "1.0"},
		want: []Fault{
			{Unusable, "a", "a 1.0: needs Python >=3.13, and this is 3.12.1", ""},
			{Unusable, "b", "b 1.0 needs Python <3, and this is 3.12.1", ""},
			{Unusable, "c", "c 1.0: no file for Python 3.12.1 on this platform, only files such as c-1.0-py3-none-win_amd64.whl", ""},
		},
	},
	{
		name:     "no facts, no project, unknown requirements, invalid metadata, hidden metadata",
		releases: []string{"a 2.0", "c 1.0 unreadable=only_its_build_knows", "d 1.0 / x>=dev", "e 1.0 named=f", "g 1.0 metadata-hidden=too_young"},
		roots:    []string{"a", "b", "c", "d", "e", "g"},
		pins:     map[string]string{"a": "1.0", "b": "1.0", "c": "1.0", "d": "1.0", "e": "1.0", "g": "1.0"},
		want: []Fault{
			{Unknown, "a", "there are no facts about a 1.0", ""},
			{Unknown, "b", "there are no facts about b 1.0", ""},
			{Unknown, "c", "c 1.0: only its build knows", ""},
			{Unknown, "d", `d 1.0: invalid Requires-Dist: "x>=dev", column 2: a version specifier or a semicolon was expected`, ""},
			{Unknown, "e", "e 1.0: the metadata of e-1.0-py3-none-any.whl are those of `f 1.0`", ""},
			{Unknown, "g", "g 1.0: too young", ""},
		},
	},
	{
		name:     "yanked, in part and whole",
		releases: []string{"a 1.0 yanked=broken tags=cp312-none-any", "a 1.0", "b 1.0 yanked=broken"},
		roots:    []string{"a", "b"}, pins: map[string]string{"a": "1.0", "b": "1.0"},
		want: []Fault{{Yanked, "b", "b 1.0 is yanked (broken)", ""}},
	},
	{
		name:     "a constraint",
		releases: []string{"a 1.0 / b", "b 2.0"},
		roots:    []string{"a"}, constraints: []string{"b<2", "c<1"}, pins: map[string]string{"a": "1.0", "b": "2.0"},
		want: []Fault{{Unmet, "b", "b 2.0 is pinned, not b<2 as constrained", "b<2 as constrained"}},
	},
	{
		name:     "a URL",
		releases: []string{"a 1.0 / b @ https://host.invalid/b.zip", "b 1.0"},
		roots:    []string{"a"}, pins: map[string]string{"a": "1.0", "b": "1.0"},
		want: []Fault{
			{Unmet, "b", "b @ https://host.invalid/b.zip (a 1.0 requires it) is a URL, which no pin meets", ""},
			{Superfluous, "b", "nothing requires b", ""},
		},
	},
	{
		name:     "what is provided",
		releases: []string{"a 1.0 / sdk>=9"},
		roots:    []string{"a"}, provided: []string{"sdk"}, pins: map[string]string{"a": "1.0", "sdk": "1.0"},
		want: []Fault{{Superfluous, "sdk", "nothing requires sdk", ""}},
	},
	{
		name:     "a pinned pre-release that no requirement names",
		releases: []string{"a 1.0rc1", "a 0.9"},
		roots:    []string{"a"}, pins: map[string]string{"a": "1.0rc1"},
	},
}

func TestVerify(t *testing.T) {
	for _, test := range verifications {
		t.Run(test.name, func(t *testing.T) {
			p := ask(t, test.roots...)
			for _, name := range test.provided {
				p.Provided = append(p.Provided, Provided{Name: name})
			}
			for _, line := range test.constraints {
				p.Constraints = append(p.Constraints, root(t, line, ""))
			}
			got, err := newBook(test.releases...).target(t).Verify(context.Background(), p, versionsOfText(test.pins))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

// Verify asks for the pinned releases only.
func TestVerifyAsksForPinsOnly(t *testing.T) {
	x := newBook("a 2.0", "a 1.0 / b", "b 2.0", "b 1.0").index()
	asked := map[string]bool{}
	x.before = func(_ context.Context, what string) error {
		asked[what] = true
		return nil
	}
	target := NewUniverse(x, 0).Target(interpreter(t, "3.12.1").On(linux))
	faults, err := target.Verify(context.Background(), ask(t, "a"), versionsOfText(map[string]string{"a": "1.0", "b": "1.0"}))
	if err != nil || len(faults) > 0 {
		t.Errorf("got %v, %v", faults, err)
	}
	want := map[string]bool{"a": true, "b": true, "a-1.0-py3-none-any.whl": true, "b-1.0-py3-none-any.whl": true}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}
