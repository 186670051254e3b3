package config

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

// The part of docs/configuration.md between these two lines is made from the types of this package and their tags, by
// `go test ./internal/config -update`.
const (
	referenceBegin = "<!-- generated from the types of internal/config: go test ./internal/config -update -->\n"
	referenceEnd   = "<!-- end -->\n"
)

// TestReference compares docs/configuration.md with the types of the configuration.
func TestReference(t *testing.T) {
	name := filepath.Join("..", "..", "docs", "configuration.md")
	page, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(page), referenceBegin)
	had, after, ends := strings.Cut(rest, referenceEnd)
	if !begins || !ends {
		t.Fatalf("%s has no %s", name, referenceBegin)
	}
	_, smallest, _ := strings.Cut(before, "```yaml\n")
	smallest, _, _ = strings.Cut(smallest, "```\n")
	if c, findings := Parse("toxgen.yaml", []byte(smallest)); c == nil || len(findings) > 0 {
		t.Errorf("the smallest file: %s", lines(findings))
	}
	r := newReference(t)
	r.anchors = append(r.anchors, "the-smallest-file")
	got := r.text()
	if *update {
		if err := os.WriteFile(name, []byte(before+referenceBegin+got+referenceEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		had = got
	}
	if diff := cmp.Diff(had, got); diff != "" {
		t.Errorf("%s is not what the types say: go test ./internal/config -update (-page +types)\n%s", name, diff)
	}
	for _, link := range regexp.MustCompile(`\]\(#([^)]*)\)`).FindAllStringSubmatch(string(page), -1) {
		if !slices.Contains(r.anchors, link[1]) {
			t.Errorf("%s has no section #%s", name, link[1])
		}
	}
}

// TestReferenceExamples checks that the example of each key is a part of a configuration that [Parse] accepts: there is one
// for each, and all come from such files.
func TestReferenceExamples(t *testing.T) {
	r := newReference(t)
	r.text()
	for key := range r.keys {
		if r.examples[key] == nil {
			t.Errorf("no configuration of the tests or of examples/ has the key %s", key)
		}
	}
	for _, name := range r.files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, findings := Parse(filepath.Base(name), data); findings.Err() != nil {
			t.Errorf("%s: %v", name, findings.Err())
		}
	}
}

// TestDefaultTags compares what the tags say of a key that is left out with what happens.
func TestDefaultTags(t *testing.T) {
	const minimal = `{project: {name: a}, pythons: [{version: "3.12", patch: 1}], platform: {system: linux, machine: x86_64, libc: glibc-2.28},
		suites: {a: {package: a, test-path: a}}, static: {s: {pythons: [py3.12], commands: [a]}}, testenv: {commands: [a]}}`
	c, findings := Parse("toxgen.yaml", []byte(minimal))
	if c == nil {
		t.Fatal(findings)
	}
	suite := c.Suites[0].Value
	got := map[string]string{
		"Update.cooldown":     strings.TrimSuffix(c.Update.Cooldown.Duration.Round(time.Hour).String(), "0m0s"),
		"Update.refresh":      c.Update.Refresh,
		"Workflow.file":       c.Workflow.CallerFile(),
		"Workflow.prefix":     strings.TrimSuffix(c.Workflow.GroupFile("web"), "web.yml"),
		"Workflow.required":   fmt.Sprint(c.Workflow.IsRequired()),
		"Static.ci":           fmt.Sprint(c.Static[0].Value.InCI()),
		"Outputs.tox":         c.ToxFile(),
		"Outputs.command":     string(c.Program()),
		"Triage.holds":        fmt.Sprint(UsualHolds),
		"Suite.pythons":       map[bool]string{true: "first-last"}[suite.Pythons == PythonCount{}],
		"Limits.rows":         fmt.Sprint(c.Workflow.Limits.Rows),
		"Limits.bytes":        fmt.Sprint(c.Workflow.Limits.Bytes),
		"Limits.reusables":    fmt.Sprint(c.Workflow.Limits.Reusables),
		"Limits.run-length":   fmt.Sprint(c.Workflow.Limits.RunLength),
		"Limits.step-summary": fmt.Sprint(c.Workflow.Limits.StepSummary),
		"Limits.pull-request": fmt.Sprint(c.Workflow.Limits.PullRequest),
		// The first of several words stands for the empty text, which the code compares with the others.
		"Workflow.rows": "group", "Suite.prereleases": "newest", "Testenv.package": "skip",
	}
	r := newReference(t)
	r.text()
	want := map[string]string{}
	for key, f := range r.keys {
		if usual := f.usual; usual != "" {
			want[key] = usual
			continue
		}
		if len(f.enum) > 0 && !f.present && key != "Static.package" { // that of testenv
			t.Errorf("%s has no default among its words", key)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-tags +parsed)\n%s", diff)
	}
}

