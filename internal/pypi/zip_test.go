package pypi

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"

	"toxgen/internal/pypitest"
)

// The signatures of the parts of a zip file, and the offsets of some of their fields.
const (
	localHeader, entry, directoryEnd           = "PK\x03\x04", "PK\x01\x02", "PK\x05\x06"
	entryFlags, entryMethod                    = 8, 10
	entryPacked, entrySize, entryOffset        = 20, 24, 42
	endCount, endSize, endOffset               = 10, 12, 16
	largest32                           uint32 = math.MaxUint32
)

// changed returns a zip file with another number in a field of the last part with a signature.
func changed[T uint16 | uint32](content []byte, part string, field int, number T) []byte {
	content = bytes.Clone(content)
	_, err := binary.Encode(content[bytes.LastIndex(content, []byte(part))+field:], binary.LittleEndian, number)
	if err != nil {
		panic(err)
	}
	return content
}

// claiming64 returns the end of a zip file of the given size whose zip64 records state the number of members. The stated
// directory is empty and begins at these records.
func claiming64(members, size uint64) []byte {
	var b []byte
	words := func(words ...uint32) {
		for _, w := range words {
			b = binary.LittleEndian.AppendUint32(b, w)
		}
	}
	long := func(numbers ...uint64) {
		for _, n := range numbers {
			b = binary.LittleEndian.AppendUint64(b, n)
		}
	}
	const record, locator, end = 56, 20, 22
	at := size - record - locator - end
	b = append(b, "PK\x06\x06"...)
	long(record - 12)
	words(45|45<<16, 0, 0)
	long(members, members, 0, at)
	b = append(b, "PK\x06\x07"...)
	words(0)
	long(at)
	words(1)
	b = append(b, directoryEnd...)
	words(0, largest32, 0, largest32)
	return append(b, 0, 0)
}

// Each row is a zip file with wrong statements in its directory.
func TestHostileZip(t *testing.T) {
	const (
		cannot = "the metadata of demo-1.0-py3-none-any.whl cannot be read: "
		large  = cannot + "its metadata are larger than 1048576 bytes"
	)
	good := pypitest.Zip(padding, core)
	long := strings.Repeat("a", 60_000)
	var crowded []pypitest.Member
	for range 300 {
		crowded = append(crowded, pypitest.Member{Name: long})
	}
	tests := []struct {
		name    string
		content []byte
		want    string
	}{
		{"good", good, "six"},
		{"nothing before the directory", good[bytes.Index(good, []byte(entry)):], damaged},
		{"something before the beginning", append([]byte("#!/bin/sh\n"), good...), "six"},
		{"directory elsewhere", changed(good, directoryEnd, endOffset, uint32(7)), damaged},
		{"directory beyond the end", changed(good, directoryEnd, endOffset, largest32-1), damaged},
		{"larger directory", changed(good, directoryEnd, endSize, uint32(len(good))), damaged},
		{"directory larger than the file", changed(good, directoryEnd, endSize, largest32-1), damaged},
		{"fewer members", changed(good, directoryEnd, endCount, uint16(1)), damaged},
		{"more members", changed(good, directoryEnd, endCount, uint16(3)), damaged},
		{"no members", changed(good, directoryEnd, endCount, uint16(0)), damaged},
		{"member beyond the end", changed(good, entry, entryOffset, uint32(len(good))), damaged},
		{"member in the directory", changed(good, entry, entryOffset, uint32(bytes.Index(good, []byte(entry)))), damaged},
		{"member over another", changed(good, entry, entryOffset, uint32(0)), damaged},
		{"large member", changed(good, entry, entrySize, largest32-1), large},
		{"large packed member", changed(good, entry, entryPacked, largest32-1), large},
		{"member that is larger than it says", changed(good, entry, entrySize, uint32(1)), damaged},
		{"packed member that ends early", changed(good, entry, entryPacked, uint32(10)), damaged},
		{"packed member into the directory", changed(good, entry, entryPacked, uint32(200)), damaged},
		{"encrypted", changed(good, entry, entryFlags, uint16(flagEncrypted)), cannot + "its metadata are encrypted"},
		{"unknown compression", changed(good, entry, entryMethod, uint16(99)), damaged},
		{"not packed", changed(good, entry, entryMethod, uint16(0)), damaged},
		{"mark of zip64, no size", changed(good, entry, entrySize, largest32), large},
		{"mark of zip64, no offset", changed(good, entry, entryOffset, largest32), damaged},
		{"mark of zip64, no directory", changed(good, directoryEnd, endOffset, largest32), damaged},
		{"mark of zip64, no count", changed(good, directoryEnd, endCount, uint16(0xffff)), damaged},
		{"zip64, few members", claiming64(5, 98), damaged},
		{"zip64, more members than bytes", claiming64(1000, 98), damaged},
		{"zip64, too many members", claiming64(maximumMembers+1, 98), cannot + "its directory is too large"},
		{"zip64, records elsewhere", claiming64(5, 1<<40), damaged},
		{"directory of 17 MiB", pypitest.Zip(append(crowded, core)...), cannot + "its directory is too large"},
	}
	for _, test := range tests {
		for _, ranges := range []bool{true, false} {
			t.Run(fmt.Sprint(test.name, ", ranges ", ranges), func(t *testing.T) {
				file := pypitest.File{Filename: "demo-1.0-py3-none-any.whl", Core: pypitest.CoreDenied, Content: test.content}
				index := pypitest.New(t, pypitest.Project{Name: "demo", Files: []pypitest.File{file}})
				if !ranges {
					index.Fault("/files/demo/*", 0, pypitest.WithoutRange())
				}
				c := client(t, index, Options{Limits: Limits{Metadata: 1 << 20}})
				var got string
				if bytes := allocated(func() { got = answerOf(t, c, Requirements) }); bytes > 256<<20 {
					t.Errorf("allocated %d MiB", bytes>>20)
				}
				if got != test.want {
					t.Errorf("got %q, want %q", got, test.want)
				}
				if got := index.Count("/files/demo/*"); got > 4 {
					t.Errorf("%d requests, want 4 at most", got)
				}
			})
		}
	}
}

