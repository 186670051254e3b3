package pypi

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"toxgen/internal/metadata"
)

// cacheVersion is part of every entry's name: another version never reads it.
const cacheVersion = "1"

// cache keeps answers on disk, each in a file named by the digest of what was asked. It is a convenience: an
// entry that cannot be read or written is passed over.
type cache struct{ dir string }

func (c cache) path(kind, key string) string {
	sum := sha256.Sum256([]byte(cacheVersion + " " + key))
	return filepath.Join(c.dir, kind, hex.EncodeToString(sum[:16]))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// read gives an entry, and when it was written or refreshed.
func (c cache) read(kind, key string) (entry string, at time.Time, ok bool) {
	if c.dir == "" {
		return "", time.Time{}, false
	}
	file, err := os.Open(c.path(kind, key))
	if err != nil {
		return "", time.Time{}, false
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", time.Time{}, false
	}
	var stated [crc32.Size]byte
	if _, err := io.ReadFull(file, stated[:]); err != nil {
		return "", time.Time{}, false
	}
	var text strings.Builder
	text.Grow(int(info.Size()))
	sum := crc32.New(castagnoli)
	if _, err := io.Copy(io.MultiWriter(&text, sum), file); err != nil || sum.Sum32() != binary.LittleEndian.Uint32(stated[:]) {
		return "", time.Time{}, false
	}
	return text.String(), info.ModTime(), true
}

// write puts an entry in its place in one step.
func (c cache) write(kind, key string, data []byte, at time.Time) {
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
	_, errSum := draft.Write(binary.LittleEndian.AppendUint32(nil, crc32.Checksum(data, castagnoli)))
	_, errData := draft.Write(data)
	errClose := draft.Close()
	if errSum != nil || errData != nil || errClose != nil || os.Chtimes(draft.Name(), at, at) != nil || os.Rename(draft.Name(), name) != nil {
		_ = os.Remove(draft.Name())
	}
}

// page is the page of a project and until when it needs no asking: the entry's modification time, so that
// refreshing a page does not write it anew. One too far ahead is not the cache's own.
func (c cache) page(location *url.URL, name string) (kept *keptPage, expires time.Time) {
	record, expires, ok := c.read("pages", location.String())
	if !ok {
		return nil, time.Time{}
	}
	kept, err := decodePage(name, record)
	if err != nil {
		return nil, time.Time{}
	}
	if time.Until(expires) > maximumFreshness {
		expires = time.Time{}
	}
	return kept, expires
}

func (c cache) putPage(location *url.URL, record []byte, expires time.Time) {
	c.write("pages", location.String(), record, expires)
}

func (c cache) refresh(location *url.URL, expires time.Time) {
	_ = os.Chtimes(c.path("pages", location.String()), expires, expires) // at worst it is asked again
}

// metadata are kept for ever: a file's URL and digest never mean other content.
func (c cache) metadata(key string) (*Metadata, bool) {
	entry, _, ok := c.read("metadata", key)
	if !ok {
		return nil, false
	}
	source, text, ok := strings.Cut(entry, "\n")
	return &Metadata{metadata.Parse([]byte(text)), Source(source)}, ok
}

func (c cache) putMetadata(key string, m *Metadata) {
	c.write("metadata", key, append([]byte(string(m.Source)+"\n"), printed(&m.Metadata)...), time.Now())
}

// printed is the text of metadata, which metadata.Parse reads as the same.
func printed(m *metadata.Metadata) []byte {
	var b bytes.Buffer
	header := func(name string, values ...string) {
		for _, value := range values {
			b.WriteString(name + ": " + value + "\n")
		}
	}
	once := func(name, value string) {
		if value != "" {
			header(name, value)
		}
	}
	once("Metadata-Version", m.MetadataVersion)
	once("Name", m.Name)
	once("Version", m.Version)
	once("Requires-Python", m.RequiresPython)
	header("Dynamic", m.Dynamic...)
	header("Classifier", m.Classifiers...)
	header("Requires-Dist", m.RequiresDist...)
	header("Provides-Extra", m.ProvidesExtra...)
	return b.Bytes()
}
