package pypitest

import (
	"bufio"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"toxgen/internal/pep508"
	"toxgen/internal/wheel"
)

//go:embed testdata/slice/*.jsonl.gz
var recordings embed.FS

// Slice returns a small recorded slice for [Replay]. A project is a file NAME.jsonl.gz of JSON lines:
//
//	{"name", "serial", "status"}
//	["f", filename, requires-python|null, yanked, upload-time, size, sha256, md]
//	["m", [filenames], source, METADATA]
//	["s", filename of an sdist, partial, {member: text}]
//
// md is 1 if FILENAME.metadata exists on the index, 0 if the index answered 404, null if it was not queried. Metadata are
// trimmed to the headers that resolution and selection need.
func Slice() fs.FS {
	folder, err := fs.Sub(recordings, "testdata/slice")
	must(err)
	return folder
}

// Names returns the sorted names of the projects of a recorded slice.
func Names(folder fs.FS) ([]string, error) {
	files, err := fs.Glob(folder, "*.jsonl.gz")
	for i, file := range files {
		files[i] = strings.TrimSuffix(file, ".jsonl.gz")
	}
	return files, err
}

// ReplayCore tells how a replay serves the metadata of wheels.
type ReplayCore int

// The ways to serve the metadata of wheels.
const (
	ReplayYes  ReplayCore = iota // the page advertises them for every wheel
	ReplayNo                     // the page says nothing, and they are served
	ReplayReal                   // the page says nothing, and only those are served that the index had
)

// A recording is a source of recorded projects. Each is read when it is first used.
type recording struct {
	folder          fs.FS
	core            ReplayCore
	stubs, standIns bool

	mu       sync.Mutex
	projects map[string]*recorded
}

// recorded is one project of a recording.
type recorded struct {
	name  string
	once  sync.Once
	err   error
	gone  bool
	files []listed
	// absent holds the wheels for which the index had no metadata.
	absent map[string]bool
	// exact maps file names to metadata. sibling maps versions, spelled as in file names, to metadata of their release.
	exact, sibling map[string]string
	members        map[string]map[string]string
}

func (r *recording) project(name string) *recorded {
	r.mu.Lock()
	p, known := r.projects[name]
	if !known {
		p = &recorded{name: name, absent: map[string]bool{}, exact: map[string]string{}, sibling: map[string]string{},
			members: map[string]map[string]string{}}
		r.projects[name] = p
	}
	r.mu.Unlock()
	p.once.Do(func() { p.err = p.read(r) })
	if p.err != nil {
		panic(fmt.Errorf("recorded project %s: %w", name, p.err))
	}
	return p
}

