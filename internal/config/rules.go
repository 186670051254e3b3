package config

import (
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"toxgen/internal/pep440"
	"toxgen/internal/python"
)

// A When selects the environments of a suite that a rule applies to: all, those of matching releases, or those of
// named interpreters. The zero When selects all.
type When struct {
	Pos
	// Releases is a specifier on the release that admits pre-releases. Nil matches any release.
	Releases *pep440.Specifiers
	// Pythons are the interpreters. An empty list matches any interpreter.
	Pythons []Interpreter
}

// key returns a text that is equal for rules that apply to the same environments.
func (w When) key() string {
	var pythons []string
	for _, p := range w.Pythons {
		pythons = append(pythons, p.Short)
	}
	slices.Sort(pythons)
	releases := ""
	if w.Releases != nil {
		releases = w.Releases.String()
	}
	return releases + " " + strings.Join(slices.Compact(pythons), ",")
}

// Matches reports whether the rule applies to a release on an interpreter (`3.10`, `3.14t`). A suite without
// releases passes nil, which no specifier matches.
func (w When) Matches(release *pep440.Version, short string) bool {
	return w.MatchesRelease(release) && w.MatchesPython(short)
}

// MatchesRelease reports whether the rule applies to a release on some interpreter.
func (w When) MatchesRelease(release *pep440.Version) bool {
	return w.Releases == nil || release != nil && w.Releases.Match(*release)
}

// MatchesPython reports whether the rule applies to an interpreter with some release.
func (w When) MatchesPython(short string) bool {
	for _, p := range w.Pythons {
		if p.Short == short {
			return true
		}
	}
	return len(w.Pythons) == 0
}

func (w *When) decodeNode(d *decoder, n *yaml.Node, _ rules, path string) {
	w.Pos = position(n)
	if n.Kind == yaml.SequenceNode {
		d.decodeInto(n, &w.Pythons, rules{required: true}, path)
		return
	}
	text, ok := d.text(n, path)
	if !ok || text == "*" {
		return
	}
	s, err := pep440.ParseSpecifiers(text)
	if err != nil || s.IsEmpty() {
		var hint string
		if (&Interpreter{}).parse(text, w.Pos) == nil {
			hint = "write [" + text + "]"
		}
		d.failAt(w.Pos, hint, "%s: %s is neither \"*\", nor a specifier on the release, nor a list of interpreters like [py3.8]", path, quoted(text))
		return
	}
	w.Releases = &s
}

func (*When) jsonSchema(*schemaBuilder, rules) object {
	return object{"anyOf": []any{
		object{"type": "string", "pattern": `^(\*$|[\s,]*[<>=!~])`},
		object{"type": "array", "minItems": 1, "items": object{"type": "string", "pattern": (*Interpreter)(nil).pattern()}},
	}}
}

// A Minimum is the oldest release that a suite tests. In the file, the version may stand alone.
type Minimum struct {
	Version
	// Exact reports whether this very release is tested, although a newer patch release would represent it.
	Exact bool
}

// exactMinimum is the form of a Minimum that is exact.
type exactMinimum struct {
	Pos
	Exact Version `yaml:"exact,required" doc:"The oldest release, which is tested besides those that represent the others."`
}

func (m *Minimum) decodeNode(d *decoder, n *yaml.Node, _ rules, path string) {
	if n.Kind == yaml.ScalarNode {
		d.decodeInto(n, &m.Version, rules{}, path)
		return
	}
	var exact exactMinimum
	d.decodeInto(n, &exact, rules{}, path)
	*m = Minimum{exact.Exact, true}
}

func (*Minimum) jsonSchema(b *schemaBuilder, _ rules) object {
	return object{"anyOf": []any{b.schema(reflect.TypeFor[Version](), rules{}), b.schema(reflect.TypeFor[exactMinimum](), rules{})}}
}

// A PythonCount says on how many of its Pythons a release is tested.
type PythonCount struct {
	// All is set for every Python. Otherwise Number is the number of Pythons; 0 stands for the first and the last two.
	All    bool
	Number int
}

func (c *PythonCount) decodeNode(d *decoder, n *yaml.Node, _ rules, path string) {
	one := 1
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!int" {
		d.decodeInto(n, &c.Number, rules{minimum: &one}, path)
		return
	}
	var word string
	d.decodeInto(n, &word, rules{enum: []string{"first-last", "all"}}, path)
	c.All = word == "all"
}

func (*PythonCount) jsonSchema(*schemaBuilder, rules) object {
	return object{"anyOf": []any{object{"type": "string", "enum": []string{"first-last", "all"}}, object{"type": "integer", "minimum": 1}}}
}

// A Patch is a patch release of a Python, or a pre-release of one. In the file, it is a number, or a text such as `0rc2`.
type Patch struct {
	Number     int
	Prerelease python.Prerelease
}

func (p *Patch) decodeNode(d *decoder, n *yaml.Node, r rules, path string) {
	number, prerelease, err := python.ParsePatch(n.Value)
	switch {
	case n.Kind == yaml.ScalarNode && err == nil && prerelease.Stage != "": // whatever the tag: YAML 1.1 takes 0b1 for a number
		*p = Patch{number, prerelease}
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str":
		d.fail(n, "%s is %s, neither a whole number nor a pre-release like 0rc2", path, describe(n))
	default:
		d.decodeInto(n, &p.Number, r, path)
	}
}

func (*Patch) jsonSchema(_ *schemaBuilder, r rules) object {
	return object{"anyOf": []any{numberSchema(r), object{"type": "string", "pattern": `^(0|[1-9][0-9]*)(a|b|rc)[1-9][0-9]*$`}}}
}

// PythonRules limit a suite's Pythons by release. The first rule whose Release matches decides; if no rule matches
// there is no limit.
type PythonRules []PythonRule

// A PythonRule is an element of PythonRules.
type PythonRule struct {
	Pos
	Release *Specifiers `yaml:"release" doc:"A specifier on the release that admits pre-releases; every release, if left out."`
	Python  Specifiers  `yaml:"python,required" doc:"A specifier on the Python line: >=3.8."`
}

// Limit returns the specifier on the Python line (`3.10`) that applies to a release, or nil if there is no limit.
func (r PythonRules) Limit(release pep440.Version) *pep440.Specifiers {
	for i := range r {
		if r[i].Release == nil || r[i].Release.Match(release) {
			return &r[i].Python.Specifiers
		}
	}
	return nil
}

func (r *PythonRules) decodeNode(d *decoder, n *yaml.Node, _ rules, path string) {
	if n.Kind == yaml.ScalarNode {
		rule := PythonRule{Pos: position(n)}
		d.decodeInto(n, &rule.Python, rules{}, path)
		*r = PythonRules{rule}
		return
	}
	d.decodeInto(n, (*[]PythonRule)(r), rules{required: true}, path)
}

func (*PythonRules) jsonSchema(b *schemaBuilder, _ rules) object {
	return object{"anyOf": []any{
		object{"type": "string", "pattern": (*Specifiers)(nil).pattern()},
		b.schema(reflect.TypeFor[[]PythonRule](), rules{required: true}),
	}}
}
