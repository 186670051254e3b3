package pypi

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"toxgen/internal/metadata"
	"toxgen/internal/private"
)

// cacheVersion is part of the key of every entry, so that other versions do not read it. It changes with the form of the
// entries, and whenever the program would read another answer in the same bytes: also what cannot be read is kept.
const cacheVersion = "7"

// A cache keeps answers on disk: each page in a file named by its key, all metadata in one log. The key of an entry contains
// the credentials of the client, so that users of one index who share a folder do not get each other's answers. Errors are
// ignored: an entry that cannot be read or written, is no regular file of the user, or is larger than the cache would make
// it is treated as missing.
type cache struct {
	dir      string
	metadata entryLog
	// scope begins the key of every entry: the version of the cache, and the digest of the credentials if there are any.
	scope string
	// largest is the maximum size of a page.
	largest int64
}

// newCache returns a cache of a version, which is [cacheVersion].
func newCache(version, dir string, credentials *url.Userinfo, largest int64) *cache {
	c := &cache{dir: dir, scope: version + " ", largest: largest + mebibyte} // the validators may be as large as the headers
	if credentials != nil {
		password, stated := credentials.Password()
		sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %t", credentials.Username(), password, stated))
		c.scope += hex.EncodeToString(sum[:])
	}
	if dir != "" {
		c.metadata.path = filepath.Join(dir, "metadata-"+version)
	}
	return c
}

// key returns the key of the page at a location.
func (c *cache) key(location *url.URL) logKey { return keyOf(c.scope + " " + location.String()) }

// place returns the path of the file of a page.
func (c *cache) place(key logKey) string {
	return filepath.Join(c.dir, "pages", hex.EncodeToString(key[:]))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// page returns the cached page of a project, and until when it may be used without revalidation. That time is the
// modification time of the file, so that a revalidated page need not be written again. A time too far in the future was
// not set by the cache and is ignored.
func (c *cache) page(location *url.URL, name string) (kept *keptPage, expires time.Time) {
	record, expires, ok := c.read(c.key(location))
	if !ok {
		return nil, time.Time{}
	}
	var err error
	if len(record) == statusLength { // no page is so short
		kept = &keptPage{}
		kept.missing, err = strconv.Atoi(record)
	} else {
		kept, err = decodePage(name, record)
	}
	if err != nil {
		return nil, time.Time{}
	}
	if time.Until(expires) > maximumFreshness {
		expires = time.Time{}
	}
	return kept, expires
}

// read returns the record of a page and the modification time of its file. The checksum before the record is that of the
// key and the record.
func (c *cache) read(key logKey) (record string, at time.Time, ok bool) {
	if c.dir == "" {
		return "", time.Time{}, false
	}
	file, info, err := openEntry(c.place(key), c.largest)
	if err != nil {
		return "", time.Time{}, false
	}
	defer file.Close()
	var stated [crc32.Size]byte
	if _, err := io.ReadFull(file, stated[:]); err != nil {
		return "", time.Time{}, false
	}
	sum := crc32.New(castagnoli)
	_, _ = sum.Write(key[:])
	text, err := readText(io.TeeReader(io.LimitReader(file, c.largest), sum), info.Size())
	if err != nil || sum.Sum32() != binary.LittleEndian.Uint32(stated[:]) {
		return "", time.Time{}, false
	}
	return text, info.ModTime(), true
}

// buffers are for reading files, of which there are hundreds.
var buffers = sync.Pool{New: func() any { b := make([]byte, 64<<10); return &b }}

// readText reads a text of about a size, without a copy: a page is a megabyte and more.
func readText(r io.Reader, size int64) (string, error) {
	var text strings.Builder
	text.Grow(int(size))
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	_, err := io.CopyBuffer(&text, r, *buffer)
	return text.String(), err
}

// openEntry opens a file of the cache to read it. What is in its place and was not written by the cache is removed, so that
// the cache can write there.
func openEntry(name string, limit int64) (*os.File, fs.FileInfo, error) {
	file, err := private.Open(name, os.O_RDONLY)
	if err == nil {
		info, failed := file.Stat()
		if err = failed; err == nil && info.Size() > limit {
			err = errOver
		}
		if err == nil {
			return file, info, nil
		}
		_ = file.Close()
	}
	if errors.Is(err, private.ErrNotPrivate) || errors.Is(err, errOver) {
		_ = os.Remove(name)
	}
	return nil, nil, err
}

// putPage writes a page. The write is not atomic: a reader that sees a partial file rejects it by its checksum.
func (c *cache) putPage(location *url.URL, record string, expires time.Time) {
	if c.dir == "" {
		return
	}
	key := c.key(location)
	name := c.place(key)
	if os.MkdirAll(filepath.Dir(name), 0o700) != nil {
		return
	}
	entry := append(make([]byte, crc32.Size, crc32.Size+len(record)), record...)
	binary.LittleEndian.PutUint32(entry, crc32.Update(crc32.Checksum(key[:], castagnoli), castagnoli, entry[crc32.Size:]))
	if write(name, os.O_TRUNC, entry) != nil {
		_ = os.Remove(name)
		return
	}
	c.refresh(location, expires)
}

// write writes to a private file in one piece.
func write(name string, flag int, data []byte) error {
	file, err := private.Open(name, os.O_WRONLY|os.O_CREATE|flag)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Close())
}

