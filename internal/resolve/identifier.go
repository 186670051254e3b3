package resolve

import "strings"

// identifier is what a resolution decides about: a project, or a project with extras, `gql[all]`. The latter has
// candidates of its own, each of which demands the very same file for the project, so that all of them agree; it
// stands for what the extras add.
type identifier struct {
	name    string
	project string
	// extras are normalised and sorted; a project has none.
	extras []string
}

// pythonIdentifier stands for the interpreter. Releases whose metadata state a Requires-Python demand it. It has one
// candidate and takes a round of its own, which counts when pip's search is to be followed.
var pythonIdentifier = &identifier{name: "<Python from Requires-Python>"}

// identify gives the one identifier of a project with extras, each of them normalised.
func (u *Universe) identify(project string, extras []string) *identifier {
	name := project
	if len(extras) > 0 {
		name += "[" + strings.Join(extras, ",") + "]"
	}
	if known, found := u.identifiers.Load(name); found {
		return known.(*identifier)
	}
	known, _ := u.identifiers.LoadOrStore(name, &identifier{name, project, extras})
	return known.(*identifier)
}
