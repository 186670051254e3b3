package config

import (
	"strings"
	"testing"
)

// TestProgramVersion checks that a file for other versions of toxgen has one error, whatever else is unknown in it.
func TestProgramVersion(t *testing.T) {
	minimal := string(files(t, "testdata/ok/minimal.yaml")["minimal.yaml"])
	const unknown = `error: the file has no key "new"`
	for _, c := range []struct{ name, program, wanted, want string }{
		{"too old", "1.3.2", `">=1.4"`, `1:9: error: the file is for toxgen ">=1.4", and this one is 1.3.2 [update toxgen, or install a release that the specifier admits]`},
		{"too new", "2.0", `">=1.4,<2"`, `1:9: error: the file is for toxgen ">=1.4,<2", and this one is 2.0 [update toxgen, or install a release that the specifier admits]`},
		{"a pre-release of it", "1.4rc1", `">=1.4"`, `1:9: error: the file is for toxgen ">=1.4", and this one is 1.4rc1 [update toxgen, or install a release that the specifier admits]`},
		{"new enough", "1.4.0", `">=1.4"`, unknown},
		{"a later pre-release", "1.5rc1", `">=1.4"`, unknown},
		{"a development version", "0.0.0.dev0+g0123456789ab", `">=1.4"`, unknown},
		{"no version", "(not a release)", `">=1.4"`, unknown},
		{"an invalid specifier", "1.3.2", `"1.4"`, `toxgen: "1.4" is not a version specifier`},
		{"a number", "1.3.2", `1.4`, `toxgen is the number "1.4", not a text`},
		{"a list", "1.3.2", `[">=1.4"]`, `toxgen is a list, not a text`},
	} {
		t.Run(c.name, func(t *testing.T) {
			parsed, findings := parse("toxgen.yaml", []byte("toxgen: "+c.wanted+"\nnew: 1\n"+minimal), c.program)
			got := lines(findings)
			if only := strings.HasPrefix(c.want, "1:9: "); parsed != nil || !strings.Contains(got, c.want) || only && len(findings) != 1 {
				t.Errorf("got a configuration: %t, with the findings:\n%swant:\n%s", parsed != nil, got, c.want)
			}
			if parsed, findings := parse("toxgen.yaml", []byte("toxgen: "+c.wanted+"\n"+minimal), c.program); c.want == unknown && (parsed == nil || len(findings) > 0) {
				t.Errorf("without the unknown key: %s", lines(findings))
			}
		})
	}
}
