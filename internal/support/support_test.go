package support

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/display"
	"toxgen/internal/matrix"
	"toxgen/internal/reference"
)

// summary returns what a table says of a suite, a line for each part.
func summary(s Suite) string {
	var b strings.Builder
	add := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s %s\n", name, value)
		}
	}
	add("group", s.Group)
	add("of", s.Of)
	add("project", s.Project)
	add("bounds", strings.TrimSpace(s.Minimum+" "+s.Maximum))
	for _, r := range s.Releases {
		add("release", strings.TrimSpace(r.Version+" "+day(r.Uploaded)))
	}
	add("newest", s.Newest)
	if s.Known != nil {
		add("known", strings.TrimSpace(fmt.Sprintf("%s %s %s", s.Known.Version, day(s.Known.Uploaded), s.Known.Why)))
	}
	add("days", number(s.Days))
	for _, p := range s.Pythons {
		add("on", strings.TrimSpace(fmt.Sprintf("%s %s; %s", p.Python, strings.Join(p.Releases, " "), number(p.Days))))
	}
	for _, f := range s.FreeThreaded {
		add("free-threaded", strings.TrimSpace(fmt.Sprintf("%s %v %s", f.Python, f.Tested, f.Why)))
	}
	for _, h := range s.Held {
		add("held", strings.Join(strings.Fields(fmt.Sprint(h.Kind, " ", h.What, " ", strings.Join(h.Pythons, " "), " ", h.Reason, " ", h.Issue, " ", h.Until)), " "))
	}
	return b.String()
}

