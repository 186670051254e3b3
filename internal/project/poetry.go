package project

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
)

// poetry reads [tool.poetry] as the metadata of a project without [project].
func (r *reader) poetry(table *value) {
	if name, found := r.text(table.get("name"), "tool.poetry.name"); found {
		r.setName(table.get("name").place, name)
	} else if table.get("name") == nil {
		r.p.Name.Unknown = undeclaredMember // with package-mode = false
	}
	if v := table.get("dependencies", "python"); v != nil {
		if text, found := r.text(v, "tool.poetry.dependencies.python"); found {
			alternatives, err := poetryConstraint(text)
			if err != nil {
				r.fail(v.place, "", "tool.poetry.dependencies.python: %v", err)
			}
			r.p.RequiresPython = RequiresPython{Text: text, Place: v.place, Alternatives: alternatives}
		}
	}
	r.poetryRequires(table)
}

// poetryRequires reads the requirements and extras of [tool.poetry].
func (r *reader) poetryRequires(table *value) {
	dependencies := r.table(table.get("dependencies"), "tool.poetry.dependencies")
	if dependencies != nil {
		r.p.Requires.Place = dependencies.place
	}
	all := map[string]List{}
	for _, k := range dependencies.names() {
		if k.name == "python" {
			continue
		}
		v := dependencies.get(k.name)
		list := r.poetryDependency(k, v)
		all[pep508.NormalizeName(k.name)] = list
		if !isOptional(v) {
			r.p.Requires.join(list)
		}
	}
	extras := r.table(table.get("extras"), "tool.poetry.extras")
	for _, k := range extras.names() {
		g := Group{Name: k.name, List: List{Place: k.place}}
		for _, item := range r.texts(extras.get(k.name), "tool.poetry.extras."+k.name) {
			list, found := all[pep508.NormalizeName(item.text)]
			if !found {
				r.fail(item.place, "add it there, with optional = true", "%q is not in tool.poetry.dependencies", item.text)
			}
			g.join(list)
		}
		r.addGroup(&r.p.Extras, "an extra", g)
	}
}

// isOptional reports whether a dependency, or one of a list of alternatives by environment, is only for extras.
func isOptional(v *value) bool {
	if v.kind == unstable.Array {
		return slices.ContainsFunc(v.items, func(item *value) bool { return item.kind != unstable.Array && isOptional(item) })
	}
	optional := v.get("optional")
	return optional != nil && optional.kind == unstable.Bool && optional.text == "true"
}

// join adds another list. If one of them is unknown, so is the sum.
func (l *List) join(other List) {
	if l.Unknown == "" {
		l.Unknown = other.Unknown
	}
	l.Requires = append(l.Requires, other.Requires...)
	if l.Unknown != "" {
		l.Requires = nil
	}
}

// poetryGroups reads [tool.poetry.group] and [tool.poetry.dev-dependencies] as dependency groups.
func (r *reader) poetryGroups(table *value) {
	if v := r.table(table.get("dev-dependencies"), "tool.poetry.dev-dependencies"); v != nil {
		r.poetryGroup("dev", v.place, v, nil)
	}
	group := r.table(table.get("group"), "tool.poetry.group")
	for _, k := range group.names() {
		what := "tool.poetry.group." + k.name
		if g := r.table(group.get(k.name), what); g != nil {
			r.poetryGroup(k.name, k.place, r.table(g.get("dependencies"), what+".dependencies"), r.texts(g.get("include-groups"), what+".include-groups"))
		}
	}
}

func (r *reader) poetryGroup(name string, at Place, dependencies *value, includes []*value) {
	g := Group{Name: name, List: List{Place: at}}
	var members []member
	for _, k := range dependencies.names() {
		if k.name == "python" {
			continue
		}
		list := r.poetryDependency(k, dependencies.get(k.name))
		if list.Unknown != "" {
			g.Unknown = list.Unknown
		}
		for _, q := range list.Requires {
			members = append(members, member{Requirement: q})
		}
	}
	for _, include := range includes {
		members = append(members, member{include: include.text, place: include.place})
	}
	if i, known := r.groups.index[pep508.NormalizeName(name)]; known && dependencies != nil { // poetry joins it with that of PEP 735
		r.groups.members[i] = append(r.groups.members[i], members...)
		r.groups.list[i].Unknown = g.Unknown
		return
	}
	r.declareGroup(g, members)
}

// poetrySources reads from where requirements of [project] come.
func (r *reader) poetrySources(table *value) {
	dependencies := table.get("dependencies")
	for _, k := range dependencies.names() {
		if source, found := r.source(dependencies.get(k.name)); found {
			r.p.Sources[pep508.NormalizeName(k.name)] = source
		}
	}
}