// A reference describes every key of the configuration.
type reference struct {
	t   *testing.T
	out strings.Builder
	// keys are the described keys as `Type.key`, examples a value of each, from the files.
	keys     map[string]field
	examples map[string]*yaml.Node
	files    []string
	// pending are the sections that are not written yet, and places those of the types by name.
	pending []section
	places  map[string]string
	anchors []string
}

// A section describes the keys of a struct, at the first place where it can stand.
type section struct {
	place, says string
	typ         reflect.Type
}

// newReference returns a reference with the examples of those SDKs that are kept as examples, and of the file with all keys.
func newReference(t *testing.T) *reference {
	t.Helper()
	r := &reference{t: t, keys: map[string]field{}, examples: map[string]*yaml.Node{}, places: map[string]string{}}
	for _, pattern := range []string{"../../examples/*/toxgen.yaml", "testdata/ok/*.yaml"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		r.files = append(r.files, names...)
	}
	for _, name := range r.files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var document yaml.Node
		if err := yaml.Unmarshal(data, &document); err != nil {
			t.Fatal(err)
		}
		r.collect(reflect.TypeFor[Config](), document.Content[0])
	}
	return r
}

// shortExample is the greatest length of an example; a shorter one is not looked for.
const shortExample = 90

// collect takes the values of a mapping as examples. The first short one counts, else the shortest.
func (r *reference) collect(t reflect.Type, n *yaml.Node) {
	t, of := unwrapped(t)
	switch {
	case of == "mapping" && n.Kind == yaml.MappingNode:
		for i := 1; i < len(n.Content); i += 2 {
			r.collect(t, n.Content[i])
		}
		return
	case n.Kind == yaml.SequenceNode:
		for _, item := range n.Content {
			r.collect(t, item)
		}
		return
	case !isStructure(t) || n.Kind != yaml.MappingNode:
		return
	}
	known := fieldsOf(t).byKey
	for i := 0; i < len(n.Content); i += 2 {
		f, value := known[n.Content[i].Value], n.Content[i+1]
		key := t.Name() + "." + f.key
		if had := r.examples[key]; had == nil || len(flow(had)) > max(shortExample, len(flow(value))) {
			r.examples[key] = value
		}
		r.collect(f.typ, value)
	}
}

// flow returns a value in YAML on one line, without comments.
func flow(n *yaml.Node) string {
	var plain func(n *yaml.Node) *yaml.Node
	plain = func(n *yaml.Node) *yaml.Node {
		copied := &yaml.Node{Kind: n.Kind, Tag: n.Tag, Value: strings.TrimSpace(n.Value), Style: yaml.FlowStyle}
		if n.Kind == yaml.ScalarNode {
			copied.Style = n.Style
			if strings.Contains(copied.Value, "\n") || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
				copied.Style = yaml.DoubleQuotedStyle
			}
		}
		for _, child := range n.Content {
			copied.Content = append(copied.Content, plain(child))
		}
		return copied
	}
	var b bytes.Buffer
	if err := yaml.NewEncoder(&b).Encode(plain(n)); err != nil {
		panic(err)
	}
	return strings.TrimSpace(b.String())
}

