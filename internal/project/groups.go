package project

import (
	"github.com/pelletier/go-toml/v2/unstable"

	"toxgen/internal/pep508"
)

// The maximum numbers of requirements of a group, and of all groups, with their includes: an include can double them.
const maximumGroup, maximumGroups = 10_000, 100_000

// groups are the dependency groups as written.
type groups struct {
	list []Group
	// members are what each group of the list holds, in order.
	members [][]member
	state   []state
	index   map[string]int // of the keys in the list
	total   int            // of requirements in all groups
}

// A state is how far a group is resolved.
type state int

const (
	unresolved state = iota
	resolving        // its members are being added
	resolved
)

// A member of a group is a requirement, or the name of a group that is included.
type member struct {
	Requirement
	include string
	place   Place
}

// dependencyGroups reads [dependency-groups] (PEP 735).
func (r *reader) dependencyGroups(table *value) {
	for _, k := range table.names() {
		what := "dependency-groups." + k.name
		var members []member
		for _, item := range r.items(table.get(k.name), what) {
			switch include := item.get("include-group"); {
			case item.kind == unstable.String:
				if q, valid := r.requirement(item.place, item.text); valid {
					members = append(members, member{Requirement: q})
				}
			case item.kind == unstable.InlineTable && include != nil && len(item.keys) == 1:
				if name, found := r.text(include, "include-group"); found {
					members = append(members, member{include: name, place: include.place})
				}
			default:
				r.fail(item.place, `write a requirement or {include-group = "NAME"}`, "an item of %s is neither a requirement nor an include", what)
			}
		}
		r.declareGroup(Group{Name: k.name, List: List{Place: k.place}}, members)
	}
}

// declareGroup adds a group as written.
func (r *reader) declareGroup(g Group, members []member) {
	before := len(r.groups.list)
	r.addGroup(&r.groups.list, "a dependency group", g)
	if len(r.groups.list) > before {
		r.groups.index[r.groups.list[before].Key] = before
		r.groups.members = append(r.groups.members, members)
		r.groups.state = append(r.groups.state, unresolved)
	}
}

// resolveGroups returns the groups with what they include.
func (r *reader) resolveGroups() []Group {
	for i := range r.groups.list {
		r.resolveGroup(i)
	}
	return r.groups.list
}

// resolveGroup resolves a group, unless that was done or is being done.
func (r *reader) resolveGroup(i int) {
	g := r.groups
	if g.state[i] != unresolved {
		return
	}
	g.state[i] = resolving
	defer func() { g.state[i] = resolved }()
	for _, m := range g.members[i] {
		add := []Requirement{m.Requirement}
		if m.include != "" {
			j, found := g.index[pep508.NormalizeName(m.include)]
			switch {
			case !found:
				r.fail(m.place, "", "there is no dependency group %q", m.include)
				continue
			case g.state[j] == resolving:
				r.fail(m.place, "remove one of the includes", "the dependency group %q includes itself, directly or over others", g.list[j].Name)
				continue
			}
			r.resolveGroup(j)
			if why := g.list[j].Unknown; why != "" {
				g.list[i].Unknown = why
			}
			add = g.list[j].Requires
		}
		if g.total += len(add); g.total > maximumGroups || len(g.list[i].Requires)+len(add) > maximumGroup {
			r.fail(g.list[i].Place, "", "the dependency group %q has too many requirements: at most %d, and %d in all groups", g.list[i].Name, maximumGroup, maximumGroups)
			return
		}
		g.list[i].Requires = append(g.list[i].Requires, add...)
	}
	if g.list[i].Unknown != "" {
		g.list[i].Requires = nil
	}
}
