package pypi

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"toxgen/internal/pypitest"
	"toxgen/internal/wheel"
)

// atHand is an archive of which all parts are there, with a limit of its members.
func atHand(tb testing.TB, file *File, content []byte, limit int64) *remote {
	tb.Helper()
	c, err := New(Options{URL: "http://index.invalid", Limits: Limits{Metadata: limit}})
	if err != nil {
		tb.Fatal(err)
	}
	r := &remote{client: c, ctx: context.Background(), file: file}
	r.keepWhole(content)
	return r
}

// lasts asserts that an error is one of the archive: it would not go away if it were read again.
func lasts(t *testing.T, err error) {
	t.Helper()
	if err != nil && !errors.As(err, new(*UnreadableError)) {
		t.Errorf("%v is not for ever", err)
	}
}

// unpacked is what a gzip file holds.
func unpacked(tb testing.TB, packed []byte) []byte {
	tb.Helper()
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		tb.Fatal(err)
	}
	data, err := io.ReadAll(reader)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// zipped is a tar file as a zip file.
func zipped(tb testing.TB, content []byte) []byte {
	tb.Helper()
	var all members
	for reader := tar.NewReader(bytes.NewReader(content)); ; {
		header, err := reader.Next()
		if err == io.EOF {
			return pypitest.Zip(all...)
		}
		text, errText := io.ReadAll(reader)
		if err != nil || errText != nil {
			tb.Fatal(err, errText)
		}
		all = append(all, member(header.Name, string(text)))
	}
}

// sdistNamed is a source distribution by its file's name, or nil if that names none.
func sdistNamed(filename string) *File {
	file := &File{Filename: filename}
	if s, err := wheel.ParseSdist(filename); err != nil || !file.classify(s.Name) {
		return nil
	}
	return file
}

// answersWithin asserts that what was read of a source distribution is as small as the limit has it, and is an answer
// or an error for ever.
func answersWithin(t *testing.T, s *statics, whole bool, err error, limit int) {
	t.Helper()
	if err == nil {
		_, err = s.answer(whole, 1<<16)
	}
	if lasts(t, err); len(s.requires) > limit {
		t.Errorf("%d bytes of requires.txt", len(s.requires))
	}
}

// FuzzSdist: what a tar file says of itself never leads to more than the limits allow.
func FuzzSdist(f *testing.F) {
	f.Add(pypitest.Tar(pkgInfo(infoBare), eggRequires(requires)), "demo-1.0.tar.gz", true)
	f.Add(unpacked(f, pypitest.Tar(member("./demo-1.0/PKG-INFO", infoStatic), pypitest.Member{Name: "a", Link: "b"})), "demo-1.0.tar.gz", false)
	f.Add(unpacked(f, pypitest.Tar(pkgInfo(infoOld), member("demo-1.0/src/demo.egg-info/PKG-INFO", infoOld))), "demo-1.0.tar.gz", false)
	for i, text := range pypitest.Recorded(f).Sdists {
		f.Add(unpacked(f, text.Content), text.Name, i%4 == 0)
	}
	f.Fuzz(func(t *testing.T, content []byte, filename string, classifiers bool) {
		file := sdistNamed(filename)
		if file == nil {
			return
		}
		// A tar file in the form in which a fuzzer can change it, too.
		var repacked bytes.Buffer
		z := gzip.NewWriter(&repacked)
		_, _ = z.Write(content)
		_ = z.Close()
		for _, content := range [][]byte{content, repacked.Bytes()} {
			s := newStatics(file, Requirements)
			if classifiers {
				s.need = Classifiers
			}
			body := &limited{reader: bytes.NewReader(content), left: 1 << 16}
			whole, err := s.tar(body, &answer{length: int64(len(content)), body: body}, Limits{Metadata: 1 << 10, Unpacked: 1 << 20})
			answersWithin(t, s, whole, err, 1<<10)
		}
	})
}

// FuzzSdistZip: a zip file is no worse than a tar file.
func FuzzSdistZip(f *testing.F) {
	f.Add(pypitest.Zip(pkgInfo(infoBare), eggRequires(requires)), "demo-1.0.zip", false)
	f.Add(pypitest.Zip(eggRequires(""), member("demo-1.0/src/demo.egg-info/PKG-INFO", infoOld), pkgInfo(infoDynamic)), "demo-1.0.zip", true)
	for _, text := range pypitest.Recorded(f).Sdists {
		f.Add(zipped(f, unpacked(f, text.Content)), strings.TrimSuffix(text.Name, ".tar.gz")+".zip", false)
	}
	f.Fuzz(func(t *testing.T, content []byte, filename string, classifiers bool) {
		file := sdistNamed(filename)
		if file == nil {
			return
		}
		s := newStatics(file, Requirements)
		if classifiers {
			s.need = Classifiers
		}
		err := s.zip(atHand(t, file, content, 1<<10))
		answersWithin(t, s, true, err, 1<<10)
	})
}

// FuzzHeaderFields: whatever a server says of pauses, of how long an answer lasts and of the bytes that it sends, it is
// within bounds.
func FuzzHeaderFields(f *testing.F) {
	f.Add("120", "max-age=600, public", "60", "bytes 100-199/200", 100)
	f.Add("Fri, 31 Jul 2026 23:59:59 GMT", `MAX-AGE="600", immutable`, "", "bytes 0-0/1", 1)
	f.Add("18446744073709551616", "max-age=-2147483648", "-2147483648", "bytes 9223372036854775807--9223372036854775808/5", 2)
	f.Add("-1", "no-store", "1", "bytes */200", 0)
	now := time.Date(2026, 8, 10, 4, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, after, control, age, text string, length int) {
		if pause, stated := retryAfter(after, now); stated && pause < 0 {
			t.Errorf("Retry-After %q: %s", after, pause)
		}
		expires, keep := freshness(http.Header{"Cache-Control": {control}, "Age": {age}}, now)
		if keep && (expires.Before(now) || expires.After(now.Add(maximumFreshness))) || !keep && !expires.IsZero() {
			t.Errorf("Cache-Control %q, Age %q: until %s, %v", control, age, expires, keep)
		}
		if length < 0 {
			return
		}
		offset, size, err := contentRange(text, length)
		if err == nil && (offset < 0 || offset > size || int64(length) > size-offset) {
			t.Errorf("Content-Range %q of %d bytes: %d of %d", text, length, offset, size)
		}
	})
}