// text returns the sections, the first of which describes the keys of the file.
func (r *reference) text() string {
	r.section(section{"", "", reflect.TypeFor[Config]()})
	for len(r.pending) > 0 { // those below a section follow it
		next := r.pending[0]
		r.pending = r.pending[1:]
		r.section(next)
	}
	return r.out.String()
}

// section writes a section.
func (r *reference) section(s section) {
	later := r.pending
	r.pending = nil
	title := "All keys"
	if s.place != "" {
		title = "`" + s.place + "`"
	}
	r.anchors = append(r.anchors, anchor(title))
	fmt.Fprintf(&r.out, "\n## %s\n\n", title)
	if s.says != "" {
		fmt.Fprintf(&r.out, "%s\n\n", s.says)
	}
	r.out.WriteString("| key | value | if left out | means | example |\n|---|---|---|---|---|\n")
	for _, f := range fieldsOf(s.typ).ordered {
		key := s.typ.Name() + "." + f.key
		r.keys[key] = f
		example := ""
		if value := r.examples[key]; value != nil {
			example = f.key + ": " + flow(value)
			if utf8.RuneCountInString(example) > 2*shortExample {
				example = ""
			}
		}
		at := strings.TrimPrefix(s.place+"."+f.key, ".")
		fmt.Fprintf(&r.out, "| `%s` | %s | %s | %s | %s |\n", f.key, cell(r.value(f.typ, f.rules, at, f.doc)), f.leftOut(), cell(f.doc), code(example))
	}
	r.pending = append(r.pending, later...)
}

// leftOut returns what holds without the key.
func (f *field) leftOut() string {
	usual := f.usual
	switch {
	case f.present:
		return "required"
	case usual == "" && f.typ.Kind() == reflect.Bool:
		usual = "false"
	}
	return code(usual)
}

// code returns a text as code in a cell of a table.
func code(text string) string {
	switch {
	case text == "":
		return ""
	case strings.Contains(text, "`"):
		return "`` " + cell(text) + " ``"
	default:
		return "`" + cell(text) + "`"
	}
}

// cell returns a text for a cell of a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// anchor returns the name by which a link finds a heading.
func anchor(title string) string {
	return strings.ReplaceAll(regexp.MustCompile("[^a-z0-9 _-]").ReplaceAllString(strings.ToLower(title), ""), " ", "-")
}

// forms has the spellings of the types of this package that are not written as structs alone.
var forms = map[reflect.Type]string{
	reflect.TypeFor[Name]():         "a name",
	reflect.TypeFor[Package]():      "a project, possibly with extras",
	reflect.TypeFor[Installed]():    "the name or the path of a package, possibly with extras",
	reflect.TypeFor[Version]():      "a version, quoted",
	reflect.TypeFor[Specifiers]():   "a specifier",
	reflect.TypeFor[Requirement]():  "a requirement",
	reflect.TypeFor[Release]():      "a project and a version",
	reflect.TypeFor[MinorVersion](): "a Python line, quoted",
	reflect.TypeFor[Interpreter]():  "a Python as a factor of tox",
	reflect.TypeFor[Libc]():         "a C library",
	reflect.TypeFor[MacOSVersion](): "a version, quoted",
	reflect.TypeFor[Duration]():     "a time span",
	reflect.TypeFor[Date]():         "a day",
	reflect.TypeFor[When]():         "`\"*\"`, a specifier, or a list of Pythons as factors of tox",
	reflect.TypeFor[Minimum]():      "a version, quoted, or a mapping",
	reflect.TypeFor[PythonCount]():  "`first-last`, `all`, or a whole number",
	reflect.TypeFor[Patch]():        "a whole number, or a pre-release",
	reflect.TypeFor[PythonRules]():  "a specifier, or a list of mappings",
	reflect.TypeFor[Runner]():       "a label, or a list of labels",
	reflect.TypeFor[Install]():      "a list of packages, or `none`",
	reflect.TypeFor[Needed]():       "a name, or a mapping",
	reflect.TypeFor[Variants]():     "a mapping by name, or `none`",
}

