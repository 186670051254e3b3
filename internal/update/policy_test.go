package update

import (
	"strings"
	"testing"

	"toxgen/internal/lock"
	"toxgen/internal/pep440"
	"toxgen/internal/report"
)

var _ lock.Policy = Policy{}

// TestPlainRun: the zero policy is that of a run that moves nothing and adopts nothing.
func TestPlainRun(t *testing.T) {
	p := Policy{}
	if p.IsUpdate() || p.Adopts("app") || p.AsRecorded("app") || p.AfreshBuilds() || !p.Prefers() || p.Withdrawn("app", pep440.MustParse("1.0")) {
		t.Errorf("the zero policy is not that of a plain run")
	}
	for _, e := range testedBy(configure(t), "py3.12-app-v1.0").Environments() {
		if p.Afresh(e) {
			t.Errorf("%s is resolved afresh", e.Name())
		}
	}
}

// TestAfresh: what users install today is resolved afresh, as far as the update goes.
func TestAfresh(t *testing.T) {
	m := testedBy(configure(t), "py3.12-app-v1.0", "py3.12-app-v2.0", "py3.12-app-v3.0a1", "py3.12-other-v1.0")
	all := set("app", "other")
	for _, test := range []struct {
		name   string
		policy Policy
		want   string
		builds bool
	}{
		{"refresh: newest", Policy{Refresh: "newest", Refreshed: all}, "py3.12-app-v2.0 py3.12-app-v3.0a1 py3.12-other-v1.0 py3.12-tool", true},
		{"nothing said is newest", Policy{Refreshed: all}, "py3.12-app-v2.0 py3.12-app-v3.0a1 py3.12-other-v1.0 py3.12-tool", true},
		{"refresh: none", Policy{Refresh: "none", Refreshed: all}, "", false},
		{"refresh: all", Policy{Refresh: "all", Refreshed: all}, "py3.12-app-v1.0 py3.12-app-v2.0 py3.12-app-v3.0a1 py3.12-other-v1.0 py3.12-tool", true},
		{"-upgrade", Policy{Options: Options{Upgrade: true}, Refresh: "none", Refreshed: all}, "py3.12-app-v1.0 py3.12-app-v2.0 py3.12-app-v3.0a1 py3.12-other-v1.0 py3.12-tool", true},
		{"-only: neither static suites nor builds", Policy{Options: Options{Only: []string{"other"}}, Refreshed: set("other")}, "py3.12-other-v1.0", false},
		{"-skip: but these", Policy{Options: Options{Skip: []string{"app"}}, Refreshed: set("other")}, "py3.12-other-v1.0 py3.12-tool", true},
		{"-only with refresh: all", Policy{Options: Options{Only: []string{"app"}}, Refresh: "all", Refreshed: set("app")}, "py3.12-app-v1.0 py3.12-app-v2.0 py3.12-app-v3.0a1", false},
		{"a project that keeps its facts", Policy{Refreshed: all}.WithFailed(report.Failed{Name: "app"}), "py3.12-other-v1.0 py3.12-tool", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			var afresh []string
			for _, e := range m.Environments() {
				if !e.Alias && test.policy.Afresh(e) {
					afresh = append(afresh, e.Name())
				}
			}
			if got := strings.Join(afresh, " "); got != test.want || test.policy.AfreshBuilds() != test.builds {
				t.Errorf("got %q and builds %v, want %q and %v", got, test.policy.AfreshBuilds(), test.want, test.builds)
			}
			if test.policy.Prefers() == test.policy.Upgrade {
				t.Errorf("it prefers pins: %v", test.policy.Prefers())
			}
		})
	}
}