func TestNew(t *testing.T) {
	mayFail := "held may fail 3.14 3.14t too new\n"
	for i, tt := range []struct{ suite, says, want string }{
		{"flask", "a hold, free-threaded builds", `group Web
project flask[async]
bounds 1.0 4
release 1.0 2020-01-01
release 2.0 2024-01-01
newest 2.0
known 3.0 2024-03-01 hold: 3.0 cannot be imported
days 59
on 3.8 1.0 2.0; 59
on 3.9 1.0; 1521
on 3.13 2.0; 59
on 3.13t 2.0; 59
on 3.14 2.0; 59
free-threaded 3.13t true
free-threaded 3.14t false greenlet has no wheel for 3.14t
held hold >2 3.0 cannot be imported https://example.org/1?a=b&c=d 2027-01-31
` + mayFail},
		{"flask.lowest", "an environment of lowest releases", `group Web
of flask
project flask[async]
bounds 1.0 4
release 1.0 2020-01-01
newest 1.0
on 3.8 1.0;
` + mayFail},
		{"quart-sync", "a newest pre-release, which is not the newest tested", `group Web
of quart
project quart
release 1.0 2023-01-01
release 2.0 2023-02-01
release 3.0rc1 2023-03-01
newest 2.0
known 2.0 2023-02-01
days 0
on 3.9 1.0 2.0 3.0rc1; 0
free-threaded 3.13t false the release is not tested on 3.13 either
free-threaded 3.14t false the release is not tested on 3.14 either
held constraint greenlet<3 https://example.org/2
`},
		{"quart-async", "a release that one variant passes over", `group Web
of quart
project quart
release 1.0 2023-01-01
release 3.0rc1 2023-03-01
newest 1.0
known 2.0 2023-02-01 unresolvable: greenlet<2 and greenlet>=2
days 31
on 3.9 1.0 3.0rc1; 31
free-threaded 3.13t false the release is not tested on 3.13 either
free-threaded 3.14t false the release is not tested on 3.14 either
held passed over 2.0 3.9 greenlet<2 and greenlet>=2
held constraint greenlet<3 https://example.org/2
`},
		{"odd", "a newest release without a Python, uploaded before an older one", `group Rest
project odd
release 1.0.9 2025-06-02
newest 1.0.9
known 2.0 2025-06-01 no Python: classifiers 3.99
days -1
on 3.9 1.0.9; -1
free-threaded 3.13t false the release is not tested on 3.13 either
free-threaded 3.14t false the release is not tested on 3.14 either
`},
		{"early", "pre-releases alone", `group Rest
project early
release 1.0a2 2025-06-02
newest 1.0a2
known 1.0a2 2025-06-02
days 0
on 3.9 1.0a2; 0
free-threaded 3.13t false the release is not tested on 3.13 either
free-threaded 3.14t false the release is not tested on 3.14 either
`},
		{"old", "a Python that the newest release has left", `group Rest
project old
release 1.0 2020-01-01
release 2.0 2022-01-01
newest 2.0
known 2.0 2022-01-01
days 0
on 3.8 1.0; 731
on 3.9 1.0 2.0; 0
free-threaded 3.13t false the release is not tested on 3.13 either
free-threaded 3.14t false the release is not tested on 3.14 either
`},
		{"post", "a post release, which users install and nothing tests", `group Rest
project post
release 1.0 2025-01-01
newest 1.0
known 1.0.post1 2025-01-03 post release
days 2
on 3.9 1.0; 2
free-threaded 3.13t false the release is not tested on 3.13 either
free-threaded 3.14t false the release is not tested on 3.14 either
`},
		{"undated", "an upload time that the index does not state", `group Rest
project undated
release 1.0
release 2.0 2025-01-03
newest 2.0
known 2.0 2025-01-03
days 0
on 3.9 1.0 2.0; 0
free-threaded 3.13t false the release is not tested on 3.13 either
free-threaded 3.14t false the release is not tested on 3.14 either
`},
		{"off", "a disabled suite, whose facts stay", `group Rest
project flask
known 3.0 2024-03-01
held disabled flaky 2027-02-28
`},
		{"common", "a static suite", `group Rest
on 3.9 ;
on 3.14t ;
free-threaded 3.13t false
free-threaded 3.14t true
`},
		{"common.lowest", "the lowest environment of a static suite", `group Rest
of common
on 3.9 ;
`},
		{"idle", "a disabled static suite", "group Rest\nheld disabled unused\n"},
		{"lint", "a suite in no group", "on 3.14 ;\nfree-threaded 3.13t false\nfree-threaded 3.14t false\n"},
	} {
		t.Run(tt.suite, func(t *testing.T) {
			s := sample(t).Suites[i]
			if s.Name != tt.suite {
				t.Fatalf("suite %d is %s", i, s.Name)
			}
			if diff := cmp.Diff(tt.want, summary(s)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.says, diff)
			}
		})
	}
	table := sample(t)
	if len(table.Suites) != 14 || !table.Suites[1].Lowest || table.Suites[0].Lowest {
		t.Errorf("%d suites, lowest: %v, %v", len(table.Suites), table.Suites[0].Lowest, table.Suites[1].Lowest)
	}
	if want := time.Date(2025, 6, 2, 0, 0, 0, 0, time.UTC); !table.NewestUpload.Equal(want) {
		t.Errorf("newest upload %s, want %s: neither yanked nor missing times count", table.NewestUpload, want)
	}
	if want := []Held{{Kind: Constraint, What: "setuptools<82", Pythons: []string{"3.8"}, Reason: "pkg_resources"}}; !cmp.Equal(want, table.Held) {
		t.Errorf("held in every suite: %v", table.Held)
	}
	if want := (Python{"3.13t", "3.13.13t", "windows amd64"}); table.Pythons[3] != want {
		t.Errorf("got %v, want %v", table.Pythons[3], want)
	}
}

