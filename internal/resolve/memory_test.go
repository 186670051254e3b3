package resolve

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"toxgen/internal/metadata"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/python"
)

var linux = python.Platform{System: "linux", Machine: "x86_64", Libc: python.Libc{Family: "glibc", Major: 2, Minor: 28}}

func interpreter(tb testing.TB, text string) python.Version {
	tb.Helper()
	v, _, err := python.Parse(text)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// memoryIndex is an Index in memory.
type memoryIndex struct {
	projects map[string]*Project
	// before, if it is set, is called before each answer with the name of the project or file.
	before func(ctx context.Context, what string) error
}

// reader is the source of a file: it returns the metadata.
type reader func() (*metadata.Metadata, error)

func newMemoryIndex() *memoryIndex {
	return &memoryIndex{projects: map[string]*Project{}}
}

func (x *memoryIndex) ask(ctx context.Context, what string) error {
	if x.before == nil {
		return nil
	}
	return x.before(ctx, what)
}

func (x *memoryIndex) Project(ctx context.Context, name string) (*Project, error) {
	if err := x.ask(ctx, name); err != nil {
		return nil, err
	}
	if p := x.projects[name]; p != nil {
		return p, nil
	}
	if !pep508.IsNormalizedName(name) {
		return nil, fmt.Errorf("%q cannot be the name of a project", name) // as an index that is asked for it
	}
	return nil, fmt.Errorf("project %s: %w", name, ErrNoProject)
}

func (x *memoryIndex) Metadata(ctx context.Context, f *File) (*metadata.Metadata, error) {
	if err := x.ask(ctx, f.Filename); err != nil {
		return nil, err
	}
	return f.Source.(reader)()
}

// book is a universe written by hand, one release per line: its name, its version, other properties, and after
// slashes its requirements.
//
//	a 2.0 yanked=broken python=>=3.13 extras=x,y / b>=1 / c; extra == 'x'
//
// `python` is the Requires-Python of the index and the metadata; `metadata-python` that of the metadata only;
// `hidden` is the reason to hide the file, `metadata-hidden` one to hide its metadata; `tags` are those of the wheel;
// `sdist` makes it a source distribution; `unreadable` is the reason why its metadata cannot be read; `named` is the
// project named in the metadata. In a reason `_` stands for a blank.
type book struct {
	files map[string][]File
	texts map[string]func() (*metadata.Metadata, error)
}

func newBook(lines ...string) *book {
	b := &book{files: map[string][]File{}, texts: map[string]func() (*metadata.Metadata, error){}}
	for _, line := range lines {
		b.add("%s", line)
	}
	return b
}

func (b *book) add(format string, args ...any) {
	parts := strings.Split(fmt.Sprintf(format, args...), " / ")
	words := strings.Fields(parts[0])
	name, version := words[0], words[1]
	properties := map[string]string{}
	for _, word := range words[2:] {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "yanked", "hidden", "metadata-hidden", "unreadable":
			value = strings.ReplaceAll(value, "_", " ")
		}
		properties[key] = value
	}
	f := File{
		Version: pep440.MustParse(version), Tags: "py3-none-any", RequiresPython: properties["python"], Hidden: properties["hidden"],
		YankedReason: properties["yanked"],
	}
	_, f.Yanked = properties["yanked"]
	_, f.Sdist = properties["sdist"]
	if tags := properties["tags"]; tags != "" {
		f.Tags = tags
	}
	f.Filename = fmt.Sprintf("%s-%s-%s.whl", name, version, f.Tags)
	if f.Sdist {
		f.Filename, f.Tags = fmt.Sprintf("%s-%s.tar.gz", name, version), ""
	}
	m := &metadata.Metadata{Name: name, Version: version, RequiresPython: properties["python"] + properties["metadata-python"], RequiresDist: parts[1:]}
	if extras := properties["extras"]; extras != "" {
		m.ProvidesExtra = strings.Split(extras, ",")
	}
	if named := properties["named"]; named != "" {
		m.Name = named
	}
	b.files[name] = append(b.files[name], f)
	b.texts[f.Filename] = func() (*metadata.Metadata, error) { return m, nil }
	if reason, found := properties["unreadable"]; found {
		b.texts[f.Filename] = func() (*metadata.Metadata, error) { return nil, &UnreadableError{reason} }
	}
	if reason, found := properties["metadata-hidden"]; found {
		b.texts[f.Filename] = func() (*metadata.Metadata, error) { return nil, fmt.Errorf("%s: %w", f.Filename, &HiddenError{reason}) }
	}
}

// index returns an index of the releases.
func (b *book) index() *memoryIndex {
	x := newMemoryIndex()
	for name, files := range b.files {
		for i := range files {
			files[i].Source = reader(b.texts[files[i].Filename])
		}
		x.projects[name] = NewProject(files)
	}
	return x
}

// target returns the releases as Python 3.12.1 sees them.
func (b *book) target(tb testing.TB) *Target {
	return NewUniverse(b.index(), 0).Target(interpreter(tb, "3.12.1").On(linux))
}

// ask returns a problem with roots.
func ask(tb testing.TB, lines ...string) *Problem {
	tb.Helper()
	p := &Problem{}
	for i, line := range lines {
		p.Roots = append(p.Roots, root(tb, line, fmt.Sprintf("requirements.txt:%d", i+1)))
	}
	return p
}

func root(tb testing.TB, requirement, origin string) Root {
	tb.Helper()
	r, err := pep508.ParseRequirement(requirement)
	if err != nil {
		tb.Fatal(err)
	}
	return Root{r, origin}
}

// text returns the pins of a result: `a==1.0 b==2.0`.
func (r *Result) text() string {
	var texts []string
	for _, pin := range r.Pins {
		texts = append(texts, pin.Name+"=="+pin.Version.String())
	}
	return strings.Join(texts, " ")
}

// versions returns the pins of a result by name.
func (r *Result) versions() map[string]pep440.Version {
	pins := map[string]pep440.Version{}
	for _, pin := range r.Pins {
		pins[pin.Name] = pin.Version
	}
	return pins
}

// textOf returns pins in the form of Result.text.
func textOf(pins map[string]string) string {
	var texts []string
	for _, name := range slices.Sorted(maps.Keys(pins)) {
		texts = append(texts, name+"=="+pins[name])
	}
	return strings.Join(texts, " ")
}

// TestLooks: of a project the files of those releases alone are asked for that the interpreter and the requirements admit.
func TestLooks(t *testing.T) {
	b := newBook("a 4.0 python=>=3.13", "a 3.0", "a 2.0", "a 1.0")
	x := b.index()
	page := *x.projects["a"]
	x.projects["a"] = &page
	files := page.Files
	var looked []string
	page.Files = func(i int) []File {
		looked = append(looked, page.Releases[i].Version.String())
		return files(i)
	}
	target := NewUniverse(x, 0).Target(interpreter(t, "3.12.1").On(linux))
	r, err := target.Resolve(t.Context(), ask(t, "a<3"))
	if err != nil || r.text() != "a==2.0" || !slices.Equal(looked, []string{"2.0"}) {
		t.Errorf("%+v, %v; looked at the files of %q", r, err, looked)
	}
}
