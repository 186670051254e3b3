package pypi

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"toxgen/internal/foreign"
)

// contentType is what a PEP 691 index answers with.
const contentType = "application/vnd.pypi.simple.v1+json"

// parsePage reads a project's page (PEP 691, 700, 714) token by token and keeps what [File] holds. Relative URLs
// are resolved against the page's own.
func parsePage(project string, page *url.URL, data []byte) (*Project, error) {
	p := &pageParser{decoder: jsontext.NewDecoder(bytes.NewReader(data)), page: page, project: &Project{Name: project}, texts: map[string]string{}}
	if err := p.object(p.member); err != nil {
		return nil, fmt.Errorf("the page of %s is not what PEP 691 describes: %s", project, foreign.Text(err.Error()))
	}
	if !p.hasFiles {
		return nil, fmt.Errorf("the page of %s lists no files", project)
	}
	return p.project, nil
}

type pageParser struct {
	decoder  *jsontext.Decoder
	page     *url.URL
	project  *Project
	hasFiles bool
	// texts are interned: most files of a project say the same.
	texts map[string]string
}

// object calls member for each name of an object, which has to read the value.
func (p *pageParser) object(member func(name string) error) error {
	if kind := p.decoder.PeekKind(); kind != '{' {
		return p.unexpected("an object", kind)
	}
	if _, err := p.decoder.ReadToken(); err != nil {
		return err
	}
	for p.decoder.PeekKind() == '"' {
		token, err := p.decoder.ReadToken()
		if err != nil {
			return err
		}
		if err := member(token.String()); err != nil {
			return err
		}
	}
	_, err := p.decoder.ReadToken()
	return err
}

func (p *pageParser) unexpected(want string, kind jsontext.Kind) error {
	if kind == 0 { // the next token is an error of its own
		_, err := p.decoder.ReadToken()
		return err
	}
	return fmt.Errorf("%s stands where %s belongs", kind, want)
}

func (p *pageParser) member(name string) error {
	switch name {
	case "meta":
		return p.object(p.meta)
	case "files":
		p.hasFiles = true
		return p.files()
	default:
		return p.decoder.SkipValue()
	}
}

func (p *pageParser) meta(name string) error {
	if name != "api-version" {
		return p.decoder.SkipValue()
	}
	version, err := p.text()
	if err == nil && version != "1" && !strings.HasPrefix(version, "1.") {
		err = fmt.Errorf("the index speaks version %q of the API, not 1", version)
	}
	return err
}

func (p *pageParser) files() error {
	if kind := p.decoder.PeekKind(); kind != '[' {
		return p.unexpected("a list", kind)
	}
	if _, err := p.decoder.ReadToken(); err != nil {
		return err
	}
	for p.decoder.PeekKind() == '{' {
		var f File
		if err := p.object(func(name string) error { return p.fileMember(&f, name) }); err != nil {
			return err
		}
		if !f.classify(p.project.Name) {
			p.project.Ignored++
			continue
		}
		reference, err := p.page.Parse(f.URL)
		if err != nil {
			return fmt.Errorf("the URL of %q is invalid", f.Filename)
		}
		f.URL = reference.String()
		p.project.Files = append(p.project.Files, f)
	}
	_, err := p.decoder.ReadToken()
	return err
}

func (p *pageParser) fileMember(f *File, name string) (err error) {
	switch name {
	case "filename":
		f.Filename, err = p.text()
	case "url":
		f.URL, err = p.text()
	case "requires-python":
		f.RequiresPython, err = p.text()
		f.RequiresPython = p.intern(f.RequiresPython)
	case "hashes":
		err = p.digests(&f.SHA256)
	case "upload-time":
		var text string
		if text, err = p.text(); err == nil && text != "" {
			if f.Uploaded, err = time.Parse(time.RFC3339Nano, text); err != nil {
				err = fmt.Errorf("upload-time is %q", text)
			}
		}
	case "yanked":
		err = p.yanked(f)
	case "core-metadata":
		err = p.core(f)
	case "dist-info-metadata":
		if f.Core != Unsaid {
			return p.decoder.SkipValue()
		}
		err = p.core(f)
	default:
		err = p.decoder.SkipValue()
	}
	return err
}

// text reads a text; null is an empty one.
func (p *pageParser) text() (string, error) {
	switch kind := p.decoder.PeekKind(); kind {
	case '"':
		token, err := p.decoder.ReadToken()
		if err != nil {
			return "", err
		}
		return token.String(), nil
	case 'n':
		_, err := p.decoder.ReadToken()
		return "", err
	default:
		return "", p.unexpected("a text", kind)
	}
}

func (p *pageParser) intern(s string) string {
	if known, ok := p.texts[s]; ok {
		return known
	}
	p.texts[s] = s
	return s
}

func (p *pageParser) digests(sha256 *string) error {
	return p.object(func(name string) error {
		if name != "sha256" {
			return p.decoder.SkipValue()
		}
		digest, err := p.text()
		if err == nil && !isSHA256(digest) {
			err = errors.New("a sha256 is no digest")
		}
		*sha256 = strings.ToLower(digest)
		return err
	})
}

func isSHA256(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(s) == 64
}

// yanked reads true, false, or the reason; an empty reason means not yanked, as pip has it.
func (p *pageParser) yanked(f *File) error {
	switch kind := p.decoder.PeekKind(); kind {
	case 't', 'f', 'n':
		_, err := p.decoder.ReadToken()
		f.Yanked = kind == 't'
		return err
	default:
		reason, err := p.text()
		f.YankedReason = p.intern(reason)
		f.Yanked = reason != ""
		return err
	}
}

func (p *pageParser) core(f *File) error {
	switch kind := p.decoder.PeekKind(); kind {
	case 't', 'f', 'n':
		_, err := p.decoder.ReadToken()
		f.Core = map[jsontext.Kind]CoreMetadata{'t': Advertised, 'f': Absent, 'n': Unsaid}[kind]
		return err
	default:
		f.Core = Advertised
		return p.digests(&f.CoreSHA256)
	}
}