// TestMarkdown checks that a table has one line for each suite, which the lines of other suites do not depend on.
func TestMarkdown(t *testing.T) {
	text := string(sample(t).Markdown())
	for _, want := range []string{
		"| 'flask'<br>follows 'flask[async]' | '1.0'<br>below '4' | '2.0' 2024-01-01 | '3.0' 2024-03-01<br>not tested: 'hold: 3.0 cannot be imported' | 59 | " +
			"3.8: '1.0', '2.0'<br>3.9: '1.0'<br>3.13: '2.0'<br>3.13t: '2.0'<br>3.14: '2.0' | 3.13t: yes<br>3.14t: no, 'greenlet has no wheel for 3.14t' | " +
			"hold '>2', until 2027-01-31, '3.0 cannot be imported', 'https://example.org/1?a=b&c=d'<br>may fail on 3.14, 3.14t, 'too new' |\n",
		"| 'flask.lowest'<br>lowest releases of 'flask'<br>follows 'flask[async]' | '1.0'<br>below '4' | '1.0' 2020-01-01 |  |  | 3.8: '1.0' |  | may fail on 3.14, 3.14t, 'too new' |\n",
		"| 'quart-sync'<br>variant of 'quart'<br>follows 'quart' |  | '2.0' 2023-02-01 | '2.0' 2023-02-01 | 0 | 3.9: '1.0', '2.0', '3.0rc1' | ",
		"passed over '2.0' on 3.9, 'greenlet<2 and greenlet>=2'<br>constraint 'greenlet<3', 'https://example.org/2' |\n",
		"| 'off' <",
		"| 'common'<br>follows no project |  |  |  |  | 3.9, 3.14t | 3.13t: no<br>3.14t: yes |  |\n",
		"| 'idle'<br>follows no project |  |  |  |  |  |  | disabled, 'unused' |\n",
		"\n## Web\n\n| suite | minimum |", "\n## Rest\n\n", "\n## In no group\n\n",
		"\n## Held back in every suite\n\n- constraint 'setuptools<82' on 3.8, 'pkg_resources'\n",
		"- 3.13t: 3.13.13t on windows amd64\n",
		"- The newest known release of all was uploaded on 2025-06-02.\n",
	} {
		want = strings.ReplaceAll(strings.ReplaceAll(want, "'off' <", "'off'<br>follows 'flask' |"), "'", "`")
		if strings.Count(text, want) != 1 {
			t.Errorf("there is not exactly one %q in\n%s", want, text)
		}
	}
	ungrouped := &Table{Suites: []Suite{{Name: "a"}, {Name: "b"}}}
	if got := string(ungrouped.Markdown()); strings.Count(got, "\n## Suites\n") != 1 || strings.Contains(got, "group") {
		t.Errorf("without groups:\n%s", got)
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "| ") && strings.Count(line, " | ") != len(columns)-1 {
			t.Errorf("%d cells, not %d: %s", strings.Count(line, " | ")+1, len(columns), line)
		}
	}
}

// TestJSON checks that the whole table can be read back, and that each suite is one line.
func TestJSON(t *testing.T) {
	data := sample(t).JSON()
	var got struct {
		GeneratedBy  string    `json:"generated-by"`
		Version      int       `json:"version"`
		Project      string    `json:"project"`
		NewestUpload time.Time `json:"newest-upload"`
		Pythons      []Python  `json:"pythons"`
		Held         []Held    `json:"held"`
		Suites       []Suite   `json:"suites"`
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&got); err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	if got.Version != Version || got.GeneratedBy == "" {
		t.Errorf("version %d, generated by %q", got.Version, got.GeneratedBy)
	}
	back := &Table{Project: got.Project, Program: display.Binary, NewestUpload: got.NewestUpload, Pythons: got.Pythons, Held: got.Held, Suites: got.Suites}
	if diff := cmp.Diff(sample(t), back); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	line := `{"name":"old","group":"Rest","project":"old",` +
		`"releases":[{"version":"1.0","uploaded":"2020-01-01T00:00:00Z"},{"version":"2.0","uploaded":"2022-01-01T00:00:00Z"}],` +
		`"newest-tested":"2.0","newest-known":{"version":"2.0","uploaded":"2022-01-01T00:00:00Z"},"days":0,` +
		`"pythons":[{"python":"3.8","releases":["1.0"],"newest-tested":"1.0","days":731},{"python":"3.9","releases":["1.0","2.0"],"newest-tested":"2.0","days":0}],` +
		`"free-threaded":[{"python":"3.13t","tested":false,"why":"the release is not tested on 3.13 either"},{"python":"3.14t","tested":false,"why":"the release is not tested on 3.14 either"}]},`
	if !strings.Contains(string(data), "\n"+line+"\n") {
		t.Errorf("there is no line\n%s\nin\n%s", line, data)
	}
	if empty := (&Table{Project: "sdk"}).JSON(); !json.Valid(empty) || !bytes.Contains(empty, []byte(`"suites": []`)) {
		t.Errorf("an empty table is\n%s", empty)
	}
}

