package pypi

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"toxgen/internal/pypitest"
)

// wheelOf returns a wheel of demo with other members, whose metadata are not served separately.
func wheelOf(members ...pypitest.Member) pypitest.File {
	f := pypitest.Wheel("demo", "1.0")
	f.Core, f.Members = pypitest.CoreDenied, members
	return f
}

var (
	core          = pypitest.Member{Name: "demo-1.0.dist-info/METADATA", Text: "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Dist: six\n"}
	otherMetadata = pypitest.Member{Name: "other-1.0.dist-info/METADATA", Text: "Metadata-Version: 2.1\nName: other\nVersion: 1.0\nRequires-Dist: other\n"}
	padding       = pypitest.Member{Name: "demo/data", Padding: 200_000}
)

// crowd returns n small members.
func crowd(n int) []pypitest.Member {
	var members []pypitest.Member
	for i := range n {
		members = append(members, pypitest.Member{Name: fmt.Sprintf("demo/%0100d", i)})
	}
	return members
}

const damaged = "the metadata of demo-1.0-py3-none-any.whl cannot be read: the archive is damaged"

// claiming returns content that ends like a zip file with one member and a directory of the given size and offset.
func claiming(length int, size, offset uint32) []byte {
	end := binary.LittleEndian.AppendUint32(nil, 0x06054b50)
	end = append(end, 0, 0, 0, 0, 1, 0, 1, 0)
	end = binary.LittleEndian.AppendUint32(end, size)
	end = binary.LittleEndian.AppendUint32(end, offset)
	end = append(end, 0, 0)
	return append(make([]byte, length-len(end)), end...)
}

// understated returns a zip file whose directory states a size of one byte for its first member.
func understated(content []byte) []byte {
	const header, size = "PK\x01\x02", 24
	at := bytes.Index(content, []byte(header)) + size
	binary.LittleEndian.PutUint32(content[at:], 1)
	return content
}

// flipped returns content with another byte after the first occurrence of text.
func flipped(content []byte, text string) []byte {
	content[bytes.Index(content, []byte(text))+len(text)] ^= 0xff
	return content
}

func TestWheelMetadata(t *testing.T) {
	bomb := pypitest.Member{Name: core.Name, Text: core.Text + "\n" + strings.Repeat("bomb", 1<<20)}
	tests := []struct {
		name string
		file pypitest.File
		want string
		// count is the number of requests.
		count int
	}{
		{"small", wheelOf(core), "six", 1},
		{"large, metadata last", wheelOf(padding, core), "six", 1},
		{"large, metadata first", wheelOf(core, padding), "six", 2},
		{"many members, metadata last", wheelOf(append(crowd(1000), core)...), "six", 3},
		{"many members, metadata first", wheelOf(append([]pypitest.Member{core, padding}, crowd(3000)...)...), "six", 3},
		{"long metadata first", wheelOf(pypitest.Member{Name: core.Name, Text: core.Text + "\n", Padding: 300_000}, padding), "six", 2},
		{"another's metadata before", wheelOf(otherMetadata, core), "six", 1},
		{"another's metadata after", wheelOf(core, otherMetadata), "six", 1},
		{"another's metadata alone", wheelOf(otherMetadata), "other", 1},
		{"metadata deeper", wheelOf(pypitest.Member{Name: "demo/" + otherMetadata.Name, Text: otherMetadata.Text}, core), "six", 1},
		{"twice", wheelOf(pypitest.Member{Name: core.Name, Text: otherMetadata.Text}, core), "six", 1},
		{"no metadata", wheelOf(padding), "the metadata of demo-1.0-py3-none-any.whl cannot be read: the wheel has no METADATA", 1},
		{"metadata of nothing", wheelOf(pypitest.Member{Name: core.Name, Text: "<html>"}),
			"the metadata of demo-1.0-py3-none-any.whl cannot be read: its METADATA has no field of core metadata", 1},
		{"metadata without a name", wheelOf(pypitest.Member{Name: core.Name, Text: "Metadata-Version: 2.1\nName:\nVersion: 1.0\nRequires-Dist: six\n"}), "six", 1},
		{"too large", wheelOf(bomb), "the metadata of demo-1.0-py3-none-any.whl cannot be read: its metadata are larger than 1048576 bytes", 1},
		{"no zip file", pypitest.File{Content: []byte("<!DOCTYPE html>")}, damaged, 1},
		{"large and no zip file", pypitest.File{Content: make([]byte, 100_000)}, damaged, 2},
		{"empty", pypitest.File{Content: []byte{}}, damaged, 1},
		{"cut", pypitest.File{Content: pypitest.Zip(core)[:100]}, damaged, 1},
		{"damaged", pypitest.File{Content: flipped(pypitest.Zip(core), core.Name)}, damaged, 1},
		{"larger than it says", pypitest.File{Content: understated(pypitest.Zip(core))}, damaged, 1},
		{"directory beyond the end", pypitest.File{Content: claiming(1000, 10, 2000)}, damaged, 1},
		{"directory too large", pypitest.File{Content: claiming(17<<20, 17<<20-22, 0)},
			"the metadata of demo-1.0-py3-none-any.whl cannot be read: its directory is too large", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.file.Filename, test.file.Core = "demo-1.0-py3-none-any.whl", pypitest.CoreDenied
			index := pypitest.New(t, pypitest.Project{Name: "demo", Files: []pypitest.File{test.file}})
			c := client(t, index, Options{Limits: Limits{Metadata: 1 << 20}})
			if got := answerOf(t, c, Requirements); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if got := index.Count("/files/demo/*"); got != test.count {
				t.Errorf("asked %s: %d requests, want %d", filesAsked(index), got, test.count)
			}
		})
	}
}

