package pypi

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"toxgen/internal/display"
)

// contentType is the content type of a PEP 691 page in JSON.
const contentType = "application/vnd.pypi.simple.v1+json"

// checkContentType returns an error unless an answer is in JSON, the only form that this client reads. As in pip, the
// parameters of the content type do not matter.
func checkContentType(kind string) error {
	if strings.HasPrefix(strings.ToLower(kind), contentType) {
		return nil
	}
	return notJSON(fmt.Sprintf("it answered with %q", display.Cut(kind)))
}

// notJSON returns the error for an index that does not support JSON. how describes its answer.
func notJSON(how string) error {
	return fmt.Errorf("the index does not support the JSON form of the Simple API (PEP 691, %s): %s", contentType, how)
}

// maximumFiles limits the number of files of one page. The largest known page has about 15,000.
const maximumFiles = 500_000

// parsePage reads the page of a project (PEP 691, 700, 714, 792) token by token and returns it as a record, which
// decodePage decodes.
//
// A fault of the page affects one file where it can. null is the same as absence. Of a member that stands twice the first
// counts. Unknown members are ignored, and invalid UTF-8 is replaced. A file with an unusable member, such as a number in
// the place of a URL, is ignored. Otherwise the members mean what they mean to pip. The error is errTruncated if the page
// ends early, and errOver if it is too large.
func parsePage(name string, a *answer) (string, error) {
	p := &pageParser{page: withoutSecrets(a.url), limit: a.body.left, record: recordBuilder{project: name}}
	p.decoder = jsontext.NewDecoder(withoutMark(a.body), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	p.origin = []byte((&url.URL{Scheme: p.page.Scheme, Host: p.page.Host}).String())
	err := p.delimiter('{', "an object")
	if err == nil {
		err = p.object(pageMembers, p.member)
	}
	if err == nil {
		err = p.end()
	}
	switch {
	case a.body.over, errors.Is(err, errOver):
		return "", errOver
	case errors.Is(err, io.ErrUnexpectedEOF), err == io.EOF:
		return "", errTruncated
	case err != nil:
		return "", fmt.Errorf("it is not what PEP 691 describes: %s", err)
	}
	p.record.head.etag, p.record.head.modified = a.header.Get("ETag"), a.header.Get("Last-Modified")
	return p.record.record(), nil
}

// withoutMark returns a reader without the byte order mark that the text may begin with.
func withoutMark(r io.Reader) io.Reader {
	const mark = "\ufeff"
	b := bufio.NewReader(r)
	if begin, _ := b.Peek(len(mark)); string(begin) == mark { // an error comes again with the next bytes
		_, _ = b.Discard(len(mark))
	}
	return b
}

type pageParser struct {
	decoder *jsontext.Decoder
	// page is the URL of the page, origin its scheme and host.
	page   *url.URL
	origin []byte
	count  int
	record recordBuilder
	// limit limits the size of the record too, because relative URLs become longer in it.
	limit int64
	file  pageFile
	// name and time are reused to save allocations.
	name, time []byte
}

// A pageFile is the file that is being read.
type pageFile struct {
	fileRecord
	// unusable is set if a member makes the file unusable, badCore if the member about its metadata does.
	unusable, badCore bool
	// newer is set if the index states the metadata under the newer of the two names.
	newer bool
}

// The members that are read, of the page and its parts.
var (
	pageMembers   = []string{"meta", "project-status", "files"}
	metaMembers   = []string{"api-version"}
	statusMembers = []string{"status", "reason"}
	fileMembers   = []string{"url", "hashes", "requires-python", "upload-time", "yanked", "core-metadata", "dist-info-metadata"}
	digestMembers = []string{"sha256"}
)

// object reads the rest of an object. It calls member for the first occurrence of each of the given names; member must read
// the value. Other values are skipped.
func (p *pageParser) object(names []string, member func(name string) error) error {
	if _, err := p.decoder.ReadToken(); err != nil {
		return err
	}
	var seen uint
	for p.decoder.PeekKind() == '"' {
		var err error
		if p.name, err = p.append(p.name[:0]); err != nil {
			return err
		}
		i := slices.IndexFunc(names, func(name string) bool { return name == string(p.name) })
		if i < 0 || seen&(1<<i) != 0 {
			err = p.decoder.SkipValue()
		} else {
			seen |= 1 << i
			err = member(names[i])
		}
		if err != nil {
			return err
		}
	}
	_, err := p.decoder.ReadToken()
	return err
}

// delimiter returns an error unless an object or list begins here.
func (p *pageParser) delimiter(kind jsontext.Kind, what string) error {
	if found := p.decoder.PeekKind(); found != kind && found != 0 {
		return fmt.Errorf("expected %s, found %s", what, found)
	}
	return nil
}

// append reads a string and appends it to b.
func (p *pageParser) append(b []byte) ([]byte, error) {
	value, err := p.decoder.ReadValue()
	if err != nil {
		return b, err
	}
	b, _ = jsontext.AppendUnquote(b, value) // the decoder has checked it
	return b, nil
}

// end checks that nothing follows the page. Reading to the end also proves that the body is complete.
func (p *pageParser) end() error {
	if _, err := p.decoder.ReadToken(); err != io.EOF {
		return errors.New("unexpected data after the page")
	}
	return nil
}

func (p *pageParser) member(name string) error {
	switch kind := p.decoder.PeekKind(); {
	case name == "files":
		return p.files()
	case kind != '{':
		return p.decoder.SkipValue()
	case name == "meta":
		return p.object(metaMembers, p.version)
	default:
		return p.object(statusMembers, p.status)
	}
}

// version checks the version of the API, a string or a number. As PEP 629 demands, it refuses a greater major version.
func (p *pageParser) version(string) error {
	value, err := p.decoder.ReadValue()
	if err != nil {
		return err
	}
	text := strings.Trim(string(value), `"`)
	major, _, _ := strings.Cut(text, ".")
	if n, err := strconv.Atoi(major); err == nil && n > 1 {
		return fmt.Errorf("it has version %q of the API, not 1", text)
	}
	return nil
}

// status reads a member of the project status (PEP 792).
func (p *pageParser) status(name string) error {
	text, _, err := p.text(nil)
	if name == "status" {
		p.record.head.status = string(text)
	} else {
		p.record.head.reason = string(text)
	}
	return err
}

// files reads the list of files. A page without one has no files.
func (p *pageParser) files() error {
	if p.decoder.PeekKind() != '[' {
		is, err := p.truth()
		if err == nil && is {
			err = errors.New("its files are not a list")
		}
		return err
	}
	if _, err := p.decoder.ReadToken(); err != nil {
		return err
	}
	for p.decoder.PeekKind() != ']' {
		if p.count++; p.count > maximumFiles {
			return fmt.Errorf("it lists more than %d files", maximumFiles)
		}
		if err := p.readFile(); err != nil {
			return err
		}
		if p.record.add(&p.file.fileRecord); p.record.size > p.limit {
			return errOver
		}
	}
	_, err := p.decoder.ReadToken()
	return err
}

// readFile reads one entry of the list. One that is unusable becomes a file without a name, which is ignored.
func (p *pageParser) readFile() (err error) {
	f := &p.file
	f.reset()
	f.unusable, f.badCore, f.newer = false, false, false
	if p.decoder.PeekKind() != '{' {
		return p.decoder.SkipValue()
	}
	if err := p.object(fileMembers, p.fileMember); err != nil {
		return err
	}
	if p.place(); f.unusable || f.badCore {
		f.reset()
	}
	return nil
}

func (p *pageParser) fileMember(name string) (err error) {
	f := &p.file
	usable := true
	switch name {
	case "url":
		f.url, usable, err = p.text(f.url)
	case "requires-python":
		f.requiresPython, usable, err = p.text(f.requiresPython)
	case "hashes":
		f.sha256, usable, err = p.digests(f.sha256)
	case "upload-time":
		usable, err = p.uploaded()
	case "yanked":
		err = p.yanked()
	default:
		err = p.core(name == "core-metadata")
	}
	f.unusable = f.unusable || !usable
	return err
}

// place makes the URL of a file absolute and takes the file name from it, as pip does, and the digest that a fragment
// states, which counts before that of the member. A file without a valid URL is unusable.
func (p *pageParser) place() {
	f := &p.file
	reference, fragment, hasFragment := bytes.Cut(f.url, []byte("#"))
	if algorithm, sum := statedDigest(fragment); hasFragment && algorithm == "sha256" {
		f.sha256 = append(f.sha256[:0], sum...)
		f.unusable = f.unusable || !toSHA256(f.sha256)
	}
	f.url = p.absolute(append(f.url[:0], reference...))
	f.filename = appendFileName(f.filename, f.url)
	f.unusable = f.unusable || len(f.filename) == 0
}

// statedDigest returns the first digest that the fragment of a URL states, and its algorithm if it is one that pip knows.
func statedDigest(fragment []byte) (algorithm string, sum []byte) {
	for part := range bytes.SplitSeq(fragment, []byte("&")) {
		name, sum, _ := bytes.Cut(part, []byte("="))
		switch string(name) {
		case "sha512", "sha384", "sha256", "sha224", "sha1", "md5":
			return string(name), sum
		}
	}
	return "", nil
}

// appendFileName appends the last segment of the path of a URL, or nothing if it has none.
func appendFileName(b, location []byte) []byte {
	location, _, _ = bytes.Cut(location, []byte("?"))
	location = bytes.TrimRight(location, "/")
	segment := location[bytes.LastIndexByte(location, '/')+1:]
	if bytes.IndexByte(segment, '%') < 0 {
		return append(b, segment...)
	}
	text, err := url.PathUnescape(string(segment))
	if err != nil {
		return b
	}
	return append(b, text[strings.LastIndexByte(text, '/')+1:]...)
}

// absolute resolves the URL of a file against that of the page and removes credentials. It does not parse URLs of the
// usual forms. An invalid URL becomes empty.
func (p *pageParser) absolute(reference []byte) []byte {
	switch {
	case bytes.Contains(reference, []byte("/.")), bytes.HasPrefix(reference, []byte("//")):
	case bytes.HasPrefix(reference, []byte("/")):
		return slices.Insert(reference, 0, p.origin...)
	case hasPlainHost(reference):
		return reference
	}
	u, err := p.page.Parse(string(reference))
	if err != nil {
		return reference[:0]
	}
	u.User = nil
	return append(reference[:0], u.String()...)
}

// hasPlainHost reports whether a URL begins with https and a name of a host without anything else.
func hasPlainHost(location []byte) bool {
	rest, found := bytes.CutPrefix(location, []byte("https://"))
	for i, c := range rest {
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '.', c == '-':
		default:
			return found && i > 0 && c == '/'
		}
	}
	return false
}

