package registry

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/finding"
	"toxgen/internal/pep440"
)

// pointer returns a pointer to a string.
func pointer(text string) *string { return &text }

// sample has every key, and sampleText is its file. The lines of sampleText are long because the format has one line for
// each release.
var sample = &Project{Name: "example", Releases: []Release{
	{Version: pep440.MustParse("0.9")},
	{
		Version:        pep440.MustParse("1.0rc1"),
		Uploaded:       time.Date(2015, 3, 30, 23, 24, 33, 390_776_000, time.UTC),
		Yanked:         Yanked{Is: true},
		RequiresPython: ">=3.5.*, <4",
		Sdist:          true,
		Unreadable:     "no PKG-INFO within the first 64 MiB",
	},
	{
		Version:        pep440.MustParse("1.0"),
		Uploaded:       time.Date(2016, 1, 2, 3, 4, 5, 0, time.UTC),
		RequiresPython: ">=3.8",
		Sdist:          true,
		Wheels:         []string{"cp38-cp38-manylinux_2_17_x86_64.manylinux2014_x86_64", "py2-none-any", "py3-none-any"},
		Files: []File{
			{File: "py2-none-any", RequiresPython: pointer(""), Yanked: Yanked{Is: true, Reason: "made in haste\n\"really\" \u202e"}},
			{File: "sdist", Yanked: Yanked{Is: true}},
		},
		Metadata: []Metadata{
			{For: []string{"cp38-cp38-manylinux_2_17_x86_64.manylinux2014_x86_64", "py3-none-any"}, File: "py3-none-any",
				SHA256: strings.Repeat("0f", 32), Classifiers: &Classifiers{[]string{"3", "3.8"}},
				Requirements: &Requirements{Python: pointer(">=3.7"), Dist: []string{"six>=1", `trio; extra == "trio"`}, Extras: []string{"trio", "Docs"}}},
			{For: []string{"sdist"}, Requirements: &Requirements{Dist: []string{}, Source: SourceDynamic}},
		},
		Verdicts: []Verdict{
			{Python: "3.14t", Supported: true, Reason: "pure, and so is all that it requires"},
			{Python: "3.14t", Extras: []string{"docs", "trio"}, Reason: "cffi 1.17.1 has no wheel for it"},
			{Python: "3.15t", Reason: "cffi 1.17.1 has no wheel for it"},
		},
		Unresolvable: []Unresolvable{
			{Suite: "a", Python: "3.9", Reason: "no release of six meets all that is required of it", Roots: strings.Repeat("0f", 32)},
			{Suite: "a", Python: "3.14t", Reason: "so here", Roots: strings.Repeat("f0", 32)},
		},
	},
	{Version: pep440.MustParse("1!1.0.post2.dev3+local.1"), Metadata: []Metadata{{Classifiers: &Classifiers{[]string{}}}}},
}}

const sampleText = `{"version":"0.9"}
{"version":"1.0rc1","uploaded":"2015-03-30T23:24:33.390776Z","yanked":true,"requires-python":">=3.5.*, <4","sdist":true,"unreadable":"no PKG-INFO within the first 64 MiB"}
{"version":"1.0","uploaded":"2016-01-02T03:04:05Z","requires-python":">=3.8","sdist":true,"wheels":["cp38-cp38-manylinux_2_17_x86_64.manylinux2014_x86_64","py2-none-any","py3-none-any"],"files":[{"file":"py2-none-any","requires-python":"","yanked":"made in haste\n\"really\" ` + "\u202e" + `"},{"file":"sdist","yanked":true}],"metadata":[{"for":["cp38-cp38-manylinux_2_17_x86_64.manylinux2014_x86_64","py3-none-any"],"file":"py3-none-any","sha256":"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f","classifiers":["3","3.8"],"requires-python":">=3.7","requires":["six>=1","trio; extra == \"trio\""],"extras":["trio","Docs"]},{"for":["sdist"],"requires":[],"source":"dynamic"}],"verdicts":[{"python":"3.14t","supported":true,"reason":"pure, and so is all that it requires"},{"python":"3.14t","extras":["docs","trio"],"supported":false,"reason":"cffi 1.17.1 has no wheel for it"},{"python":"3.15t","supported":false,"reason":"cffi 1.17.1 has no wheel for it"}],"unresolvable":[{"suite":"a","python":"3.9","reason":"no release of six meets all that is required of it","roots":"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"},{"suite":"a","python":"3.14t","reason":"so here","roots":"f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0"}]}
{"version":"1!1.0.post2.dev3+local.1","metadata":[{"classifiers":[]}]}
`

