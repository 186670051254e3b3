package pypitest

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// A Text is one text or archive of a recorded slice.
type Text struct {
	// Project is the normalised name of its project, Name the name of the file.
	Project, Name string
	Content       []byte
}

// Texts holds the content of a recorded slice without a server, as a seed corpus for fuzz tests. An archive contains the
// recorded members.
type Texts struct {
	// Pages holds a page with the newest files of each project.
	Pages []Text
	// Metadata holds the recorded metadata of wheels and sdists, Requires the requires.txt of sdists.
	Metadata, Requires []Text
	Wheels, Sdists     []Text
}

// pageFiles is the number of files on a page of [Texts].
const pageFiles = 6

// Recorded returns a few texts of each project of [Slice], in a fixed order.
func Recorded(tb testing.TB) Texts {
	tb.Helper()
	folder := Slice()
	names, err := Names(folder)
	if err != nil {
		tb.Fatal(err)
	}
	r := &recording{folder: folder, stubs: true, projects: map[string]*recorded{}}
	server := &Server{source: r}
	var t Texts
	for _, name := range names {
		files, _ := r.listing(name)
		t.Pages = append(t.Pages, Text{name, name, server.render(name, files[max(len(files)-pageFiles, 0):]).body()})
		p := r.project(name)
		wheels := slices.Sorted(maps.Keys(p.exact))
		for i, wheel := range wheels {
			if archive, ok := r.archive(name, wheel); ok && i == len(wheels)-1 {
				t.Metadata = append(t.Metadata, Text{name, wheel, []byte(p.exact[wheel])})
				t.Wheels = append(t.Wheels, Text{name, wheel, archive})
			}
		}
		for _, sdist := range slices.Sorted(maps.Keys(p.members)) {
			archive, _ := r.archive(name, sdist)
			t.Sdists = append(t.Sdists, Text{name, sdist, archive})
			for _, member := range slices.Sorted(maps.Keys(p.members[sdist])) {
				text := Text{name, member, []byte(p.members[sdist][member])}
				switch {
				case strings.HasSuffix(member, "/requires.txt"):
					t.Requires = append(t.Requires, text)
				case strings.HasSuffix(member, "/PKG-INFO"):
					t.Metadata = append(t.Metadata, text)
				}
			}
		}
	}
	return t
}