// TestDocumented checks that docs/report.md names each member of the JSON, and the version.
func TestDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/report.md")
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(sample(t).JSON(), &value); err != nil {
		t.Fatal(err)
	}
	members := map[string]bool{}
	var collect func(any)
	collect = func(value any) {
		switch value := value.(type) {
		case []any:
			for _, element := range value {
				collect(element)
			}
		case map[string]any:
			for key, element := range value {
				members[key] = true
				collect(element)
			}
		}
	}
	collect(value)
	for key := range members {
		if !regexp.MustCompile("[`.]" + key + `(\[\]|\[\]\.[a-z]+)?` + "`").Match(page) {
			t.Errorf("docs/report.md does not name %q", key)
		}
	}
	if len(members) < 25 {
		t.Errorf("the sample has only %d members", len(members))
	}
	if want := fmt.Sprintf("| `version` | %d |", Version); !bytes.Contains(page, []byte(want)) {
		t.Errorf("docs/report.md lacks %s", want)
	}
}

// TestOwned checks that each form of a table is known by its first line alone, and that no other file is.
func TestOwned(t *testing.T) {
	table := sample(t)
	forms := map[string][]byte{"Markdown": table.Markdown(), "JSON": table.JSON(), "HTML": table.HTML(), "nothing": nil, "another": []byte("# Support\n{}\n")}
	for name, data := range forms {
		if got := IsMarkdown(data); got != (name == "Markdown") {
			t.Errorf("%s is Markdown of toxgen: %v", name, got)
		}
		if got := IsJSON(data); got != (name == "JSON") {
			t.Errorf("%s is JSON of toxgen: %v", name, got)
		}
	}
	crlf := func(data []byte) []byte { return bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n")) }
	if !IsMarkdown(crlf(table.Markdown())) || !IsJSON(crlf(table.JSON())) {
		t.Error("files with other line ends are not known")
	}
	for _, data := range [][]byte{bytes.TrimPrefix(table.Markdown(), []byte(markMarkdown.By(table.Program))), append([]byte("\n"), table.JSON()...)} {
		if IsMarkdown(data) || IsJSON(data) {
			t.Errorf("known without its first line: %.80q", data)
		}
	}
}

// hostile returns a table with a text wherever a text of others may be.
func hostile(text string) *Table {
	zero := 0
	held := []Held{{Kind: Hold, What: text, Reason: text, Issue: "https://example.org/" + text, Until: "2027-01-31"}}
	return &Table{Project: text, Pythons: []Python{{"3.9", "3.9.1", "linux"}}, Held: held, Suites: []Suite{{Name: "a", Of: "b", Project: text, Minimum: text, Maximum: text,
		Releases: []Release{{Version: text}}, Newest: text, Known: &Known{Release{Version: text}, text}, Days: &zero,
		Pythons: []Tested{{"3.9", []string{text, text}, text, &zero}}, FreeThreaded: []FreeThreaded{{"3.9", false, text}}, Held: held}}}
}

// forgeries are texts that a terminal, the runner of GitHub Actions, Markdown or a browser would obey.
const forgeries = "::error::x\n::stop-commands::y\n##[error]z \x1b[2J\u202e\u2028 `x` | a <br> <!-- --> </script></style><script>hacked=1</script><img src=//x onerror=hacked=1>\" onclick=hacked=1 ' @you #1 \xff"

// TestHostile checks that texts of others stay texts in each form.
func TestHostile(t *testing.T) {
	table := hostile(forgeries)
	for name, data := range map[string][]byte{"Markdown": table.Markdown(), "JSON": table.JSON(), "HTML": table.HTML()} {
		t.Run(name, func(t *testing.T) {
			var printed bytes.Buffer
			if _, err := display.NewWriter(&printed).Write(data); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(data), printed.String()); diff != "" {
				t.Errorf("printed, it is something else:\n%s", diff)
			}
		})
	}
	if got := bytes.Count(table.Markdown(), []byte("\n| ")); got != 3 {
		t.Errorf("the Markdown has %d lines of tables, not a heading, a rule and a suite:\n%s", got, table.Markdown())
	}
	if !json.Valid(table.JSON()) {
		t.Errorf("not JSON:\n%s", table.JSON())
	}
	page := table.HTML()
	for _, tag := range []string{"<script", "<img", "<!--", "onclick=hacked=1>"} {
		if got, want := bytes.Count(page, []byte(tag)), map[string]int{"<script": 1}[tag]; got != want {
			t.Errorf("the page has %d of %s, not %d:\n%s", got, tag, want, page)
		}
	}
	for _, scheme := range []string{"javascript:hacked=1", "data:text/html,x"} {
		unsafe := &Table{Held: []Held{{Kind: Hold, Issue: scheme}}}
		if bytes.Contains(unsafe.HTML(), []byte(`href="`+scheme)) {
			t.Errorf("there is a link to %s", scheme)
		}
	}
}

