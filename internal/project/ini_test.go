package project

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// iniVectors are texts and what Python's configparser makes of them: options by section, or nil if it refuses the text.
// testdata/ini/generate.py writes them.
func iniVectors(tb testing.TB) (vectors []struct {
	Text string
	Want map[string]map[string]string
},
) {
	data, err := os.ReadFile("testdata/ini/ini.json")
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
	r := &reader{}
	file := r.parseINI("f", []byte(text))
	if len(r.findings) > 0 {
		return nil
	}
	all := map[string]map[string]string{}
	for _, s := range file.sections {
		all[s.name] = map[string]string{}
		if file.defaults != nil {
			for _, o := range file.defaults.options {
				all[s.name][o.name] = o.value()
			}
		}
		for _, o := range s.options {
			all[s.name][o.name] = o.value()
		}
	}
	return all
}

func TestINI(t *testing.T) {
	for _, v := range iniVectors(t) {
		t.Run(v.Text, func(t *testing.T) {
			if diff := cmp.Diff(v.Want, options(v.Text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzINI checks that a file that is read can be printed and read again, the same, and that its places lie in the text.
func FuzzINI(f *testing.F) {
	for _, v := range iniVectors(f) {
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