func (p *recorded) read(r *recording) error {
	if !pep508.IsNormalizedName(p.name) {
		p.gone = true
		return nil
	}
	file, err := r.folder.Open(p.name + ".jsonl.gz")
	if err != nil {
		p.gone = true
		return nil
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(bufio.NewReader(file))
	if err != nil {
		return err
	}
	lines := jsontext.NewDecoder(unpacked)
	var head struct{ Status int }
	if err := json.UnmarshalDecode(lines, &head); err != nil {
		return err
	}
	p.gone = head.Status == 404
	weak := map[string]bool{}
	for {
		if _, err := lines.ReadToken(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := p.line(r, lines, weak); err != nil {
			return err
		}
		if _, err := lines.ReadToken(); err != nil {
			return err
		}
	}
}

// line reads the values between the brackets of one line.
func (p *recorded) line(r *recording, lines *jsontext.Decoder, weak map[string]bool) error {
	var kind string
	if err := json.UnmarshalDecode(lines, &kind); err != nil {
		return err
	}
	switch kind {
	case "f":
		return p.file(r, lines)
	case "m":
		var names []string
		var source, text string
		err := values(lines, &names, &source, &text)
		for _, name := range names {
			p.exact[name] = text
			p.addSibling(name, text, weak)
		}
		return err
	case "s":
		var name string
		var partial bool
		var members map[string]string
		err := values(lines, &name, &partial, &members)
		p.members[name] = members
		return err
	}
	return fmt.Errorf("a line of kind %q", kind)
}

func (p *recorded) file(r *recording, lines *jsontext.Decoder) error {
	var l listed
	var sum *string
	var requiresPython, yanked, size jsontext.Value
	var exists *int
	if err := values(lines, &l.filename, &requiresPython, &yanked, &l.uploaded, &size, &sum, &exists); err != nil {
		return err
	}
	l.url = "/files/" + p.name + "/" + l.filename
	l.yanked = string(yanked)
	if requiresPython.Kind() != 'n' {
		l.requiresPython = string(requiresPython)
	}
	if !r.stubs { // a stub has neither the recorded digest nor the recorded size
		l.size = string(size)
		if sum != nil {
			l.sha256 = *sum
		}
	}
	if strings.HasSuffix(l.filename, ".whl") && r.core == ReplayYes {
		l.core = "true"
	}
	p.absent[l.filename] = exists != nil && *exists == 0
	p.files = append(p.files, l)
	return nil
}

func values(lines *jsontext.Decoder, into ...any) error {
	for _, v := range into {
		if err := json.UnmarshalDecode(lines, v); err != nil {
			return err
		}
	}
	return nil
}

// standIn is the ending of the name of a stand-in: a wheel that the index never had, with the metadata of an sdist.
const standIn = "-0sdist-py3-none-any.whl"

var python3 = regexp.MustCompile(`(^|\.)(cp3|py3|abi3)`)

// addSibling records the metadata of a file for the wheels of its release that have no record of their own. The metadata
// of a wheel for Python 2 are replaced by those of another file.
func (p *recorded) addSibling(filename, text string, weak map[string]bool) {
	if strings.HasSuffix(filename, standIn) {
		return
	}
	version, _ := p.versionOf(filename)
	isWeak := false
	if strings.HasSuffix(filename, ".whl") {
		parts := strings.Split(filename, "-")
		isWeak = !python3.MatchString(parts[len(parts)-3])
	}
	_, known := p.sibling[version]
	if !known || weak[version] && !isWeak {
		p.sibling[version] = text
		weak[version] = isWeak
	}
}

// versionOf returns the version in a file name as it is spelled there, in lower case, with `_` for `-`.
func (p *recorded) versionOf(filename string) (string, bool) {
	if strings.HasSuffix(filename, ".whl") {
		_, rest, _ := strings.Cut(filename, "-")
		version, _, ok := strings.Cut(rest, "-")
		return strings.ToLower(version), ok
	}
	stem, ending := wheel.CutSdist(filename)
	for i := 0; ending != "" && i < len(stem); i++ {
		if stem[i] == '-' && pep508.NormalizeName(stem[:i]) == p.name {
			return strings.ToLower(strings.ReplaceAll(stem[i+1:], "-", "_")), true
		}
	}
	return "", false
}

// text returns the metadata of a file: its own, or else those of another wheel of its release.
func (p *recorded) text(filename string) (string, bool) {
	if text, ok := p.exact[filename]; ok {
		return text, true
	}
	version, ok := p.versionOf(filename)
	if !ok || strings.HasSuffix(filename, standIn) {
		return "", false
	}
	text, ok := p.sibling[version]
	return text, ok
}

func (r *recording) listing(name string) ([]listed, bool) {
	p := r.project(name)
	files := slices.Clone(p.files)
	if r.standIns {
		files = append(files, p.standIns()...)
	}
	return files, !p.gone
}

// standIns returns a wheel in place of the first sdist of each release that has no wheel for all platforms.
func (p *recorded) standIns() []listed {
	served := map[string]bool{}
	for _, f := range p.files {
		if tags, found := strings.CutSuffix(f.filename, "-none-any.whl"); found && strings.Contains(tags[strings.LastIndexByte(tags, '-'):], "py3") {
			version, _ := p.versionOf(f.filename)
			served[version] = true
		}
	}
	var wheels []listed
	for _, f := range p.files {
		version, ok := p.versionOf(f.filename)
		if !ok || served[version] || strings.HasSuffix(f.filename, ".whl") {
			continue
		}
		f.filename = strings.ReplaceAll(p.name, "-", "_") + "-" + version + standIn
		if _, known := p.exact[f.filename]; !known {
			continue
		}
		served[version] = true
		f.url = "/files/" + p.name + "/" + f.filename
		f.sha256, f.size, f.core = "", "", "true"
		wheels = append(wheels, f)
	}
	return wheels
}

func (r *recording) metadata(name, filename string) (text string, ok, missing bool) {
	p := r.project(name)
	if r.core == ReplayReal && p.absent[filename] {
		return "", false, true
	}
	text, ok = p.text(filename)
	return text, ok, false
}

func (r *recording) archive(name, filename string) ([]byte, bool) {
	if !r.stubs {
		return nil, false
	}
	p := r.project(name)
	if strings.HasSuffix(filename, ".whl") {
		text, ok := p.text(filename)
		if !ok {
			return nil, false
		}
		parts := strings.SplitN(filename, "-", 3)
		folder := parts[0] + "-" + parts[1] + ".dist-info/"
		return Zip(Member{Name: folder + "METADATA", Text: text}, Member{Name: folder + "WHEEL", Text: "Wheel-Version: 1.0\n"},
			Member{Name: folder + "RECORD"}), true
	}
	texts, ok := p.members[filename]
	if !ok {
		return nil, false
	}
	f := File{Filename: filename}
	for _, member := range slices.Sorted(maps.Keys(texts)) {
		f.Members = append(f.Members, Member{Name: member, Text: texts[member]})
	}
	return f.archive(), true
}
