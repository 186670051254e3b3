package laws

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"toxgen/internal/pypitest"
)

// A World is a beginning and a history. It is data: each part can be left out, and the rest still means something.
type World struct {
	Seed   uint64
	Index  Index
	Config Config
	Steps  []Step
	// Variant is how law 3 runs each command a second time.
	Variant Variant
}

// A Step is some events, then a command. Command holds arguments of the program; in `-before=9d` the time is 9 days
// before the test began.
type Step struct {
	Events  []Event
	Command []string
}

// A Variant is a circumstance that a result must not depend on.
type Variant string

// The variants.
const (
	Warm     Variant = "with the cache that the same command left"
	Shuffled Variant = "with files in another order on the pages, and late answers"
	Kept     Variant = "with a cache that was kept since the first step"
)

// clone returns a deep copy of a value that consists of exported fields.
func clone[T any](v T) T {
	var c T
	data, err := json.Marshal(v)
	must(err)
	must(json.Unmarshal(data, &c))
	return c
}

// An Index is what the package index has.
type Index []Project

// A Project is one project of an index.
type Project struct {
	Name  string
	Files []File
	// Page is the status that its page is answered with; 0: the page lists the files.
	Page int
}

// A File is a wheel or an sdist of a release.
type File struct {
	Version string
	// Tag is what stands between the version and `.whl` in a wheel's name, a build tag included; empty: an sdist.
	Tag         string
	Requires    []string
	Python      string // requires-python
	Classifiers []string
	Extras      []string
	Days        int // days since the upload
	Yanked      bool
	NoDigest    bool // the page states no digest
	Edition     int  // how often the content was replaced
	Lost        bool // the page lists it, but neither the file nor its metadata can be had
	Unserved    bool // the page lists its metadata, but only the file can be had
	// Mark names a project that this file alone requires. So the lock and the facts show whether the file was adopted.
	Mark string
}

// now is when the test began. All ages are days and half a day more or less, so a slow test moves none over a limit.
var now = time.Now().UTC().Truncate(time.Second)

// cooldown is the days that the worlds' configurations have as cooldown.
const cooldown = 3

func daysAgo(days int) time.Time { return now.AddDate(0, 0, -days).Add(-12 * time.Hour) }

// project returns the project of a name, or nil.
func (x Index) project(name string) *Project {
	for i := range x {
		if x[i].Name == name {
			return &x[i]
		}
	}
	return nil
}

// versions returns the versions that a project has files of, in the order of its files.
func (p *Project) versions() []string {
	var versions []string
	for _, f := range p.Files {
		if !slices.Contains(versions, f.Version) {
			versions = append(versions, f.Version)
		}
	}
	return versions
}

// oldest returns the age in days of a release's oldest file, or -1 if it has none.
func (p *Project) oldest(version string) int {
	days := -1
	for _, f := range p.Files {
		if f.Version == version {
			days = max(days, f.Days)
		}
	}
	return days
}

// name returns the file's name.
func (f *File) name(project string) string {
	if f.Tag == "" {
		return project + "-" + f.Version + ".tar.gz"
	}
	return strings.ReplaceAll(project, "-", "_") + "-" + f.Version + "-" + f.Tag + ".whl"
}

// file returns the file as the test index serves it.
func (f *File) file(project string) pypitest.File {
	var headers []string
	for _, c := range f.Classifiers {
		headers = append(headers, "Classifier: Programming Language :: Python :: "+c)
	}
	for _, e := range f.Extras {
		headers = append(headers, "Provides-Extra: "+e)
	}
	for _, r := range f.Requires {
		headers = append(headers, "Requires-Dist: "+r)
	}
	if f.Mark != "" {
		headers = append(headers, "Requires-Dist: "+f.Mark)
	}
	if f.Python != "" {
		headers = append(headers, "Requires-Python: "+f.Python)
	}
	if f.Edition > 0 {
		headers = append(headers, "Summary: edition "+strings.Repeat("I", f.Edition))
	}
	var file pypitest.File
	if f.Tag == "" {
		text := strings.Join(append([]string{"Metadata-Version: 2.2", "Name: " + project, "Version: " + f.Version}, headers...), "\n") + "\n"
		top := project + "-" + f.Version + "/"
		file = pypitest.File{Filename: f.name(project), Core: pypitest.CoreMissing, Metadata: text, Members: []pypitest.Member{{Name: top + "PKG-INFO", Text: text},
			{Name: top + "setup.py", Text: "raise SystemExit('never run')\n"}}}
	} else {
		file = pypitest.TaggedWheel(project, f.Version, f.Tag, headers...)
	}
	file.RequiresPython, file.Yanked, file.Uploaded = f.Python, f.Yanked, daysAgo(f.Days)
	if f.Yanked {
		file.Reason = "broken"
	}
	if f.NoDigest {
		file.SHA256 = "none"
	}
	return file
}

// publish makes a server serve an index, and the projects that marks name.
func publish(server *pypitest.Server, x Index, marks []string, more pypitest.Fault) {
	server.Reset()
	for _, p := range x {
		files := make([]pypitest.File, len(p.Files))
		for i := range p.Files {
			files[i] = p.Files[i].file(p.Name)
			path := "/files/" + p.Name + "/" + p.Files[i].name(p.Name)
			if p.Files[i].Lost {
				server.Fault(path, 0, pypitest.Status(http.StatusNotFound))
			}
			if p.Files[i].Lost || p.Files[i].Unserved {
				server.Fault(path+".metadata", 0, pypitest.Status(http.StatusNotFound))
			}
		}
		if p.Page != 0 {
			server.Fault("/simple/"+p.Name+"/", 0, pypitest.Status(p.Page, "Retry-After: 0"))
		}
		server.Set(pypitest.Project{Name: p.Name, Files: files})
	}
	for _, mark := range marks {
		f := File{Version: "1.0", Tag: "py3-none-any", Days: 400}
		server.Set(pypitest.Project{Name: mark, Files: []pypitest.File{f.file(mark)}})
	}
	if more != nil {
		server.Fault("/simple/*/", 0, more)
		server.Fault("/files/*/*", 0, more)
	}
}

// uncached answers as the server does, but lets no cache keep the answer without asking: so a cache that is kept while
// the index changes has no right to serve what it has.
func uncached(w http.ResponseWriter, r *http.Request, next http.Handler) {
	next.ServeHTTP(&uncachedWriter{ResponseWriter: w}, r)
}

type uncachedWriter struct {
	http.ResponseWriter
	begun bool
}

// WriteHeader serves [http.ResponseWriter].
func (w *uncachedWriter) WriteHeader(status int) {
	if !w.begun {
		w.begun = true
		w.Header().Set("Cache-Control", "no-cache")
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write serves [http.ResponseWriter].
func (w *uncachedWriter) Write(p []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

// must stops the test where the machine, not the program, fails.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
