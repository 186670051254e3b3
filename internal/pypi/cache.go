package pypi

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// cacheVersion is part of every entry's name: another version never reads it.
const cacheVersion = "1"

// cache keeps answers on disk, each in a file named by the digest of what was asked. It is a convenience: an
// entry that cannot be read or written is passed over.
type cache struct{ dir string }

// pageEntry is a page with what HTTP says of its age.
type pageEntry struct {
	project *Project
	etag    string
	expires time.Time
}

func (c cache) path(kind, key string) string {
	sum := sha256.Sum256([]byte(cacheVersion + " " + key))
	name := hex.EncodeToString(sum[:16])
	return filepath.Join(c.dir, kind, name[:2], name)
}

func (c cache) read(kind, key string) ([]byte, bool) {
	if c.dir == "" {
		return nil, false
	}
	data, err := os.ReadFile(c.path(kind, key))
	if err != nil || len(data) < sha256.Size {
		return nil, false
	}
	sum := sha256.Sum256(data[sha256.Size:])
	return data[sha256.Size:], bytes.Equal(sum[:], data[:sha256.Size])
}

// write puts an entry in its place in one step.
func (c cache) write(kind, key string, data []byte) {
	if c.dir == "" {
		return
	}
	name := c.path(kind, key)
	if os.MkdirAll(filepath.Dir(name), 0o777) != nil {
		return
	}
	draft, err := os.CreateTemp(filepath.Dir(name), "draft-")
	if err != nil {
		return
	}
	sum := sha256.Sum256(data)
	_, errSum := draft.Write(sum[:])
	_, errData := draft.Write(data)
	if errSum != nil || errData != nil || draft.Close() != nil || os.Rename(draft.Name(), name) != nil {
		_ = os.Remove(draft.Name())
	}
}

// metadata are kept for ever: a file's URL and digest never mean other content.
func (c cache) metadata(key string) (data []byte, source Source, ok bool) {
	entry, ok := c.read("metadata", key)
	if !ok {
		return nil, "", false
	}
	name, data, ok := bytes.Cut(entry, []byte("\n"))
	return data, Source(name), ok
}

func (c cache) putMetadata(key string, data []byte, source Source) {
	c.write("metadata", key, append([]byte(string(source)+"\n"), data...))
}

// storedPage is a page on disk. Texts that repeat stand once, in Texts.
type storedPage struct {
	Name    string
	ETag    string
	Expires int64
	Ignored int
	Files   []storedFile
	Texts   []string
}

// storedFile is a file without what its name says.
type storedFile struct {
	Filename, URL          string
	SHA256, CoreSHA256     []byte
	RequiresPython, Reason int
	Yanked                 bool
	Uploaded               int64
	Core                   CoreMetadata
}

func (c cache) page(location *url.URL, name string) (pageEntry, bool) {
	data, ok := c.read("pages", location.String())
	if !ok {
		return pageEntry{}, false
	}
	var s storedPage
	if err := gob.NewDecoder(bufio.NewReader(bytes.NewReader(data))).Decode(&s); err != nil || s.Name != name {
		return pageEntry{}, false
	}
	p := &Project{Name: s.Name, Ignored: s.Ignored, Files: make([]File, len(s.Files))}
	for i, stored := range s.Files {
		if stored.RequiresPython >= len(s.Texts) || stored.Reason >= len(s.Texts) || stored.RequiresPython < 0 || stored.Reason < 0 {
			return pageEntry{}, false
		}
		f := File{Filename: stored.Filename, URL: stored.URL, SHA256: hex.EncodeToString(stored.SHA256), CoreSHA256: hex.EncodeToString(stored.CoreSHA256),
			RequiresPython: s.Texts[stored.RequiresPython], YankedReason: s.Texts[stored.Reason], Yanked: stored.Yanked, Core: stored.Core}
		if stored.Uploaded != 0 {
			f.Uploaded = time.Unix(0, stored.Uploaded).UTC()
		}
		if !f.classify(name) {
			return pageEntry{}, false
		}
		p.Files[i] = f
	}
	return pageEntry{p, s.ETag, time.Unix(0, s.Expires)}, true
}

func (c cache) putPage(location *url.URL, e pageEntry) {
	if c.dir == "" {
		return
	}
	s := storedPage{Name: e.project.Name, ETag: e.etag, Expires: e.expires.UnixNano(), Ignored: e.project.Ignored}
	places := map[string]int{}
	place := func(text string) int {
		i, known := places[text]
		if !known {
			i = len(s.Texts)
			places[text] = i
			s.Texts = append(s.Texts, text)
		}
		return i
	}
	for _, f := range e.project.Files {
		stored := storedFile{Filename: f.Filename, URL: f.URL, RequiresPython: place(f.RequiresPython), Reason: place(f.YankedReason),
			Yanked: f.Yanked, Core: f.Core}
		stored.SHA256, _ = hex.DecodeString(f.SHA256)
		stored.CoreSHA256, _ = hex.DecodeString(f.CoreSHA256)
		if !f.Uploaded.IsZero() {
			stored.Uploaded = f.Uploaded.UnixNano()
		}
		s.Files = append(s.Files, stored)
	}
	var b bytes.Buffer
	if gob.NewEncoder(&b).Encode(s) == nil {
		c.write("pages", location.String(), b.Bytes())
	}
}