// text reads a string into b, replacing its content. Other values that pip takes for absent, such as null, are read as an
// empty string; usable is false for all others.
func (p *pageParser) text(b []byte) (text []byte, usable bool, err error) {
	if p.decoder.PeekKind() == '"' {
		text, err = p.append(b[:0])
		return text, true, err
	}
	is, err := p.truth()
	return b[:0], !is, err
}

// truth reads any value and reports whether it is true as a condition in Python, which is what pip asks.
func (p *pageParser) truth() (bool, error) {
	value, err := p.decoder.ReadValue()
	if err != nil {
		return false, err
	}
	switch value.Kind() {
	case 'n', 'f':
		return false, nil
	case '0':
		number, _ := strconv.ParseFloat(string(value), 64) // one that is out of range is not 0
		return number != 0, nil
	case '"':
		return len(value) > len(`""`), nil
	case '[', '{':
		return len(bytes.TrimSpace(value[1:len(value)-1])) > 0, nil
	default:
		return true, nil
	}
}

// uploaded reads an upload time. One that is not valid by RFC 3339 is treated as not stated.
func (p *pageParser) uploaded() (usable bool, err error) {
	p.time, usable, err = p.text(p.time)
	if at := (time.Time{}); at.UnmarshalText(p.time) == nil {
		p.file.uploaded = at.UnixMicro()
	}
	return usable, err
}

