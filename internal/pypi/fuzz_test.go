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

// fetched returns an archive whose content is fetched completely, with a limit on the size of its members.
func fetched(tb testing.TB, file *File, content []byte, limit int64) *remote {
	tb.Helper()
	c, err := New(Options{URL: "http://index.invalid", Limits: Limits{Metadata: limit}})
	if err != nil {
		tb.Fatal(err)
	}
	return &remote{client: c, ctx: context.Background(), file: file, size: int64(len(content)), parts: []part{{0, content}}}
}

// checkPermanent checks that an error is about the archive itself and would occur again.
func checkPermanent(t *testing.T, err error) {
	t.Helper()
	if err != nil && !errors.As(err, new(*UnreadableError)) {
		t.Errorf("%v is not permanent", err)
	}
}

// unpacked returns the content of a gzip file.
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

// zipped returns a zip file with the members of a tar file.
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

// sdistNamed returns a source distribution with a file name, or nil if the name is not valid.
func sdistNamed(filename string) *File {
	file := &File{Filename: filename}
	if s, err := wheel.ParseSdist(filename); err != nil || !file.classify(s.Name) {
		return nil
	}
	return file
}

// checkResult checks that the content read from a source distribution is within the limit, and that the result is
// metadata or a permanent error.
func checkResult(t *testing.T, s *statics, whole bool, err error, limit int) {
	t.Helper()
	if err == nil {
		_, err = s.result(whole, 1<<16)
	}
	if checkPermanent(t, err); size(s) > limit {
		t.Errorf("%d bytes of descriptions", size(s))
	}
}

// size returns the size of the descriptions of a source distribution.
func size(s *statics) (n int) {
	for _, text := range s.texts {
		n += len(text)
	}
	return n
}

// FuzzSdist checks that no tar file makes the client exceed its limits.
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
		// An unpacked tar file is easier to change for a fuzzer.
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
			checkResult(t, s, whole, err, 1<<10)
		}
	})
}

// FuzzSdistZip checks that no zip file makes the client exceed its limits.
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
		err := s.zip(fetched(t, file, content, 1<<10))
		checkResult(t, s, true, err, 1<<10)
	})
}

// FuzzHeaderFields checks that the parsed values of Retry-After, Cache-Control, Age and Content-Range are within their
// limits, whatever a server sends.
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
		may := storageOf(http.Header{"Cache-Control": {control}, "Age": {age}}, true, now)
		if !may.expires.IsZero() && (!may.keep || may.expires.Before(now) || may.expires.After(now.Add(maximumFreshness))) {
			t.Errorf("Cache-Control %q, Age %q: %+v", control, age, may)
		}
		if length < 0 {
			return
		}
		offset, size, stated := contentRange(text, length)
		if stated && (offset < 0 || offset > size || int64(length) > size-offset) {
			t.Errorf("Content-Range %q of %d bytes: %d of %d", text, length, offset, size)
		}
	})
}
