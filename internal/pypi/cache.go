package pypi

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"toxgen/internal/metadata"
)

// cacheVersion is part of the name of every entry, so that other versions do not read it.
const cacheVersion = "5"

// A cache keeps answers on disk: each page in a file named by the digest of its URL, all metadata in one log. Errors are
// ignored: an entry that cannot be read or written is treated as missing.
type cache struct {
	dir      string
	metadata entryLog
}

func newCache(dir string) *cache {
	c := &cache{dir: dir}
	if dir != "" {
		c.metadata.path = filepath.Join(dir, "metadata-"+cacheVersion)
	}
	return c
}

// place returns the path of the file of a page.
func (c *cache) place(location *url.URL) string {
	key := keyOf(location.String())
	return filepath.Join(c.dir, "pages", hex.EncodeToString(key[:]))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// page returns the cached page of a project, and until when it may be used without revalidation. That time is the
// modification time of the file, so that a revalidated page need not be written again. A time too far in the future was
// not set by the cache and is ignored.
func (c *cache) page(location *url.URL, name string) (kept *keptPage, expires time.Time) {
	record, expires, ok := c.read(location)
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

// read returns the record of a page and the modification time of its file.
func (c *cache) read(location *url.URL) (record string, at time.Time, ok bool) {
	if c.dir == "" {
		return "", time.Time{}, false
	}
	file, err := os.Open(c.place(location))
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

// putPage writes a page. The write is not atomic: a reader that sees a partial file rejects it by its checksum.
func (c *cache) putPage(location *url.URL, record []byte, expires time.Time) {
	if c.dir == "" {
		return
	}
	name := c.place(location)
	if os.MkdirAll(filepath.Dir(name), 0o777) != nil {
		return
	}
	sum := binary.LittleEndian.AppendUint32(nil, crc32.Checksum(record, castagnoli))
	if os.WriteFile(name, append(sum, record...), 0o666) != nil {
		_ = os.Remove(name)
		return
	}
	c.refresh(location, expires)
}

func (c *cache) refresh(location *url.URL, expires time.Time) {
	_ = os.Chtimes(c.place(location), expires, expires) // if it fails, the page is revalidated too early
}

// metadataOf returns the cached metadata of a file by its key. The content for a URL and a digest never changes. Without
// a digest the entry expires.
func (c *cache) metadataOf(key string, f *File) (*Metadata, bool) {
	entry, ok := c.metadata.get(key)
	if !ok {
		return nil, false
	}
	head, text, ok := strings.Cut(entry, "\n")
	source, until, _ := strings.Cut(head, " ")
	if !f.hasDigest() {
		seconds, err := strconv.ParseInt(until, 10, 64)
		left := time.Until(time.Unix(seconds, 0))
		ok = ok && err == nil && left > 0 && left <= maximumFreshness
	}
	return &Metadata{metadata.Parse([]byte(text)), Source(source)}, ok
}

func (c *cache) putMetadata(key string, f *File, m *Metadata) {
	head := string(m.Source)
	if !f.hasDigest() {
		if !time.Now().Before(f.Expires) {
			return
		}
		head += " " + strconv.FormatInt(f.Expires.Unix(), 10)
	}
	c.metadata.add(key, append([]byte(head+"\n"), format(&m.Metadata)...))
}

// format returns metadata as text that metadata.Parse parses to the same metadata.
func format(m *metadata.Metadata) []byte {
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