// slice answers for a file of the given size that ends with the given bytes. All other parts are zeros.
func slice(size uint64, end []byte) pypitest.Fault {
	end = append(make([]byte, tail-len(end)), end...)
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		first, last := size-uint64(len(end)), size-1
		body := end
		if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &first, &last); err == nil {
			body = make([]byte, min(last-first+1, 1<<20))
		}
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", first, first+uint64(len(body))-1, size))
		w.WriteHeader(http.StatusPartialContent)
		_, _ = w.Write(body)
	}
}

// short answers with only the first byte of each range.
func short(w http.ResponseWriter, r *http.Request, next http.Handler) {
	var first, last int
	if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &first, &last); err == nil {
		r = r.Clone(r.Context())
		r.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", first, first))
	} else {
		r.Header.Set("Range", "bytes=-1")
	}
	next.ServeHTTP(w, r)
}

// Each row is a server with wrong statements about the size of a file or about the range that it sends.
func TestHostileRanges(t *testing.T) {
	const (
		size    = math.MaxInt64
		cannot  = "the metadata of demo-1.0-py3-none-any.whl cannot be read: "
		partial = "demo-1.0-py3-none-any.whl: the server answered 206 Partial Content"
	)
	tests := []struct {
		name  string
		fault pypitest.Fault
		want  string
		count int
	}{
		{"huge file of as many members as it may hold", slice(size, claiming64(size/30, size)), cannot + "its directory is too large", 1},
		{"huge file of many members", slice(size, claiming64(1<<32, size)), cannot + "its directory is too large", 1},
		{"huge file of few members", slice(size, claiming64(2, size)), damaged, 1},
		{"huge file, directory at its beginning", slice(size, claiming(98, 0, 0)), cannot + "its directory is too large", 1},
		{"huge file, its records elsewhere", slice(size, claiming64(2, size-1<<30)), cannot + "its directory is too large", 1},
		{"huge file of nothing", slice(size, nil), damaged, 2},
		{"larger than huge", slice(size+1, claiming64(2, size)), partial, 2},
		{"a byte at a time", short, partial, 3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			index := pypitest.New(t, pypitest.Project{Name: "demo", Files: []pypitest.File{wheelOf(padding, core)}})
			index.Fault("/files/demo/*", 0, test.fault)
			var got string
			c := client(t, index, Options{})
			if bytes := allocated(func() { got = answerOf(t, c, Requirements) }); bytes > 64<<20 {
				t.Errorf("allocated %d MiB", bytes>>20)
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if got := index.Count("/files/demo/*"); got != test.count {
				t.Errorf("asked %s, want %d requests", filesAsked(index), test.count)
			}
		})
	}
}
