package pypi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"toxgen/internal/display"
)

// contentType is the content type of a PEP 691 page in JSON.
const contentType = "application/vnd.pypi.simple.v1+json"

// checkContentType returns an error unless an answer is in JSON, the only form that this client reads.
func checkContentType(kind string) error {
	if name, _, err := mime.ParseMediaType(kind); err == nil && name == contentType {
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
// decodePage decodes. It ignores unknown members and replaces invalid UTF-8. The error is errTruncated if the page ends
// early, and errOver if it is too large.
func parsePage(a *answer) ([]byte, error) {
	p := &pageParser{page: withoutSecrets(a.url), decoder: jsontext.NewDecoder(a.body, jsontext.AllowInvalidUTF8(true)), limit: a.body.left}
	p.origin = []byte((&url.URL{Scheme: p.page.Scheme, Host: p.page.Host}).String())
	err := p.object(p.member)
	if err == nil {
		err = p.end()
	}
	switch {
	case a.body.over, errors.Is(err, errOver):
		return nil, errOver
	case err == nil && !p.hasFiles:
		return nil, errors.New("it lists no files")
	case errors.Is(err, io.ErrUnexpectedEOF), err == io.EOF:
		return nil, errTruncated
	case err != nil:
		return nil, fmt.Errorf("it is not what PEP 691 describes: %s", err)
	}
	p.head.etag, p.head.modified, p.head.files = a.header.Get("ETag"), a.header.Get("Last-Modified"), p.count
	return append(p.head.append(nil), p.record...), nil
}

type pageParser struct {
	decoder *jsontext.Decoder
	// page is the URL of the page, origin its scheme and host.
	page     *url.URL
	origin   []byte
	head     recordHead
	hasFiles bool
	count    int
	record   []byte
	// limit limits the size of the record too, because relative URLs become longer in it.
	limit int64
	// file, name and time are reused to save allocations.
	file       fileRecord
	name, time []byte
}

// object reads an object. It calls member for each name; member must read the value. The name is valid until then.
func (p *pageParser) object(member func(name []byte) error) error {
	if err := p.delimiter('{', "an object"); err != nil {
		return err
	}
	for p.decoder.PeekKind() == '"' {
		var err error
		if p.name, err = p.append(p.name[:0]); err != nil {
			return err
		}
		if err := member(p.name); err != nil {
			return err
		}
	}
	_, err := p.decoder.ReadToken()
	return err
}

// delimiter reads the first token of an object or list.
func (p *pageParser) delimiter(kind jsontext.Kind, what string) error {
	if found := p.decoder.PeekKind(); found != kind && found != 0 {
		return fmt.Errorf("expected %s, found %s", what, found)
	}
	_, err := p.decoder.ReadToken()
	return err
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
		return errors.New("something follows the page")
	}
	return nil
}

func (p *pageParser) member(name []byte) error {
	switch string(name) {
	case "meta":
		return p.object(p.meta)
	case "project-status":
		return p.object(p.status)
	case "files":
		p.hasFiles = true
		return p.files()
	default:
		return p.decoder.SkipValue()
	}
}

func (p *pageParser) meta(name []byte) error {
	if string(name) != "api-version" {
		return p.decoder.SkipValue()
	}
	text, err := p.text(nil)
	if version := string(text); err == nil && version != "1" && !strings.HasPrefix(version, "1.") {
		err = fmt.Errorf("it has version %q of the API, not 1", version)
	}
	return err
}

// status reads a member of the project status (PEP 792).
func (p *pageParser) status(name []byte) error {
	into := map[string]*string{"status": &p.head.status, "reason": &p.head.reason}[string(name)]
	if into == nil {
		return p.decoder.SkipValue()
	}
	text, err := p.text(nil)
	*into = string(text)
	return err
}

func (p *pageParser) files() error {
	if err := p.delimiter('[', "a list"); err != nil {
		return err
	}
	for p.decoder.PeekKind() == '{' {
		if p.count++; p.count > maximumFiles {
			return fmt.Errorf("it lists more than %d files", maximumFiles)
		}
		p.file.reset()
		if err := p.object(p.fileMember); err != nil {
			return err
		}
		p.file.url = p.absolute(p.file.url)
		if p.record = p.file.append(p.record); int64(len(p.record)) > p.limit {
			return errOver
		}
	}
	if kind := p.decoder.PeekKind(); kind != ']' && kind != 0 {
		return fmt.Errorf("expected a file, found %s", kind)
	}
	_, err := p.decoder.ReadToken()
	return err
}

func (p *pageParser) fileMember(name []byte) (err error) {
	f := &p.file
	switch string(name) {
	case "filename":
		f.filename, err = p.text(f.filename)
	case "url":
		f.url, err = p.text(f.url)
	case "requires-python":
		f.requiresPython, err = p.text(f.requiresPython)
	case "hashes":
		f.sha256, err = p.digests(f.sha256)
	case "upload-time":
		err = p.uploaded()
	case "yanked":
		err = p.yanked()
	case "core-metadata", "dist-info-metadata": // the older name of the same (PEP 714)
		err = p.core()
	default:
		err = p.decoder.SkipValue()
	}
	return err
}

// absolute resolves the URL of a file against that of the page and removes credentials. It does not parse URLs of the
// usual forms. An invalid URL becomes empty, so that it affects only its file.
func (p *pageParser) absolute(reference []byte) []byte {
	switch at := bytes.IndexByte(reference, '@') >= 0; {
	case len(reference) == 0, !at && bytes.HasPrefix(reference, []byte("https://")):
		return reference
	case !at && bytes.HasPrefix(reference, []byte("/")) && !bytes.HasPrefix(reference, []byte("//")):
		return slices.Insert(reference, 0, p.origin...)
	}
	u, err := p.page.Parse(string(reference))
	if err != nil {
		return reference[:0]
	}
	u.User = nil
	return append(reference[:0], u.String()...)
}

// text reads a string into b, replacing its content. null is read as an empty string.
func (p *pageParser) text(b []byte) ([]byte, error) {
	switch kind := p.decoder.PeekKind(); kind {
	case '"':
		return p.append(b[:0])
	case 'n', 0:
		_, err := p.decoder.ReadToken()
		return b[:0], err
	default:
		return b, fmt.Errorf("expected a string, found %s", kind)
	}
}

// uploaded reads an upload time. An invalid time is treated as not stated, so that it affects only its file.
func (p *pageParser) uploaded() error {
	var err error
	p.time, err = p.text(p.time)
	if at := (time.Time{}); err == nil && at.UnmarshalText(p.time) == nil {
		p.file.uploaded = at.UnixMicro()
	}
	return err
}

// digests reads the digests of a file and returns the SHA-256.
func (p *pageParser) digests(sum []byte) ([]byte, error) {
	err := p.object(func(name []byte) (err error) {
		if string(name) != "sha256" {
			return p.decoder.SkipValue()
		}
		if sum, err = p.text(sum); err == nil && !toSHA256(sum) {
			err = fmt.Errorf("the sha256 of %q is not a digest", p.file.filename)
		}
		return err
	})
	return sum, err
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

// yanked reads true, false or the reason. An empty reason means that the file is not yanked, as in pip.
func (p *pageParser) yanked() (err error) {
	f := &p.file
	switch kind := p.decoder.PeekKind(); kind {
	case 't', 'f':
		_, err = p.decoder.ReadToken()
		f.yanked = kind == 't'
	default:
		f.reason, err = p.text(f.reason)
		f.yanked = len(f.reason) > 0
	}
	return err
}

// core reads true, false or the digests of the metadata. The member may occur under two names.
func (p *pageParser) core() error {
	f := &p.file
	stated := Unsaid
	var err error
	switch kind := p.decoder.PeekKind(); kind {
	case 't', 'f', 'n':
		_, err = p.decoder.ReadToken()
		stated = map[jsontext.Kind]CoreMetadata{'t': Advertised, 'f': Absent}[kind]
	default:
		stated = Advertised
		f.coreSHA256, err = p.digests(f.coreSHA256)
	}
	if stated == Advertised || f.core == Unsaid {
		f.core = stated
	}
	return err
}