// structured has the structs that stand for types of forms in one of their forms.
var structured = map[reflect.Type]reflect.Type{
	reflect.TypeFor[Minimum]():     reflect.TypeFor[exactMinimum](),
	reflect.TypeFor[PythonRules](): reflect.TypeFor[PythonRule](),
	reflect.TypeFor[Needed]():      reflect.TypeFor[neededWhen](),
	reflect.TypeFor[Variants]():    reflect.TypeFor[Variant](),
}

// unwrapped returns the type of the elements of a pointer, a list or a mapping, and which of these it is.
func unwrapped(t reflect.Type) (element reflect.Type, of string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if to, alternative := structured[t]; alternative {
		return to, map[reflect.Type]string{reflect.TypeFor[Variants](): "mapping"}[t]
	}
	if _, written := forms[t]; written || t.Kind() != reflect.Slice {
		return t, ""
	}
	of, t = "list", t.Elem()
	if strings.HasPrefix(t.Name(), "Entry[") { // of a Map
		value, _ := t.FieldByName("Value")
		of, t = "mapping", value.Type
	}
	if to, alternative := structured[t]; alternative {
		t = to
	}
	return t, of
}

// isStructure reports whether a value of a type is written as a mapping with known keys.
func isStructure(t reflect.Type) bool {
	_, written := forms[t]
	return t.Kind() == reflect.Struct && !written
}

// value returns how a value is written. If it has keys, their section is added.
func (r *reference) value(t reflect.Type, rules rules, place, says string) string {
	element, of := unwrapped(t)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	in := map[string]string{"list": "[]", "mapping": ".NAME"}[of]
	if t == reflect.TypeFor[PythonRules]() {
		in = "[]"
	}
	link := ""
	if isStructure(element) {
		at, known := r.places[element.Name()]
		if !known {
			at = place + in
			r.places[element.Name()] = at
			r.pending = append(r.pending, section{at, says, element})
		}
		link = fmt.Sprintf("[`%s`](#%s)", at, anchor(at))
	}
	form, written := forms[t]
	if t.Kind() == reflect.Slice && !written {
		form, written = forms[t.Elem()]
	}
	one := ""
	switch {
	case written && link != "":
		one = form + ": " + link
	case written:
		one = form
	case link != "":
		one = "as in " + link
	default:
		one = r.plain(element, rules)
	}
	switch of {
	case "list":
		if link != "" && !written {
			return "a list of mappings, " + one
		}
		return "a list, each " + one
	case "mapping":
		switch {
		case written:
			return one
		case link != "":
			return "a mapping by name, " + one
		default:
			return "a mapping, each value " + one
		}
	}
	if link != "" && !written {
		return "a mapping, " + one
	}
	return one
}

// plain returns how a text, a number or a truth value is written.
func (r *reference) plain(t reflect.Type, rules rules) string {
	if form, written := forms[t]; written {
		return form
	}
	switch t.Kind() {
	case reflect.Bool:
		return "`true` or `false`"
	case reflect.Int:
		switch {
		case rules.minimum != nil && rules.maximum != nil:
			return fmt.Sprintf("a whole number, %d to %d", *rules.minimum, *rules.maximum)
		case rules.minimum != nil:
			return fmt.Sprintf("a whole number, at least %d", *rules.minimum)
		default:
			return "a whole number"
		}
	case reflect.String:
		if len(rules.enum) > 0 {
			return "`" + strings.Join(rules.enum, "`, `") + "`"
		}
		what, _, _ := strings.Cut(rules.text.what, "; ")
		return strings.NewReplacer("a single line without control characters", "a line of text", "a text without control characters", "a text").Replace(what)
	default:
		r.t.Fatalf("no words for the type %s", t)
		return ""
	}
}