// poetryDependency returns the requirements of one dependency: a constraint, a table, or a list of these for different environments.
func (r *reader) poetryDependency(k key, v *value) List {
	list := List{Place: k.place}
	switch v.kind {
	case unstable.Array:
		for _, item := range v.items {
			if item.kind == unstable.Array {
				r.fail(item.place, "", "%s is a list in a list", k.name)
				continue
			}
			list.join(r.poetryDependency(k, item))
		}
	case unstable.String:
		r.poetryRequirement(&list, k, v, v.text, nil)
	case unstable.InlineTable:
		text := "*"
		if version, found := r.text(v.get("version"), k.name+".version"); found {
			text = version
		}
		r.poetryRequirement(&list, k, v, text, v)
	default:
		r.fail(v.place, "", "%s is %s, not a constraint", k.name, v)
	}
	return list
}

// poetryRequirement adds the requirement of a constraint. table is nil if there is nothing else.
func (r *reader) poetryRequirement(list *List, k key, v *value, constraint string, table *value) {
	alternatives, err := poetryConstraint(constraint)
	if err != nil {
		r.fail(v.place, "", "%s: %v", k.name, err)
		return
	}
	if len(alternatives) > 1 {
		list.Unknown = fmt.Sprintf("%s accepts alternatives (%s), which no requirement can state", k.name, constraint)
		return
	}
	markers, ok := r.poetryMarkers(k, table)
	if !ok {
		return
	}
	text := k.name
	if extras := r.texts(table.get("extras"), k.name+".extras"); len(extras) > 0 {
		names := make([]string, len(extras))
		for i, e := range extras {
			names[i] = e.text
		}
		text += "[" + strings.Join(names, ",") + "]"
	}
	if len(alternatives) == 1 {
		text += alternatives[0].String()
	}
	if len(markers) > 0 {
		text += "; " + strings.Join(markers, " and ")
	}
	q, valid := r.requirement(v.place, text)
	if !valid {
		return
	}
	if source, found := r.source(table); found {
		q.Source = &source
		r.p.Sources[q.Key()] = source
	}
	list.Requires = append(list.Requires, q)
}

// poetryMarkers returns the markers that the keys markers, python and platform of a dependency stand for.
func (r *reader) poetryMarkers(k key, table *value) (markers []string, ok bool) {
	ok = true
	if text, found := r.text(table.get("markers"), k.name+".markers"); found && strings.TrimSpace(text) != "" {
		if _, err := pep508.ParseMarker(text); err != nil {
			r.fail(table.get("markers").place, "", "%s: invalid marker: %v", k.name, err)
			ok = false
		}
		markers = append(markers, "("+text+")")
	}
	if text, found := r.text(table.get("python"), k.name+".python"); found {
		alternatives, err := poetryConstraint(text)
		if err != nil {
			r.fail(table.get("python").place, "", "%s: %v", k.name, err)
			ok = false
		}
		if m := pythonMarker(alternatives); m != "" {
			markers = append(markers, m)
		}
	}
	if text, found := r.text(table.get("platform"), k.name+".platform"); found {
		var either []string
		for alternative := range strings.SplitSeq(strings.ReplaceAll(text, "||", "|"), "|") {
			name, not := strings.CutPrefix(strings.TrimSpace(alternative), "!=")
			operator := map[bool]string{false: "==", true: "!="}[not]
			either = append(either, fmt.Sprintf("sys_platform %s %q", operator, strings.TrimSpace(strings.TrimPrefix(name, "=="))))
		}
		markers = append(markers, "("+strings.Join(either, " or ")+")")
	}
	return markers, ok
}

// pythonMarker returns the marker for Pythons of which one of the sets matches, or "" for any.
func pythonMarker(alternatives []pep440.Specifiers) string {
	var either []string
	for _, s := range alternatives {
		var all []string
		for _, c := range s.Clauses() {
			name, version := "python_full_version", c.Version()
			if bare, wildcard := strings.CutSuffix(version, ".*"); strings.Count(bare, ".") == 1 && (wildcard || c.Operator() == ">=" || c.Operator() == "<") {
				name, version = "python_version", bare
			}
			all = append(all, fmt.Sprintf("%s %s %q", name, c.Operator(), version))
		}
		if len(all) == 0 {
			return ""
		}
		either = append(either, "("+strings.Join(all, " and ")+")")
	}
	if len(either) == 0 {
		return ""
	}
	return "(" + strings.Join(either, " or ") + ")"
}