// digests reads the digests of a file and returns the SHA-256.
func (p *pageParser) digests(sum []byte) (_ []byte, usable bool, err error) {
	if kind := p.decoder.PeekKind(); kind != '{' {
		return sum[:0], kind == 'n', p.decoder.SkipValue()
	}
	usable = true
	err = p.object(digestMembers, func(string) (err error) {
		if p.decoder.PeekKind() == 'n' {
			return p.decoder.SkipValue()
		}
		sum, usable, err = p.text(sum)
		usable = usable && toSHA256(sum)
		return err
	})
	return sum, usable, err
}

// toSHA256 changes a digest to lower case in place, and reports whether it is a SHA-256.
func toSHA256(s []byte) bool {
	for i, c := range s {
		if 'A' <= c && c <= 'F' {
			c += 'a' - 'A'
			s[i] = c
		}
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(s) == 64
}

// yanked reads whether a file is yanked: the reason, or any other value.
func (p *pageParser) yanked() (err error) {
	f := &p.file
	if p.decoder.PeekKind() != '"' {
		f.yanked, err = p.truth()
		return err
	}
	f.reason, err = p.append(f.reason[:0])
	f.yanked = len(f.reason) > 0
	return err
}

// core reads whether the index serves the metadata: their digests, or any other value. The member may occur under two
// names (PEP 714), of which the newer counts.
func (p *pageParser) core(newer bool) error {
	f := &p.file
	kind := p.decoder.PeekKind()
	if kind == 'n' || f.newer {
		return p.decoder.SkipValue()
	}
	f.newer, f.badCore, f.coreSHA256 = newer, false, f.coreSHA256[:0]
	if kind == '{' {
		var usable bool
		var err error
		f.core = Advertised
		f.coreSHA256, usable, err = p.digests(f.coreSHA256)
		f.badCore = !usable
		return err
	}
	f.core = Absent
	is, err := p.truth()
	if is {
		f.core = Advertised
	}
	return err
}
