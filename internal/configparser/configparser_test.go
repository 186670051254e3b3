package configparser

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readVectors returns texts and what Python's configparser makes of them: options by section, or nil if it refuses the text.
// testdata/generate.py writes them.
func readVectors(tb testing.TB) (vectors []struct {
	Text string
	Want map[string]map[string]string
},
) {
	data, err := os.ReadFile("testdata/ini.json")
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		tb.Fatal(err)
	}
	return vectors
}

// options returns the options by section, or nil if the text is refused.
func options(text string) map[string]map[string]string {
	file, faults := Parse("f", text)
	if len(faults) > 0 {
		return nil
	}
	all := map[string]map[string]string{}
	for _, s := range file.Sections {
		all[s.Name] = map[string]string{}
		if file.Defaults != nil {
			for _, o := range file.Defaults.Options {
				all[s.Name][o.Name] = o.Value()
			}
		}
		for _, o := range s.Options {
			all[s.Name][o.Name] = o.Value()
		}
	}
	return all
}

func TestParse(t *testing.T) {
	for _, v := range readVectors(t) {
		t.Run(v.Text, func(t *testing.T) {
			if diff := cmp.Diff(v.Want, options(v.Text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzParse checks that a file that is read can be printed and read again, the same, and that its places lie in the text.
func FuzzParse(f *testing.F) {
	for _, v := range readVectors(f) {
		f.Add(v.Text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want := options(text)
		if want == nil {
			return
		}
		var printed strings.Builder
		for name, section := range want {
			printed.WriteString("[" + name + "]\n")
			for key, value := range section {
				printed.WriteString(key + " =" + strings.ReplaceAll("\n"+value, "\n", "\n x"))
				printed.WriteByte('\n')
			}
		}
		got := options(printed.String())
		if got == nil {
			t.Fatalf("%q, printed as %q, is refused", text, printed.String())
		}
		for name, section := range want {
			for key, value := range section {
				if again := strings.ReplaceAll(got[name][key], "\nx", "\n"); again != "\n"+value {
					t.Errorf("%q, printed as %q: %s of %s is %q, want %q", text, printed.String(), key, name, again, "\n"+value)
				}
			}
		}
	})
}
