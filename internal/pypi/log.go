package pypi

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// entryLog keeps many small entries in one file, since the making of thousands of files takes longer than all else. An
// entry is only ever added, in one write, so that several processes can; of two with one key the later counts. A
// damaged entry is passed over, and a log that has grown too long begins anew. It is a convenience as the cache is:
// where it cannot be read or written, it holds nothing.
type entryLog struct {
	path string // empty: there is none
	once sync.Once
	mu   sync.Mutex
	held map[logKey]string
}

// logKey is the digest of what an entry answers.
type logKey [16]byte

// maximumLog is how many bytes of a log are kept.
const maximumLog = 64 << 20

// An entry is a mark, its length as of the key on, the checksum of as many bytes, the key and what is kept under it.
// The mark's first byte is in no UTF-8.
const (
	logMark = "\xfftx\n"
	logHead = len(logMark) + 4 + crc32.Size
)

func keyOf(text string) (key logKey) {
	sum := sha256.Sum256([]byte(cacheVersion + " " + text))
	copy(key[:], sum[:])
	return key
}

// get is what is kept under a key.
func (l *entryLog) get(text string) (entry string, ok bool) {
	l.once.Do(l.load)
	l.mu.Lock()
	defer l.mu.Unlock()
	entry, ok = l.held[keyOf(text)]
	return entry, ok
}

// add keeps an entry under a key.
func (l *entryLog) add(text string, entry []byte) {
	if l.path == "" || os.MkdirAll(filepath.Dir(l.path), 0o777) != nil {
		return
	}
	l.once.Do(l.load)
	key := keyOf(text)
	l.mu.Lock()
	l.held[key] = string(entry)
	l.mu.Unlock()
	file, err := os.OpenFile(l.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
	if err != nil {
		return
	}
	defer file.Close()
	body := slices.Concat(key[:], entry)
	head := binary.LittleEndian.AppendUint32([]byte(logMark), uint32(len(body)))
	head = binary.LittleEndian.AppendUint32(head, crc32.Checksum(body, castagnoli))
	_, _ = file.Write(append(head, body...)) // at worst it is passed over
}

// load reads the log, and removes one that is too long.
func (l *entryLog) load() {
	l.held = map[logKey]string{}
	if l.path == "" {
		return
	}
	if info, err := os.Stat(l.path); err == nil && info.Size() > maximumLog {
		_ = os.Remove(l.path)
		return
	}
	if data, err := os.ReadFile(l.path); err == nil {
		l.held = readLog(string(data))
	}
}

// readLog reads the entries that are whole.
func readLog(data string) map[logKey]string {
	held := map[logKey]string{}
	for {
		at := strings.Index(data, logMark)
		if at < 0 {
			return held
		}
		data = data[at:]
		body, ok := logBody(data)
		if !ok {
			data = data[len(logMark):]
			continue
		}
		held[logKey([]byte(body[:len(logKey{})]))] = body[len(logKey{}):]
		data = data[logHead+len(body):]
	}
}

// logBody is the key and what is kept under it of the entry that data begins with.
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