var equalProjects = cmp.Comparer(func(a, b pep440.Version) bool { return a.String() == b.String() })

func TestFormat(t *testing.T) {
	if diff := cmp.Diff(sampleText, string(Format(sample))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParse(t *testing.T) {
	got, disagreements, faults := Parse("example", []byte(sampleText))
	if len(faults)+len(disagreements) > 0 {
		t.Fatal(faults, disagreements)
	}
	if diff := cmp.Diff(sample, got, equalProjects); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLenient checks that a line may be written in other forms, which Format normalises.
func TestLenient(t *testing.T) {
	const want = `{"version":"1.0","yanked":"é/","sdist":true,"wheels":["py3-none-any"]}` + "\n"
	for name, text := range map[string]string{
		"order of keys": `{"wheels":["py3-none-any"],"sdist":true,"yanked":"é/","version":"1.0"}` + "\n",
		"blanks":        " { \"version\" : \"1.0\" , \"yanked\":\"é/\",\t\"sdist\":true,\"wheels\":[ \"py3-none-any\" ] } \n",
		"escapes":       `{"version":"1\u002e0","yanked":"\u00e9\/","sdist":true,"wheels":["py3-none-\u0061ny"]}` + "\n",
		"escaped key":   `{"vers\u0069on":"1.0","yanked":"é/","sdist":true,"wheels":["py3-none-any"]}` + "\n",
		"CRLF":          strings.ReplaceAll(want, "\n", "\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			p, disagreements, faults := Parse("example", []byte(text))
			if len(faults)+len(disagreements) > 0 {
				t.Fatal(faults, disagreements)
			}
			if got := string(Format(p)); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestFaults(t *testing.T) {
	const restore = " [restore the line, or delete it and run `mage fetch`]"
	const newer = " [if a newer toxgen wrote the line, update toxgen; otherwise restore the line, or delete it and run `mage fetch`]"
	for _, c := range []struct{ name, in, want string }{
		{"no line", "", "1:0: the file is empty [delete it and run `mage fetch`]"},
		{"empty line", "{\"version\":\"1\"}\n\n", "2:0: the line is empty [delete it]"},
		{"no line end", `{"version":"1"}`, "1:0: the last line has no line end" + restore},
		{"cut", `{"version":"1","whe`, "1:20: the line ends before its value does" + restore},
		{"cut text", "{\"version\":\"1\"}\n{\"version\":\"2\n", "2:14: the line ends before its value does" + restore},
		{"no JSON", "version: 1\n", "1:1: not JSON: invalid character 'v' at start of value" + restore},
		{"no comma", `{"version":"1" "sdist":true}` + "\n", "1:16: not JSON: invalid character '\"' after object value (expecting ',' or '}')" + restore},
		{"not UTF-8", "{\"version\":\"1\",\"unreadable\":\"\xff\"}\n", "1:30: not JSON: invalid UTF-8" + restore},
		{"control character", "{\"version\":\"1\",\"unreadable\":\"\x01\"}\n", `1:30: not JSON: invalid character '\x01' in string (expecting non-control character)` + restore},
		{"a list", "[]\n", "1:1: the line is not an object" + restore},
		{"a text", "\"x\"\n", "1:1: the line is not an object" + restore},
		{"two releases", `{"version":"1"}{"version":"2"}` + "\n", "1:16: unexpected data after the release: each release has its own line" + restore},
		{"unknown key", `{"version":"1","Sdist":true}` + "\n", `1:16: a release has no key "Sdist"` + newer},
		{"unknown key of a part", `{"version":"1","files":[{"file":"sdist","size":1}]}` + "\n", `1:41: a file has no key "size"` + newer},
		{"repeated key", `{"version":"1","sdist":true,"sdist":true}` + "\n", "1:29: the key sdist appears twice" + restore},
		{"repeated key below", `{"version":"1","metadata":[{"classifiers":[],"classifiers":[]}]}` + "\n", "1:46: the key classifiers appears twice" + restore},
		{"no version", `{"sdist":true}` + "\n", "1:1: the release has no version" + restore},
		{"invalid version", `{"version":"1.x"}` + "\n", `1:12: version is "1.x", not a valid PEP 440 version` + restore},
		{"empty version", `{"version":""}` + "\n", `1:12: version is "", not a valid PEP 440 version` + restore},
		{"other spelling", `{"version":"v1.0-beta1"}` + "\n", `1:12: version is "v1.0-beta1", not in its normal form "1.0b1"` + restore},
		{"version of another kind", `{"version":1.0}` + "\n", "1:12: version is not a string" + restore},
		{"null", `{"version":null}` + "\n", "1:12: version is not a string" + restore},
		{"time", `{"version":"1","uploaded":"2016-01-02"}` + "\n", `1:27: uploaded is "2016-01-02", not a time like 2026-08-10T04:00:00Z` + restore},
		{"time elsewhere", `{"version":"1","uploaded":"2016-01-02T03:04:05+01:00"}` + "\n", `1:27: uploaded is "2016-01-02T03:04:05+01:00", not a time like 2026-08-10T04:00:00Z` + restore},
		{"time with zeros", `{"version":"1","uploaded":"2016-01-02T03:04:05.10Z"}` + "\n", `1:27: uploaded is "2016-01-02T03:04:05.10Z", not a time like 2026-08-10T04:00:00Z` + restore},
		{"yanked false", `{"version":"1","yanked":false}` + "\n", "1:25: yanked is neither true nor a reason" + restore},
		{"yanked with an empty reason", `{"version":"1","yanked":""}` + "\n", "1:25: yanked is neither true nor a reason" + restore},
		{"yanked null", `{"version":"1","yanked":null}` + "\n", "1:25: yanked is neither true nor a reason" + restore},
		{"sdist false", `{"version":"1","sdist":false}` + "\n", "1:24: sdist is false: leave the key out instead" + restore},
		{"sdist a text", `{"version":"1","sdist":"true"}` + "\n", "1:24: sdist is neither true nor false" + restore},
		{"requires-python empty", `{"version":"1","requires-python":""}` + "\n", "1:34: requires-python is empty: leave the key out instead" + restore},
		{"wheels empty", `{"version":"1","wheels":[]}` + "\n", "1:25: wheels is empty: leave the key out instead" + restore},
		{"wheels a text", `{"version":"1","wheels":"py3-none-any"}` + "\n", "1:25: wheels is not a list" + restore},
		{"wheels of numbers", `{"version":"1","wheels":[1]}` + "\n", "1:26: wheels is not a string" + restore},
		{"wheels out of order", `{"version":"1","wheels":["py3-none-any","py2-none-any"]}` + "\n", `1:25: wheels is not in order: "py2-none-any" comes after "py3-none-any"` + restore},
		{"wheel twice", `{"version":"1","wheels":["py3-none-any","py3-none-any"]}` + "\n", `1:25: wheels is not in order: "py3-none-any" comes after "py3-none-any"` + restore},
		{"wheel without a name", `{"version":"1","wheels":[""]}` + "\n", "1:25: wheels contains an empty string" + restore},
		{"no tags", `{"version":"1","wheels":["py3-none"]}` + "\n", `1:25: wheels has "py3-none", not a tag set like py3-none-any` + restore},
		{"too many tags", `{"version":"1","wheels":["1-py3-none-any"]}` + "\n", `1:25: wheels has "1-py3-none-any", not a tag set like py3-none-any` + restore},
		{"an entry of files without content", `{"version":"1","sdist":true,"files":[{"file":"sdist"}]}` + "\n", `1:38: the entry of files for "sdist" has neither requires-python nor yanked` + restore},
		{"files without a file", `{"version":"1","sdist":true,"files":[{"yanked":true}]}` + "\n", "1:38: files has an element without a file" + restore},
		{"files out of order", `{"version":"1","sdist":true,"wheels":["py3-none-any"],"files":[{"file":"sdist","yanked":true},{"file":"py3-none-any","yanked":true}]}` + "\n", `1:95: files is not in order: "py3-none-any" comes after "sdist"` + restore},
		{"files of another release", `{"version":"1","files":[{"file":"sdist","yanked":true}]}` + "\n", `1:1: files names "sdist", which the release does not have` + restore},
		{"files yanked twice", `{"version":"1","yanked":true,"sdist":true,"files":[{"file":"sdist","yanked":true}]}` + "\n", `1:1: files repeats for "sdist" that it is yanked: the whole release is` + restore},
		{"files that agree", `{"version":"1","requires-python":">=3","sdist":true,"files":[{"file":"sdist","requires-python":">=3"}]}` + "\n", `1:1: files repeats for "sdist" the requires-python of the release` + restore},
		{"metadata an object", `{"version":"1","metadata":{}}` + "\n", "1:27: metadata is not a list" + restore},
		{"metadata without content", `{"version":"1","metadata":[{}]}` + "\n", "1:28: metadata has neither classifiers nor requires" + restore},
		{"extras alone", `{"version":"1","metadata":[{"classifiers":[],"extras":["x"]}]}` + "\n", "1:28: metadata has requires-python, extras or a source, and no requires" + restore},
		{"no extras", `{"version":"1","metadata":[{"requires":[],"extras":[]}]}` + "\n", "1:52: extras is empty: leave the key out instead" + restore},
		{"digest", `{"version":"1","metadata":[{"sha256":"0F","requires":[]}]}` + "\n", "1:38: sha256 is not 64 digits of 0-9 and a-f" + restore},
		{"source", `{"version":"1","metadata":[{"requires":[],"source":"wheel"}]}` + "\n", `1:52: source is "wheel", neither requires.txt nor dynamic` + restore},
		{"for a file that does not exist", `{"version":"1","metadata":[{"for":["sdist"],"requires":[]}]}` + "\n", `1:1: metadata names "sdist", which the release does not have` + restore},
		{"of a file that does not exist", `{"version":"1","metadata":[{"file":"sdist","requires":[]}]}` + "\n", `1:1: metadata names "sdist", which the release does not have` + restore},
		{"of a file that it is not for", `{"version":"1","sdist":true,"wheels":["py3-none-any"],"metadata":[{"for":["py3-none-any"],"file":"sdist","requires":[]}]}` + "\n", `1:1: metadata was read from "sdist" but does not apply to it` + restore},
		{"for all and for one", `{"version":"1","sdist":true,"metadata":[{"requires":[]},{"for":["sdist"],"requires":[]}]}` + "\n", "1:1: metadata has several entries, and one does not say which files it is for" + restore},
		{"for one twice", `{"version":"1","sdist":true,"metadata":[{"for":["sdist"],"requires":[]},{"for":["sdist"],"requires":["six"]}]}` + "\n", `1:1: metadata has two entries for "sdist"` + restore},
		{"metadata out of order", `{"version":"1","sdist":true,"wheels":["py3-none-any"],"metadata":[{"for":["sdist"],"requires":[]},{"for":["py3-none-any"],"requires":[]}]}` + "\n", `1:1: metadata is not in order: the entry for "py3-none-any" comes after that for "sdist"` + restore},
		{"verdict without a reason", `{"version":"1","verdicts":[{"python":"3.14t","supported":true}]}` + "\n", "1:28: a verdict lacks python, supported or reason" + restore},
		{"verdict without a result", `{"version":"1","verdicts":[{"python":"3.14t","reason":"x"}]}` + "\n", "1:28: a verdict lacks python, supported or reason" + restore},
		{"verdict on another build", `{"version":"1","verdicts":[{"python":"3.14","supported":true,"reason":"x"}]}` + "\n", `1:38: python is "3.14", not a free-threaded build like 3.14t` + restore},
		{"extras not normalised", `{"version":"1","verdicts":[{"python":"3.14t","extras":["A_b"],"supported":true,"reason":"x"}]}` + "\n", "1:28: a verdict has extras that are not normalised names" + restore},
		{"verdicts out of order", `{"version":"1","verdicts":[{"python":"3.100t","supported":true,"reason":"x"},{"python":"3.14t","supported":true,"reason":"x"}]}` + "\n", "1:78: verdicts is not in order: py3.14t comes after py3.100t" + restore},
		{"unresolvable lacks roots", `{"version":"1","unresolvable":[{"suite":"a","python":"3.9","reason":"x"}]}` + "\n", "1:32: a verdict of unresolvable lacks suite, python, reason or roots" + restore},
		{"unresolvable on a patch release", `{"version":"1","unresolvable":[{"suite":"a","python":"3.9.1"}]}` + "\n", "1:54: python is \"3.9.1\", not a Python like 3.10 or 3.14t" + restore},
		{"verdict twice", `{"version":"1","verdicts":[{"python":"3.14t","extras":["a"],"supported":true,"reason":"x"},{"python":"3.14t","extras":["a"],"supported":true,"reason":"x"}]}` + "\n", "1:92: verdicts is not in order: py3.14t comes after py3.14t" + restore},
		{"a long text", `{"version":"` + strings.Repeat("x", 1000) + `"}` + "\n", `1:12: version is "` + strings.Repeat("x", 1000) + `", not a valid PEP 440 version` + restore},
		{"several", "x\n{\"version\":\"1\"}\n{}\n", "1:1: not JSON: invalid character 'x' at start of value" + restore + "\n3:1: the release has no version" + restore},
		{"many", strings.Repeat("{}\n", 100), strings.TrimSuffix(strings.Repeat("N:1: the release has no version"+restore+"\n", 10), "\n")},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, disagreements, faults := Parse("example", []byte(c.in))
			if p != nil || disagreements != nil {
				t.Errorf("a project came back: %v, %v", p, disagreements)
			}
			var got []string
			for i, f := range faults {
				if f.File != "registry/example.jsonl" || f.Severity != finding.Error {
					t.Errorf("%#v", f)
				}
				place := strings.TrimPrefix(f.Place(), "registry/example.jsonl:")
				if f.Column == 0 {
					place += ":0"
				}
				if c.name == "many" && f.Line == i+1 {
					place = "N:1"
				}
				got = append(got, place+": "+f.Message+" ["+f.Hint+"]")
			}
			if diff := cmp.Diff(c.want, strings.Join(got, "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestConflict checks that each git conflict marker is reported with a hint, and that following the hints works.
func TestConflict(t *testing.T) {
	const one, two, base = `{"version":"1.0","sdist":true}` + "\n", `{"version":"2.0","sdist":true}` + "\n", `{"version":"0.9","sdist":true}` + "\n"
	_, _, faults := Parse("example", []byte("<<<<<<< HEAD\n"+two+"||||||| parent of 1234567\n"+base+"=======\n"+one+">>>>>>> branch\n"))
	var got []string
	for _, f := range faults {
		got = append(got, f.String())
	}
	const keep = "\n  hint: keep both sides' lines, remove the markers, and run `mage`"
	want := []string{
		"registry/example.jsonl:1: error: a git conflict marker: <<<<<<<" + keep,
		"registry/example.jsonl:3: error: a git conflict marker: |||||||" +
			"\n  hint: remove what is between here and `=======`, keep both sides' lines, remove the markers, and run `mage`",
		"registry/example.jsonl:5: error: a git conflict marker: =======" + keep,
		"registry/example.jsonl:7: error: a git conflict marker: >>>>>>>" + keep,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	p, disagreements, faults := Parse("example", []byte(two+one+two))
	if len(faults)+len(disagreements) > 0 || string(Format(p)) != one+two {
		t.Errorf("%v, %v, %s", faults, disagreements, Format(p))
	}
}

// TestMerge parses lines in any order: equal lines of one release are united, and different ones are returned as a
// disagreement with their numbers.
func TestMerge(t *testing.T) {
	in := `{"version":"2.0"}
{"version":"1.0","sdist":true}
{"version":"1.0.0","sdist":true}
{"version":"0.1","sdist":true}
{"sdist":true,"version":"0.1"}
{"version":"2.0"}
{"version":"2.0","sdist":true}
`
	p, disagreements, faults := Parse("example", []byte(in))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if got, want := string(Format(p)), `{"version":"0.1","sdist":true}`+"\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var got []string
	var lines [][]int
	for _, d := range disagreements {
		got, lines = append(got, d.Version.String()), append(lines, d.Lines)
	}
	// 1.0 and 1.0.0 are one release with two spellings: the index has to tell which one it uses.
	if diff := cmp.Diff([]string{"1.0", "2.0"}, got); diff != "" {
		t.Errorf("disagreeing (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]int{{2, 3}, {1, 6, 7}}, lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

// TestInvalidText checks that a foreign text cannot result in a file that cannot be parsed.
func TestInvalidText(t *testing.T) {
	p := &Project{Name: "example", Releases: []Release{{Version: pep440.MustParse("1"), Yanked: Yanked{Is: true, Reason: "a\xffb\x00\u2028"}}}}
	text := Format(p)
	again, _, faults := Parse("example", text)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if got, want := again.Releases[0].Yanked.Reason, "a\ufffdb\x00\u2028"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if bytes.Count(text, []byte("\n")) != 1 {
		t.Errorf("more than one line: %q", text)
	}
}

func TestQueries(t *testing.T) {
	for _, v := range []string{"0.9", "0.9.0", "1.0", "1!1.0.post2.dev3+local.1"} {
		if r := sample.Release(pep440.MustParse(v)); r == nil || !r.Version.Equal(pep440.MustParse(v)) {
			t.Errorf("release %s: %v", v, r)
		}
	}
	if r := sample.Release(pep440.MustParse("1.1")); r != nil {
		t.Errorf("release 1.1: %v", r)
	}
	r := sample.Release(pep440.MustParse("1.0"))
	if m := r.Classified(); m == nil || !slices.Equal(m.Classifiers.Pythons, []string{"3", "3.8"}) {
		t.Errorf("classifiers: %v", m)
	}
	if sample.Releases[0].Classified() != nil {
		t.Error("classifiers that were never read are known")
	}
	if m := sample.Releases[3].Classified(); m == nil || len(m.Classifiers.Pythons) > 0 {
		t.Errorf("no classifiers: %v", m)
	}
	for _, c := range []struct {
		python string
		extras []string
		want   string
	}{
		{"3.14t", nil, "pure, and so is all that it requires"},
		{"3.14t", []string{"docs", "trio"}, "cffi 1.17.1 has no wheel for it"},
		{"3.14t", []string{"docs"}, ""},
		{"3.13t", nil, ""},
	} {
		got := ""
		if v := r.Verdict(c.python, c.extras); v != nil {
			got = v.Reason
		}
		if got != c.want {
			t.Errorf("verdict on %s %q: got %q, want %q", c.python, c.extras, got, c.want)
		}
	}
}

func TestPythonRequirements(t *testing.T) {
	for _, c := range []struct {
		name string
		in   Release
		want []string
	}{
		{"one for all", Release{RequiresPython: ">=3.8", Sdist: true, Wheels: []string{"py3-none-any"}}, []string{">=3.8"}},
		{"no file that matters", Release{RequiresPython: ">=3.8"}, []string{">=3.8"}},
		{"one differs", Release{RequiresPython: ">=3.8", Sdist: true, Wheels: []string{"py2-none-any"},
			Files: []File{{File: "py2-none-any", RequiresPython: pointer("<3")}}}, []string{"<3", ">=3.8"}},
		{"one has no requirement", Release{RequiresPython: ">=3.8", Sdist: true, Wheels: []string{"py2-none-any"},
			Files: []File{{File: "sdist", RequiresPython: pointer("")}}}, []string{">=3.8", ""}},
		{"the yanked one does not count", Release{RequiresPython: ">=3.8", Sdist: true, Wheels: []string{"py2-none-any"},
			Files: []File{{File: "py2-none-any", RequiresPython: pointer("<3"), Yanked: Yanked{Is: true}}}}, []string{">=3.8"}},
		{"all are yanked", Release{Yanked: Yanked{Is: true}, RequiresPython: ">=3.8", Sdist: true, Wheels: []string{"py2-none-any"},
			Files: []File{{File: "py2-none-any", RequiresPython: pointer("<3")}}}, []string{"<3", ">=3.8"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.in.PythonRequirements()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestDifferences: each key that two lines do not have alike is named once, with both values.
func TestDifferences(t *testing.T) {
	parse := func(line string) *Release {
		p, _, faults := Parse("p", []byte(line+"\n"))
		if p == nil {
			t.Fatal(faults)
		}
		return &p.Releases[0]
	}
	a := parse(`{"version":"1.0","uploaded":"2026-01-01T00:00:00Z","sdist":true}`)
	b := parse(`{"version":"1.0","yanked":"r","sdist":true,"wheels":["py3-none-any"]}`)
	want := []Difference{{"uploaded", `"2026-01-01T00:00:00Z"`, ""}, {"wheels", "", `["py3-none-any"]`}, {"yanked", "", `"r"`}}
	if diff := cmp.Diff(want, Differences(a, b)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if same := Differences(a, a); len(same) > 0 {
		t.Errorf("a line differs from itself in %v", same)
	}
}