// head answers a request for the end of a file with its beginning, like a server that misreads the range.
func head(w http.ResponseWriter, r *http.Request, next http.Handler) {
	r = r.Clone(r.Context())
	r.Header.Set("Range", strings.Replace(r.Header.Get("Range"), "bytes=-", "bytes=0-", 1))
	next.ServeHTTP(w, r)
}

// shifted answers a range request with the range before it.
func shifted(w http.ResponseWriter, r *http.Request, next http.Handler) {
	var first, last int
	if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &first, &last); err == nil && first > 0 {
		r = r.Clone(r.Context())
		r.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", first-1, last-1))
	}
	next.ServeHTTP(w, r)
}

// later applies a fault to all requests for a range but those for the end of a file.
func later(f pypitest.Fault) pypitest.Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if text := r.Header.Get("Range"); text == "" || strings.HasPrefix(text, "bytes=-") {
			next.ServeHTTP(w, r)
			return
		}
		f(w, r, next)
	}
}

func TestRanges(t *testing.T) {
	const (
		wheel   = "demo-1.0-py3-none-any.whl"
		refused = ".whl end "
		whole   = ".whl OK"
		another = ", .whl part Partial Content"
	)
	tests := []struct {
		name   string
		fault  pypitest.Fault
		times  int
		digest string
		limit  int64
		want   string
		asked  string
	}{
		{"ranges", nil, 0, "", 0, "six", endOnly + another},
		{"the digest is not that of a part", nil, 0, sum, 0, "six", endOnly + another},
		{"refused", pypitest.WithoutRange(), 0, "", 0, "six", ".whl end OK"},
		{"refused, other digest", pypitest.WithoutRange(), 0, sum, 0, wheel + " does not have the SHA-256 that the index states", ".whl end OK"},
		{"refused, no digest", pypitest.WithoutRange(), 0, "none", 0, "six", ".whl end OK"},
		{"refused, too large", pypitest.WithoutRange(), 0, "", 100_000, wheel + " is larger than 100000 bytes", ".whl end OK"},
		{"refused with 416", pypitest.Status(416), 1, "", 0, "six", refused + "Requested Range Not Satisfiable, " + whole},
		{"refused with 416, other digest", pypitest.Status(416), 1, sum, 0, wheel + " does not have the SHA-256 that the index states",
			refused + "Requested Range Not Satisfiable, " + whole},
		{"refused with 501", pypitest.Status(501), 1, "", 0, "six", refused + "Not Implemented, " + whole},
		{"refused with 400", pypitest.Status(400), 1, "", 0, "six", refused + "Bad Request, " + whole},
		{"forbidden", pypitest.Status(403), 0, "", 0, wheel + ": the server answered 403 Forbidden: check the credentials of the index", refused + "Forbidden"},
		{"missing", pypitest.Status(404), 0, "", 0, "the metadata of " + wheel + " cannot be read: the index does not have the file", refused + "Not Found"},
		{"fails once", pypitest.Status(503), 1, "", 0, "six", refused + "Service Unavailable, " + endOnly + another},
		{"breaks once", pypitest.Cut(1000), 1, "", 0, "six", endOnly + ", " + endOnly + another},
		{"does not say which", pypitest.Status(206), 0, "", 0, wheel + ": the server answered 206 Partial Content", endOnly + ", .whl Partial Content"},
		{"does not say which, once", pypitest.Status(206), 1, "", 0, "six", endOnly + ", " + whole},
		{"does not say of how many", pypitest.ContentRange("bytes A-B/*"), 0, "", 0, "six", endOnly + ", " + whole},
		{"says something else", pypitest.ContentRange("bytes 1-0/0"), 0, "", 0, "six", endOnly + ", " + whole},
		{"says something else, other digest", pypitest.ContentRange("bytes 1-0/0"), 0, sum, 0, wheel + " does not have the SHA-256 that the index states", endOnly + ", " + whole},
		{"says something else, too large", pypitest.ContentRange("bytes 1-0/0"), 0, "", 100_000, wheel + " is larger than 100000 bytes", endOnly + ", " + whole},
		{"does not say of how many, later", later(pypitest.ContentRange("bytes A-B/*")), 0, "", 0, "six", endOnly + another + ", " + whole},
		{"sends the whole file later", later(pypitest.WithoutRange()), 0, "", 0, "six", endOnly + ", .whl part OK, " + whole},
		{"sends the whole file later, other digest", later(pypitest.WithoutRange()), 0, sum, 0, wheel + " does not have the SHA-256 that the index states", endOnly + ", .whl part OK, " + whole},
		{"refuses other parts", pypitest.After(1, pypitest.Status(501)), 2, "", 0, "six", endOnly + ", .whl part Not Implemented, " + whole},
		{"has no other parts", pypitest.After(1, pypitest.WithoutRange()), 2, "", 0, "six", endOnly + ", .whl part OK, " + whole},
		{"sends the beginning", head, 1, "", 0, "six", endOnly + another + another},
		{"sends other bytes", shifted, 0, "", 0, "six", endOnly + another + ", " + whole},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			file := wheelOf(padding, core, padding)
			file.SHA256 = test.digest
			index := pypitest.New(t, pypitest.Project{Name: "demo", Files: []pypitest.File{file}})
			if test.fault != nil {
				index.Fault("/files/demo/*", test.times, test.fault)
			}
			c := client(t, index, Options{Limits: Limits{Wheel: test.limit}})
			if got := answerOf(t, c, Requirements); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if got := filesAsked(index); got != test.asked {
				t.Errorf("asked %s, want %s", got, test.asked)
			}
			for _, r := range index.Requests() {
				if got := r.Header.Get("Accept-Encoding"); strings.HasPrefix(r.Path, "/files/") && got != "identity" {
					t.Errorf("asked for a file in the encoding %q", got)
				}
			}
		})
	}
}

