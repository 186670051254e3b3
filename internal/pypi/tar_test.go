package pypi

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"

	"toxgen/internal/pypitest"
)

// tarBlock returns the header of a member of a tar file, with a size as it is written in the file, by default 0. The tests
// need it because archive/tar writes only correct headers.
func tarBlock(name string, kind byte, size string) []byte {
	if size == "" {
		size = "00000000000"
	}
	b := make([]byte, 512)
	copy(b, name)
	copy(b[100:], "0000644")
	copy(b[124:], size)
	copy(b[148:], "        ") // the checksum is computed with spaces in its own field
	b[156] = kind
	copy(b[257:], "ustar\x0000")
	var sum int
	for _, c := range b {
		sum += int(c)
	}
	copy(b[148:], fmt.Sprintf("%06o\x00", sum))
	return b
}

// tarMember returns a member of a tar file.
func tarMember(name string, kind byte, text string) string {
	block := tarBlock(name, kind, fmt.Sprintf("%011o", len(text)))
	return string(block) + text + strings.Repeat("\x00", -len(text)&511)
}

// records returns the records of a pax header, such as `size=1`.
func records(lines ...string) string {
	var b strings.Builder
	for _, line := range lines {
		length := len(line) + 2
		for length != len(fmt.Sprint(length))+len(line)+2 {
			length++
		}
		fmt.Fprintf(&b, "%d %s\n", length, line)
	}
	return b.String()
}

// packed returns content compressed with gzip.
func packed(content string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(content))
	_ = z.Close()
	return b.Bytes()
}

// Each row is a tar file with wrong statements about its members, or with links or names outside the archive.
func TestHostileTar(t *testing.T) {
	const (
		info, text = "demo-1.0/PKG-INFO", "demo-1.0/demo.egg-info/requires.txt"
		none       = unreadable + "it has no PKG-INFO"
		broken     = unreadable + "the archive is damaged"
		tebibyte   = "\x80\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00"
		negative   = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00"
	)
	end := strings.Repeat("\x00", 1024)
	static := tarMember(info, '0', infoStatic)
	pax := func(lines ...string) string { return tarMember("pax", 'x', records(lines...)) }
	growing := "[" + strings.Repeat("x", 1<<16) + "]\n" + strings.Repeat("a\n", 1<<10)
	tests := []struct{ name, content, want string }{
		{"plain", static + end, "static"},
		{"no end", static, "static"},
		{"of the old kind", tarMember(info, 0, infoStatic) + end, "static"},
		{"hard link", tarMember(info, '1', "") + end, unreadable + "its PKG-INFO is a link to something else than a PKG-INFO or requires.txt of the archive"},
		{"symbolic link", tarMember(info, '2', "") + static + end, "static"},
		{"device", tarMember(info, '3', "") + end, none},
		{"pipe", tarMember(info, '6', "") + end, none},
		{"records for all", tarMember("pax_global_header", 'g', records("comment=1")) + tarMember("x/PKG-INFO", '0', infoStatic) + end, "static"},
		{"folder", tarMember(info, '5', "") + end, none},
		{"of an unknown kind", tarMember(info, 'Z', infoStatic) + end, none},
		{"large PKG-INFO", string(tarBlock(info, '0', tebibyte)) + infoStatic, unreadable + tooLarge + "1048576 bytes"},
		{"large requires.txt", tarMember(info, '0', infoBare) + string(tarBlock(text, '0', tebibyte)) + requires,
			unreadable + tooLarge + "1048576 bytes"},
		{"large something", string(tarBlock("demo-1.0/data", '0', tebibyte)) + static + end, broken},
		{"negative size", string(tarBlock(info, '0', negative)) + infoStatic, broken},
		{"invalid size", string(tarBlock(info, '0', "x")) + infoStatic, broken},
		{"large by a pax record", pax("size=1099511627776") + static + end, unreadable + tooLarge + "1048576 bytes"},
		{"smaller by a pax record", pax("size=22") + tarMember(info, '0', infoStatic[:22]) + end, ""},
		{"negative size by a pax record", pax("size=-1") + static + end, broken},
		{"absolute by a pax record", pax("path=/demo-1.0/PKG-INFO") + static + end, "static"},
		{"upwards by a pax record", pax("path=demo-1.0/../../PKG-INFO") + static + end, none},
		{"named by a pax record", pax("path="+info) + tarMember("a", '0', infoStatic) + end, "static"},
		{"large pax record", pax("comment="+strings.Repeat("a", 2<<20)) + static + end, broken},
		{"large name", tarMember("name", 'L', strings.Repeat("a", 2<<20)) + static + end, broken},
		{"sparse", tarMember(info, 'S', infoStatic) + end, broken},
		{"large sparse file", pax("GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name="+info, "GNU.sparse.realsize=1099511627776") +
			tarMember("a", '0', "0\n"+strings.Repeat("\x00", 510)) + end, unreadable + tooLarge + "1048576 bytes"},
		{"sparse file of many pieces", pax("GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name="+info, "GNU.sparse.realsize=10") +
			tarMember("a", '0', "999999999\n"+strings.Repeat("1\n1\n", 1<<20)) + end, broken},
		{"damaged header", "X" + static[1:] + end, broken},
		{"large PKG-INFO and many members", tarMember(info, '0', infoOld+strings.Repeat("X: y\n", 1<<16)) + strings.Repeat(string(tarBlock("demo-1.0/x", '0', "")), 2000) + end,
			"dynamic: old"},
		{"growing requires.txt", tarMember(info, '0', infoBare) + tarMember(text, '0', growing) + end,
			unreadable + "requires.txt: the requirements, with the conditions of their sections, are larger than 8 MiB"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			file := pypitest.File{Filename: "demo-1.0.tar.gz", Content: packed(test.content), Core: pypitest.CoreMissing}
			index := pypitest.New(t, pypitest.Project{Name: "demo", Files: []pypitest.File{file}})
			c := client(t, index, Options{Limits: Limits{Metadata: 1 << 20}})
			var got string
			if bytes := allocated(func() { got = answerOf(t, c, Requirements) }); bytes > 64<<20 {
				t.Errorf("allocated %d MiB", bytes>>20)
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if got := index.Count("/files/demo/*"); got != 1 {
				t.Errorf("asked %s, want one request", filesAsked(index))
			}
		})
	}
}
