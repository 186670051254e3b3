package pypi

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// An entryLog keeps many small entries in one file, because creating thousands of files would take longer than everything
// else. Entries are only appended, each in one write, so that several processes can write at once; the last entry of a
// key counts. Damaged entries are skipped, and a log that is too long is removed. As in the cache, errors are ignored: a
// log that cannot be read or written is treated as empty.
type entryLog struct {
	path    string // if empty, there is no log
	once    sync.Once
	mu      sync.Mutex
	entries map[logKey]string
}

// A logKey is the digest of the key of an entry.
type logKey [16]byte

// maximumLog is the size in bytes above which a log is removed.
const maximumLog = 64 << 20

// An entry consists of a mark, the length of the body, the checksum of the body, and the body: the key and the content.
// The first byte of the mark never occurs in UTF-8.
const (
	logMark = "\xfftx\n"
	logHead = len(logMark) + 4 + crc32.Size
)

func keyOf(text string) (key logKey) {
	sum := sha256.Sum256([]byte(text))
	copy(key[:], sum[:])
	return key
}

// get returns the content of a key.
func (l *entryLog) get(text string) (entry string, ok bool) {
	l.once.Do(l.load)
	l.mu.Lock()
	defer l.mu.Unlock()
	entry, ok = l.entries[keyOf(text)]
	return entry, ok
}

// add sets the content of a key.
func (l *entryLog) add(text string, entry []byte) {
	if l.path == "" || os.MkdirAll(filepath.Dir(l.path), 0o700) != nil {
		return
	}
	l.once.Do(l.load)
	key := keyOf(text)
	l.mu.Lock()
	l.entries[key] = string(entry)
	l.mu.Unlock()
	body := slices.Concat(key[:], entry)
	head := binary.LittleEndian.AppendUint32([]byte(logMark), uint32(len(body)))
	head = binary.LittleEndian.AppendUint32(head, crc32.Checksum(body, castagnoli))
	_ = write(l.path, os.O_APPEND, append(head, body...)) // a partial entry is skipped
}

// load reads the log.
func (l *entryLog) load() {
	l.entries = map[logKey]string{}
	if l.path == "" {
		return
	}
	file, info, err := openEntry(l.path, maximumLog)
	if err != nil {
		return
	}
	defer file.Close()
	if data, err := readText(io.LimitReader(file, maximumLog), info.Size()); err == nil {
		l.entries = readLog(data)
	}
}

// readLog returns the undamaged entries.
func readLog(data string) map[logKey]string {
	entries := map[logKey]string{}
	for {
		at := strings.Index(data, logMark)
		if at < 0 {
			return entries
		}
		data = data[at:]
		body, ok := logBody(data)
		if !ok {
			data = data[len(logMark):]
			continue
		}
		entries[logKey([]byte(body[:len(logKey{})]))] = body[len(logKey{}):]
		data = data[logHead+len(body):]
	}
}

// logBody returns the body of the entry that data begins with, and whether the entry is undamaged.
func logBody(data string) (body string, ok bool) {
	if len(data) < logHead {
		return "", false
	}
	number := func(at int) uint32 { return binary.LittleEndian.Uint32([]byte(data[at : at+4])) }
	length := uint64(number(len(logMark)))
	if length < uint64(len(logKey{})) || length > uint64(len(data)-logHead) {
		return "", false
	}
	body = data[logHead : logHead+int(length)]
	return body, crc32.Checksum([]byte(body), castagnoli) == number(len(logMark)+4)
}