// FuzzWheel checks that no wheel makes the client exceed its limits.
func FuzzWheel(f *testing.F) {
	f.Add(pypitest.Zip(core))
	f.Add(pypitest.Zip(otherMetadata, core, padding))
	f.Add(claiming(1000, 10, 20))
	for _, text := range pypitest.Recorded(f).Wheels {
		f.Add(text.Content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		file := &File{Filename: "demo-1.0-py3-none-any.whl"}
		r := fetched(t, file, content, 1<<10)
		members, err := r.directory()
		if err != nil {
			checkPermanent(t, err)
			return
		}
		if member := wheelMember(members, file.Filename); member != nil {
			data, err := r.member(member)
			if checkPermanent(t, err); len(data) > 1<<10 {
				t.Errorf("%d bytes of metadata", len(data))
			}
		}
	})
}

// TestReadAt reads an archive in pieces of several sizes, without a server.
func TestReadAt(t *testing.T) {
	content := pypitest.Zip(core, padding)
	r := &remote{size: int64(len(content)), unread: int64(len(content))}
	for at := 0; at < len(content); at += 1000 {
		r.parts = append(r.parts, part{int64(at), content[at:min(at+1000, len(content))]})
	}
	got, err := io.ReadAll(io.NewSectionReader(r, 0, r.size))
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if _, err := r.directory(); err != nil {
		t.Error(err)
	}
	for _, offset := range []int64{-1, r.size, r.size + 1} {
		if n, err := r.ReadAt(make([]byte, 1), offset); n != 0 || err != io.EOF {
			t.Errorf("at %d: %d, %v", offset, n, err)
		}
	}
}