// TestPage checks that the digests in the policy are those of what the page holds, and that nothing in it is loaded from elsewhere.
func TestPage(t *testing.T) {
	page := string(sample(t).HTML())
	between := func(from, to string) string {
		_, rest, _ := strings.Cut(page, from)
		text, _, found := strings.Cut(rest, to)
		if !found {
			t.Fatalf("there is no %s…%s", from, to)
		}
		return text
	}
	if got, want := policy, fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; base-uri 'none'; form-action 'none'",
		digest(between("<style>", "</style>")), digest(between("<script>", "</script>"))); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, part := range []string{" src=", "<link", "@import", "url(", "fetch(", "XMLHttpRequest", " style=", "<base", " action="} {
		if strings.Contains(page, part) {
			t.Errorf("the page has %q", part)
		}
	}
}

// TestDeterministic checks that equal facts give equal bytes, in each form, for the reference configuration. It logs their sizes.
func TestDeterministic(t *testing.T) {
	for name, form := range map[string]func(*Table) []byte{"Markdown": (*Table).Markdown, "JSON": (*Table).JSON, "HTML": (*Table).HTML} {
		first, second := form(ofReference(t)), form(ofReference(t))
		if !bytes.Equal(first, second) {
			t.Errorf("%s differs between two runs", name)
		}
		t.Logf("%s: %d bytes in %d lines", name, len(first), bytes.Count(first, []byte("\n")))
	}
}

// ofReference returns the table of the reference configuration.
func ofReference(tb testing.TB) *Table {
	c, facts := reference.Config(tb), reference.Facts(tb)
	return New(c, facts, matrix.Select(c, facts, matrix.Before{}).Matrix)
}

func BenchmarkReference(b *testing.B) {
	c, facts := reference.Config(b), reference.Facts(b)
	m := matrix.Select(c, facts, matrix.Before{}).Matrix
	for b.Loop() {
		table := New(c, facts, m)
		table.Markdown()
		table.JSON()
		table.HTML()
	}
}