// TestPolicyIsValue: a policy with something more leaves the one before as it was.
func TestPolicyIsValue(t *testing.T) {
	one := pep440.MustParse("1.0")
	p := Policy{Refreshed: set("app", "lib"), Gone: map[lock.Release]*Gone{{Project: "app", Version: "1"}: {}, {Project: "lib", Version: "1"}: {}}}
	p = p.WithMissing("app", one, "m").WithFrozen("app", one, "f").WithFrozen("lib", pep440.MustParse("10.0"), "f").WithFrozen("lib", pep440.MustParse("9.0"), "f")
	equal(t, "frozen", reasons(p.Failures()), []string{"app 1.0: f", "lib 9.0: f", "lib 10.0: f"})
	equal(t, "missing", reasons(p.NotAdopted()), []string{"app 1.0: m"})

	failed := p.WithFailed(report.Failed{Name: "app", Reason: "gone", Hint: "h"})
	if failed.Adopts("app") || !failed.AsRecorded("app") || !failed.Adopts("lib") || failed.AsRecorded("lib") || failed.Adopts("stranger") {
		t.Error("a project that keeps its facts is adopted, or another one is not")
	}
	if failed.Withdrawn("app", one) || !failed.Withdrawn("lib", pep440.MustParse("1.0.0")) {
		t.Error("of a project that keeps its facts a release is gone, or one of another project is not")
	}
	equal(t, "failed", reasons(failed.Failures()), []string{"app: gone [h]", "lib 9.0: f", "lib 10.0: f"})
	equal(t, "not adopted", reasons(failed.NotAdopted()), nil)
	equal(t, "reasons", Reasons(failed.WithFailed(report.Failed{Name: "a", Reason: "away"}).Failed), []string{"a: away", "app: gone"})

	if !p.Adopts("app") || p.AsRecorded("app") || !p.Withdrawn("app", one) {
		t.Error("the policy before was changed")
	}
	equal(t, "frozen before", reasons(p.Failures()), []string{"app 1.0: f", "lib 9.0: f", "lib 10.0: f"})
	equal(t, "missing before", reasons(p.NotAdopted()), []string{"app 1.0: m"})
}

// TestWithdrawnNow: the report of a release that is gone names what replaced it, and in how many environments it stays.
func TestWithdrawnNow(t *testing.T) {
	gone := func(version, why string, in ...string) *Gone {
		return &Gone{report.Withdrawn{Release: report.Release{Project: "lib", Version: version}, Environments: len(in), Why: why}, in}
	}
	l := locked("a: lib==1.0", "b: lib==2.0", "c: lib==1.10", "d: lib==1.9", "e: other==1.0", "f: lib==2.0.0")
	for _, test := range []struct {
		name string
		gone *Gone
		want report.Withdrawn
	}{
		{"replaced everywhere", gone("0.9", "no longer true", "b", "c", "d", "f"), report.Withdrawn{Environments: 4, By: []string{"1.9", "1.10", "2.0"}}},
		{"not needed any more", gone("0.9", "", "e", "not-there"), report.Withdrawn{Environments: 2}},
		{"stays in one", gone("1.0.0", "", "a", "b"), report.Withdrawn{Environments: 2, By: []string{"2.0"}, Stays: 1, Why: "something asks for exactly this release"}},
		{"stays for a reason", gone("1.0", "lib<2 is required", "a"), report.Withdrawn{Environments: 1, Stays: 1, Why: "lib<2 is required"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := Policy{Gone: map[lock.Release]*Gone{lock.ReleaseOf("lib", pep440.MustParse(test.gone.Version)): test.gone}}
			got := p.WithdrawnNow(l)[0]
			test.want.Release = got.Release
			equalSummaries(t, &report.Summary{Withdrawn: []report.Withdrawn{got}}, &report.Summary{Withdrawn: []report.Withdrawn{test.want}})
		})
	}
	p := Policy{Gone: map[lock.Release]*Gone{{Project: "lib", Version: "1.10"}: gone("1.10", ""), {Project: "lib", Version: "1.9"}: gone("1.9", ""), {Project: "a", Version: "3"}: gone("3", "")}}
	var order []string
	for _, w := range p.WithdrawnNow(lock.Lock{}) {
		order = append(order, w.Version)
	}
	equal(t, "order", order, []string{"3", "1.9", "1.10"})
}
