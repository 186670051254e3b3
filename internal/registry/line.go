package registry

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"toxgen/internal/pep440"
)

// line is a release as it is written; the order of the fields is the order of the keys.
type line struct {
	Version        string         `json:"version"`
	Uploaded       string         `json:"uploaded,omitempty"`
	Yanked         yanked         `json:"yanked,omitzero"`
	RequiresPython string         `json:"requires-python,omitempty"`
	Sdist          bool           `json:"sdist,omitzero"`
	Wheels         []string       `json:"wheels,omitempty"`
	Files          []fileLine     `json:"files,omitempty"`
	Metadata       []metadataLine `json:"metadata,omitempty"`
	Unreadable     string         `json:"unreadable,omitempty"`
	Verdicts       []verdictLine  `json:"verdicts,omitempty"`
}

type fileLine struct {
	File           string  `json:"file"`
	RequiresPython *string `json:"requires-python,omitzero"`
	Yanked         yanked  `json:"yanked,omitzero"`
}

type metadataLine struct {
	For            []string `json:"for,omitempty"`
	SHA256         string   `json:"sha256,omitempty"`
	Classifiers    []string `json:"classifiers,omitzero"`
	RequiresPython *string  `json:"requires-python,omitzero"`
	Requires       []string `json:"requires,omitzero"`
	Extras         []string `json:"extras,omitzero"`
	Source         string   `json:"source,omitempty"`
}

type verdictLine struct {
	Python    string   `json:"python"`
	Extras    []string `json:"extras,omitempty"`
	Supported bool     `json:"supported"`
	Reason    string   `json:"reason"`
}

// yanked is false (left out), true, or the reason.
type yanked Yanked

// MarshalJSONTo writes true or the reason.
func (y yanked) MarshalJSONTo(e *jsontext.Encoder) error {
	if y.Reason == "" {
		return e.WriteToken(jsontext.Bool(y.Is))
	}
	return e.WriteToken(jsontext.String(y.Reason))
}

// UnmarshalJSONFrom reads what MarshalJSONTo writes.
func (y *yanked) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	token, err := d.ReadToken()
	if err != nil {
		return err
	}
	switch token.Kind() {
	case 't':
		*y = yanked{Is: true}
	case '"':
		*y = yanked{Is: true, Reason: token.String()}
	default:
		return fmt.Errorf("yanked is %s, neither true nor a reason", token)
	}
	return nil
}

// parseLine reads one line without its line end.
func parseLine(data []byte) (Release, error) {
	var l line
	if err := json.Unmarshal(data, &l, json.RejectUnknownMembers(true)); err != nil {
		return Release{}, err
	}
	v, err := pep440.Parse(l.Version)
	if err != nil {
		return Release{}, err
	}
	r := Release{Version: v, Yanked: Yanked(l.Yanked), RequiresPython: l.RequiresPython, Sdist: l.Sdist, Wheels: l.Wheels, Unreadable: l.Unreadable}
	if l.Uploaded != "" {
		if r.Uploaded, err = time.Parse(time.RFC3339Nano, l.Uploaded); err != nil {
			return Release{}, fmt.Errorf("uploaded is %q, not a time like 2026-08-10T04:00:00Z", l.Uploaded)
		}
		r.Uploaded = r.Uploaded.UTC()
	}
	for _, f := range l.Files {
		if !l.has(f.File) {
			return Release{}, fmt.Errorf("files names %q, which the release does not have", f.File)
		}
		r.Files = append(r.Files, File{f.File, f.RequiresPython, Yanked(f.Yanked)})
	}
	for _, m := range l.Metadata {
		r.Metadata = append(r.Metadata, Metadata(m))
	}
	for _, v := range l.Verdicts {
		r.Verdicts = append(r.Verdicts, Verdict(v))
	}
	return r, nil
}

func (l *line) has(file string) bool {
	return file == SdistFile && l.Sdist || slices.Contains(l.Wheels, file)
}

// appendLine writes a release with its line end.
func appendLine(b *bytes.Buffer, r Release) {
	l := line{Version: r.Version.String(), Yanked: yanked(r.Yanked), RequiresPython: r.RequiresPython, Sdist: r.Sdist,
		Wheels: r.Wheels, Unreadable: r.Unreadable}
	if !r.Uploaded.IsZero() {
		l.Uploaded = r.Uploaded.UTC().Format(time.RFC3339Nano)
	}
	for _, f := range r.Files {
		l.Files = append(l.Files, fileLine{f.File, f.RequiresPython, yanked(f.Yanked)})
	}
	for _, m := range r.Metadata {
		l.Metadata = append(l.Metadata, metadataLine(m))
	}
	for _, v := range r.Verdicts {
		l.Verdicts = append(l.Verdicts, verdictLine(v))
	}
	data, err := json.Marshal(&l, json.FormatNilSliceAsNull(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		panic(err) // texts, truth values and lists of them only
	}
	b.Write(data)
	b.WriteByte('\n')
}

// lineError makes one line of a JSON error.
func lineError(err error) string {
	text := err.Error()
	text = strings.TrimPrefix(text, "jsontext: ")
	text = strings.TrimPrefix(text, "json: ")
	return strings.Join(strings.Fields(text), " ")
}