// statusLength is the number of digits of a status.
const statusLength = 3

// putMissing keeps the status with which the index answered that it does not have a project.
func (c *cache) putMissing(location *url.URL, status int, expires time.Time) {
	c.putPage(location, strconv.Itoa(status), expires)
}

// refresh sets until when a page may be used. If that fails, the page is revalidated too early. A zero time changes nothing.
func (c *cache) refresh(location *url.URL, expires time.Time) {
	_ = os.Chtimes(c.place(c.key(location)), expires, expires)
}

// The kinds of entries of the log besides the sources of metadata.
const (
	keptUnreadable = "unreadable" // what follows is the reason
	keptMissing    = "missing"    // also unreadable, because the index does not have the file
)

// forNeed returns the key of an entry that serves one need only.
func forNeed(key string, need Need) string { return fmt.Sprint(key, " ", need) }

// metadataOf returns what is cached of the metadata of a file by their key: the metadata, or that they cannot be read.
func (c *cache) metadataOf(key string, f *File, need Need) (m *Metadata, err error, known bool) {
	for _, key := range []string{key, forNeed(key, need)} {
		entry, found := c.metadata.get(c.scope + " " + key)
		head, text, valid := strings.Cut(entry, "\n")
		kind, until, _ := strings.Cut(head, " ")
		switch {
		case !found, !valid, !c.lasts(f, until):
		case kind == keptUnreadable, kind == keptMissing:
			return nil, &UnreadableError{Filename: f.Filename, Reason: text, Missing: kind == keptMissing}, true
		default:
			return &Metadata{metadata.Parse([]byte(text)), Source(kind)}, nil, true
		}
	}
	return nil, nil, false
}

// lasts reports whether an entry that may be used until a time, in seconds since 1970, may still be used. An entry without
// a time lasts if the index states a digest, because the content for a URL and a digest never changes.
func (c *cache) lasts(f *File, until string) bool {
	if until == "" {
		return f.hasDigest()
	}
	seconds, err := strconv.ParseInt(until, 10, 64)
	left := time.Until(time.Unix(seconds, 0))
	return err == nil && left > 0 && left <= maximumFreshness
}

// putMetadata keeps the metadata of a file, or that they cannot be read; any other error is not kept. What is bound to a
// digest lasts. Without one it lasts as long as the page that lists the file, or as the server states if that is shorter.
// That a file is missing, or that something else was received, lasts for a short time.
func (c *cache) putMetadata(key string, f *File, need Need, may storage, m *Metadata, err error) {
	unreadable, isUnreadable := errors.AsType[*UnreadableError](err)
	if err != nil && !isUnreadable || !may.keep {
		return
	}
	var kind, text string
	passing := false
	switch {
	case err == nil:
		kind, text = string(m.Source), format(&m.Metadata)
	case unreadable.Missing:
		kind, text, passing = keptMissing, unreadable.Reason, true
	default:
		kind, text, passing = keptUnreadable, unreadable.Reason, unreadable.passing
	}
	if now := time.Now(); passing || !f.hasDigest() {
		until := f.Expires
		if soon := now.Add(notFoundFreshness); passing && (f.hasDigest() || soon.Before(until)) {
			until = soon
		}
		if until = may.until(until); !now.Before(until) {
			return
		}
		kind += " " + strconv.FormatInt(until.Unix(), 10)
	}
	if err != nil || m.Source == NotDetermined {
		key = forNeed(key, need)
	}
	c.metadata.add(c.scope+" "+key, []byte(kind+"\n"+text))
}

// format returns metadata as text that metadata.Parse parses to the same metadata.
func format(m *metadata.Metadata) string {
	var b strings.Builder
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
	return b.String()
}
