package lock

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/registry"
)

// TestUnknownExtras warns where the requirements of the configuration name extras that the pinned releases do not provide.
func TestUnknownExtras(t *testing.T) {
	facts := registry.Facts{}
	for name, lines := range map[string]string{
		"app": `{"version":"1.0","sdist":true,"metadata":[{"requires":[],"extras":["standard","All_Things"]}]}` + "\n" +
			`{"version":"2.0","sdist":true,"metadata":[{"requires":[],"extras":["new"]}]}`,
		"dep": `{"version":"1.0","sdist":true,"metadata":[{"requires":[]}]}`,
		"lib": `{"version":"1.0","sdist":true}`,
	} {
		p, _, faults := registry.Parse(name, []byte(lines+"\n"))
		if p == nil {
			t.Fatal(faults)
		}
		facts[name] = p
	}
	l := locked("py3.8-app-v1.0: dep==1.0 app==1.0 lib==1.0", "py3.12-app-v1.0: dep==1.0 app==1.0", "py3.12-app-v2.0: dep==1.0 app==2.0")
	for _, test := range []struct {
		name, add string
		want      []string
	}{
		{"extras that are there, in other spellings", `"app[STANDARD,all.things]"`, nil},
		{"an extra of newer releases", `"app[new]"`, nil},
		{"an extra of no release, and a similar one", `"app[standrad]"`, []string{`warning app 1.0 and 1 more do not provide the extra "standrad", so that installers ignore it [did you mean "standard"?]`}},
		{"one of two extras, of a project without extras", `"dep[a]"`, []string{`warning dep 1.0 does not provide the extra "a", so that installers ignore it []`}},
		{"metadata that are not known", `"lib[a]"`, nil},
		{"a project that is not pinned", `"other[a]"`, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := configure(t, "app: {package: app, test-path: t", `app: {package: app, test-path: t, requires: [{when: "*", add: [`+test.add+`]}]`)
			m := testedBy(c, "py3.8-app-v1.0", "py3.12-app-v1.0", "py3.12-app-v2.0")
			var got []string
			for _, f := range UnknownExtras(c, m, l, facts) {
				if !strings.HasPrefix(f.Place(), "toxgen.yaml:") {
					t.Errorf("the place is %s", f.Place())
				}
				got = append(got, f.Severity.String()+" "+f.Message+" ["+f.Hint+"]")
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