// The grammar of a constraint of poetry: clauses, separated by commas or blanks, and alternatives, separated by bars
// (https://python-poetry.org/docs/dependency-specification/).
var (
	poetryClause      = regexp.MustCompile(`^[\s,]*(\^|~=|~|===|==|=|!=|<>|>=|<=|>|<)?\s*([^\s,^~=!<>|]+(?:![^\s,^~=!<>|]+)?)`)
	poetryAlternative = regexp.MustCompile(`\s*\|\|?\s*`)
)

// poetryConstraint returns the sets of which a version has to match one. Alternatives that join without a gap become one.
// The set of `*` is empty.
func poetryConstraint(text string) ([]pep440.Specifiers, error) {
	var sets []pep440.Specifiers
	for _, part := range poetryAlternative.Split(strings.TrimSpace(text), -1) {
		var clauses []string
		for rest := strings.TrimRight(part, ", \t\n"); strings.TrimLeft(rest, ", \t\n") != ""; {
			m := poetryClause.FindStringSubmatch(rest)
			if m == nil {
				return nil, fmt.Errorf("%q is not a constraint", text)
			}
			rest = rest[len(m[0]):]
			clause, err := poetrySpecifier(m[1], m[2])
			if err != nil {
				return nil, err
			}
			if clause != "" {
				clauses = append(clauses, clause)
			}
		}
		set, err := pep440.ParseSpecifiers(strings.Join(clauses, ","))
		if err != nil {
			return nil, err
		}
		sets = widen(sets, set)
	}
	return sets, nil
}

// widen adds a set, or extends the last one if both are ranges without a gap between them.
func widen(sets []pep440.Specifiers, set pep440.Specifiers) []pep440.Specifiers {
	if len(sets) == 0 {
		return append(sets, set)
	}
	last := &sets[len(sets)-1]
	a, b := last.Clauses(), set.Clauses()
	isRange := len(a) == 2 && a[0].Operator() == ">=" && a[1].Operator() == "<" && len(b) > 0 && b[0].Operator() == ">=" &&
		(len(b) == 1 || len(b) == 2 && b[1].Operator() == "<")
	if !isRange {
		return append(sets, set)
	}
	low, end, next := pep440.MustParse(a[0].Version()), pep440.MustParse(a[1].Version()), pep440.MustParse(b[0].Version())
	if next.Compare(low) < 0 || next.Compare(end) > 0 || len(b) == 2 && pep440.MustParse(b[1].Version()).Compare(end) < 0 {
		return append(sets, set)
	}
	text := ">=" + a[0].Version()
	if len(b) == 2 {
		text += ",<" + b[1].Version()
	}
	*last = pep440.MustParseSpecifiers(text)
	return sets
}

// poetrySpecifier returns a clause of poetry in the form of PEP 440, or "" if every version matches.
func poetrySpecifier(operator, version string) (string, error) {
	bare, wildcard := version, false
	if version == "*" {
		return "", nil
	}
	if cut := strings.TrimRight(version, "*."); cut != version && strings.HasSuffix(version, "*") {
		bare, wildcard = cut, true
	}
	v, err := pep440.Parse(bare)
	if err != nil {
		return "", err
	}
	switch operator {
	case "^", "~":
		upper, err := nextVersion(v, operator == "^")
		return ">=" + v.String() + ",<" + upper, err
	case "", "=":
		operator = "=="
	case "<>":
		operator = "!="
	}
	if wildcard && (operator == "==" || operator == "!=") {
		return operator + v.String() + ".*", nil
	}
	return operator + v.String(), nil
}

// nextVersion returns the first version that `^` (caret), or else `~`, excludes.
func nextVersion(v pep440.Version, caret bool) (string, error) {
	numbers := strings.Split(v.Base(), ".")
	epoch, first, found := strings.Cut(numbers[0], "!")
	if found {
		numbers[0], epoch = first, epoch+"!"
	} else {
		epoch = ""
	}
	at := min(1, len(numbers)-1)
	if caret {
		for at = 0; at < len(numbers)-1 && numbers[at] == "0"; at++ {
		}
	}
	n, err := strconv.ParseUint(numbers[at], 10, 63)
	if err != nil {
		return "", fmt.Errorf("%s is too large", v)
	}
	numbers[at] = strconv.FormatUint(n+1, 10)
	for i := at + 1; i < len(numbers); i++ {
		numbers[i] = "0"
	}
	return epoch + strings.Join(numbers, "."), nil
}
