package metadata

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseRequires(t *testing.T) {
	for _, c := range []struct {
		name, in         string
		requires, extras []string
	}{
		{"empty", "", nil, nil},
		{"plain", "a>=1\r\n\n# comment\n  b [x] <2  # because\n", []string{"a>=1", "b [x] <2"}, nil},
		{"extra", "a\n\n[Test_Ing]\nb\nc; python_version < \"3\"\n\n[docs]\n\n[Test_Ing]\nd\n",
			[]string{"a", `b; extra == "Test_Ing"`, `c; python_version < "3" and extra == "Test_Ing"`, `d; extra == "Test_Ing"`},
			[]string{"Test_Ing", "docs"}},
		{"marker", "[:python_version<\"3\"]\na\n", []string{`a; python_version<"3"`}, nil},
		{"marker with or", "[:os_name=='b' or os_name=='c']\na\n", []string{"a; os_name=='b' or os_name=='c'"}, nil},
		{"extra and marker", "[x:sys_platform==\"a\" or os_name==\"b\"]\na\nb ; os_name!='c'\n",
			[]string{`a; (sys_platform=="a" or os_name=="b") and extra == "x"`,
				`b; os_name!='c' and (sys_platform=="a" or os_name=="b") and extra == "x"`}, []string{"x"}},
		{"or without blanks", "[x]\na; 'b'<=python_version or'c'==os_name\n",
			[]string{`a; ('b'<=python_version or'c'==os_name) and extra == "x"`}, []string{"x"}},
		{"URL", "[x]\na @ https://b.c/d;e\nf @ https://g.h\t; os_name=='i'\n",
			[]string{`a @ https://b.c/d;e ; extra == "x"`, `f @ https://g.h ; os_name=='i' and extra == "x"`}, []string{"x"}},
		{"no URL", "[x]\na;os_name=='@'\n", []string{`a; os_name=='@' and extra == "x"`}, []string{"x"}},
		{"empty sections", "[]\na\n[:]\nb\n[x:]\nc\n", []string{"a", "b", `c; extra == "x"`}, []string{"x"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			requires, extras, err := ParseRequires([]byte(c.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([][]string{c.requires, c.extras}, [][]string{requires, extras}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	want := `requires.txt: "[x" begins like a section and does not end like one`
	if requires, _, err := ParseRequires([]byte("a\n[x\nb\n")); err == nil || err.Error() != want {
		t.Errorf("got %q, %v, want %s", requires, err, want)
	}
}
