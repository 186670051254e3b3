package pypi

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"net/http"
	"slices"
	"strings"
	"testing"

	"toxgen/internal/pypitest"
)

const (
	infoOld     = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Dist: old\n"
	infoBare    = "Metadata-Version: 1.2\nName: demo\nVersion: 1.0\n"
	infoStatic  = "Metadata-Version: 2.2\nName: demo\nVersion: 1.0\nRequires-Dist: static\n"
	infoNone    = "Metadata-Version: 2.4\nName: demo\nVersion: 1.0\n"
	infoDynamic = "Metadata-Version: 2.4\nName: demo\nVersion: 1.0\nDynamic: requires-dist\nRequires-Dist: dynamic\n"
	requires    = "text\n\n[extra:python_version < '3']\nmore\n"
	fromText    = `requires.txt: text more; python_version < '3' and extra == "extra" [extra]`
	unreadable  = "the metadata of demo-1.0.tar.gz cannot be read: "
	tooLarge    = "its PKG-INFO and requires.txt are larger than "
	unknown     = unreadable + "its requirements are known only to its build: no requires.txt, and PKG-INFO does not state them"
)

// member returns a member of an archive.
func member(name, text string) pypitest.Member { return pypitest.Member{Name: name, Text: text} }

type members []pypitest.Member

// pkgInfo and eggRequires return the usual members of an archive of demo 1.0.
func pkgInfo(text string) pypitest.Member { return member("demo-1.0/PKG-INFO", text) }
func eggRequires(text string) pypitest.Member {
	return member("demo-1.0/demo.egg-info/requires.txt", text)
}

// Each row lists the members of an archive of demo 1.0, in their order, and the expected result.
func TestSdistMetadata(t *testing.T) {
	setup := member("demo-1.0/setup.py", "raise SystemExit('never run')")
	manyEggs := members{pkgInfo(infoBare)}
	for i := range 200 {
		manyEggs = append(manyEggs, member(fmt.Sprintf("demo-1.0/%d/demo.egg-info/PKG-INFO", i), infoBare))
	}
	tests := []struct {
		name    string
		members members
		want    string
	}{
		{"static", members{pkgInfo(infoStatic)}, "static"},
		{"static, no requirements", members{pkgInfo(infoNone)}, ""},
		{"static before requires.txt", members{pkgInfo(infoStatic), eggRequires(requires)}, "static"},
		{"static after requires.txt", members{eggRequires(requires), pkgInfo(infoStatic)}, "static"},
		{"dynamic", members{pkgInfo(infoDynamic)}, "dynamic: dynamic"},
		{"dynamic and requires.txt", members{pkgInfo(infoDynamic), eggRequires(requires)}, fromText},
		{"old", members{pkgInfo(infoOld)}, "dynamic: old"},
		{"old and requires.txt", members{pkgInfo(infoOld), setup, eggRequires(requires)}, fromText},
		{"old and an egg-info", members{pkgInfo(infoOld), member("demo-1.0/demo.egg-info/SOURCES.txt", "")}, "requires.txt:"},
		{"bare", members{pkgInfo(infoBare), setup}, unknown},
		{"bare and requires.txt", members{pkgInfo(infoBare), eggRequires(requires)}, fromText},
		{"bare and an empty requires.txt", members{pkgInfo(infoBare), eggRequires("\n")}, "requires.txt:"},
		{"bare and an egg-info", members{pkgInfo(infoBare), member("demo-1.0/demo.egg-info/PKG-INFO", infoBare)}, "requires.txt:"},
		{"egg-info alone", members{member("demo-1.0/demo.egg-info/PKG-INFO", infoBare), eggRequires(requires)}, fromText},
		{"egg-info in src", members{pkgInfo(infoBare), member("demo-1.0/src/demo.egg-info/requires.txt", requires)}, fromText},
		{"egg-info spelled otherwise", members{pkgInfo(infoBare), member("demo-1.0/Demo.egg-info/requires.txt", requires)}, fromText},
		{"another's egg-info", members{pkgInfo(infoBare), member("demo-1.0/vendor/other.egg-info/requires.txt", "other")}, unknown},
		{"own and another's egg-info", members{pkgInfo(infoBare), member("demo-1.0/a/other.egg-info/requires.txt", "other"), eggRequires(requires)}, fromText},
		{"egg-info of a test deep down", members{pkgInfo(infoBare), member("demo-1.0/tests/data/a/demo.egg-info/requires.txt", "other")}, unknown},
		{"PKG-INFO deeper", members{member("demo-1.0/demo/PKG-INFO", infoStatic), pkgInfo(infoOld)}, "dynamic: old"},
		{"two PKG-INFO", members{member("demo-1.0/demo.egg-info/PKG-INFO", infoOld), pkgInfo(infoStatic)}, "static"},
		{"begins with ./", members{member("./demo-1.0/PKG-INFO", infoBare), member("./demo-1.0/demo.egg-info/requires.txt", requires)}, fromText},
		{"carriage returns", members{pkgInfo(strings.ReplaceAll(infoStatic, "\n", "\r\n"))}, "static"},
		{"invalid requires.txt", members{pkgInfo(infoBare), eggRequires("[extra\n")},
			unreadable + `requires.txt: the section header "[extra" does not end with a bracket`},
		{"nothing", members{setup}, unreadable + "it has no PKG-INFO"},
		{"empty", nil, unreadable + "it has no PKG-INFO"},
		{"absolute", members{member("/demo-1.0/PKG-INFO", infoStatic)}, "static"},
		{"upwards", members{member("../PKG-INFO", infoStatic), member("demo-1.0/../../PKG-INFO", infoStatic)}, unreadable + "it has no PKG-INFO"},
		{"without a folder", members{member("PKG-INFO", infoStatic), setup}, "static"},
		{"without a folder, another first", members{pkgInfo(infoOld), member("PKG-INFO", infoStatic)}, "static"},
		{"without a folder, egg-info", members{member("PKG-INFO", infoBare), member("demo.egg-info/requires.txt", requires)}, fromText},
		{"folder of another name", members{member("x/PKG-INFO", infoStatic), member("x/demo/PKG-INFO", infoOld)}, "static"},
		{"no common folder", members{member("x/PKG-INFO", infoStatic), member("y/PKG-INFO", infoStatic)}, unreadable + "it has no PKG-INFO"},
		{"backslashes", members{member(`demo-1.0\PKG-INFO`, infoBare), member(`demo-1.0\demo.egg-info\requires.txt`, requires)}, fromText},
		{"PKG-INFO twice", members{pkgInfo(infoBare), pkgInfo(infoStatic)}, "static"},
		{"requires.txt twice", members{pkgInfo(infoBare), eggRequires("other"), eggRequires(requires)}, fromText},
		{"many egg-infos", manyEggs, unreadable + "it has over 100 PKG-INFO and requires.txt files"},
	}
	for _, test := range tests {
		for _, ending := range []string{".tar.gz", ".zip"} {
			t.Run(test.name+ending, func(t *testing.T) {
				file := pypitest.File{Filename: "demo-1.0" + ending, Members: test.members, Core: pypitest.CoreMissing}
				index := pypitest.New(t, pypitest.Project{Name: "demo", Files: []pypitest.File{file}})
				want := strings.Replace(test.want, ".tar.gz", ending, 1)
				if got := answerOf(t, client(t, index, Options{}), Requirements); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
				if got := index.Count("/files/demo/*"); got != 1 {
					t.Errorf("asked %s, want one request", filesAsked(index))
				}
			})
		}
	}
}

// PKG-INFO is sufficient for classifiers, so that reading ends there.
func TestSdistClassifiers(t *testing.T) {
	const classifier = "Classifier: Programming Language :: Python :: 3\n"
	tests := []struct {
		name    string
		members members
		want    string
	}{
		{"bare", members{pkgInfo(infoBare + classifier), {Name: "demo-1.0/data", Padding: 2 << 20}}, "unknown"},
		{"static", members{pkgInfo(infoStatic + classifier)}, ""},
		{"egg-info", members{member("demo-1.0/demo.egg-info/PKG-INFO", infoBare+classifier)}, "unknown"},
		{"egg-info without PKG-INFO", members{eggRequires(requires)}, unreadable + "it has no PKG-INFO"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			file := pypitest.File{Filename: "demo-1.0.tar.gz", Members: test.members, Core: pypitest.CoreMissing}
			index := pypitest.New(t, pypitest.Project{Name: "demo", Files: []pypitest.File{file}})
			c := client(t, index, Options{Limits: Limits{Archive: 1 << 20}})
			m, err := c.Metadata(t.Context(), project(t, c).All()[0], Classifiers)
			got := errorText(err)
			if err == nil {
				got = string(m.Source)
				if len(m.Classifiers) != 1 {
					t.Errorf("classifiers %q, want one", m.Classifiers)
				}
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestSdistArchive(t *testing.T) {
	info, text := pkgInfo(infoBare), eggRequires(requires)
	data := pypitest.Member{Name: "demo-1.0/data", Padding: 100_000}
	good := pypitest.Tar(info, data, text)
	tests := []struct {
		name    string
		content []byte
		digest  string
		fault   pypitest.Fault // once
		limits  Limits
		want    string
		count   int
	}{
		{"good", good, "", nil, Limits{}, fromText, 1},
		{"other digest, not read to the end", pypitest.Tar(pkgInfo(infoStatic), data), sum, nil, Limits{}, "static", 1},
		{"other digest, read to the end", pypitest.Tar(info), sum, nil, Limits{}, "demo-1.0.tar.gz does not have the SHA-256 that the index states", 1},
		{"no digest, read to the end", pypitest.Tar(info), "none", nil, Limits{}, unknown, 1},
		{"breaks off", good, "", pypitest.Cut(50_000), Limits{}, fromText, 2},
		{"ends early, of unknown length", good, "", pypitest.End(50_000), Limits{}, fromText, 2},
		{"ends early in the header", good, "", pypitest.End(5), Limits{}, fromText, 2},
		{"breaks off at its end", pypitest.Tar(info), "", pypitest.Cut(len(pypitest.Tar(info)) - 4), Limits{}, unknown, 2},
		{"fails once", good, "", pypitest.Status(503), Limits{}, fromText, 2},
		{"cut", good[:50_000], "", nil, Limits{}, unreadable + "the archive is damaged", 1},
		{"not packed", []byte("<!DOCTYPE html>"), "", nil, Limits{}, unreadable + "the archive is damaged", 1},
		{"empty", []byte{}, "", nil, Limits{}, unreadable + "the archive is damaged", 1},
		{"no tar file", packed(strings.Repeat("x", 5000)), "", nil, Limits{}, unreadable + "the archive is damaged", 1},
		{"packed nothing", packed(""), "", nil, Limits{}, unreadable + "it has no PKG-INFO", 1},
		{"beyond the limit", good, "", nil, Limits{Archive: 50_000}, unknown, 1},
		{"old, beyond the limit", pypitest.Tar(pkgInfo(infoOld), data, text), "", nil, Limits{Archive: 50_000}, "dynamic: old", 1},
		{"egg-info, the rest beyond the limit", pypitest.Tar(info, member("demo-1.0/demo.egg-info/PKG-INFO", infoBare), data), "", nil,
			Limits{Archive: 50_000}, unknown, 1},
		{"PKG-INFO beyond the limit", pypitest.Tar(data, info), "", nil, Limits{Archive: 50_000}, unreadable + "no PKG-INFO within the first 0 MiB", 1},
		{"large PKG-INFO", pypitest.Tar(pkgInfo(strings.Repeat("x", 2000))), "", nil, Limits{Metadata: 1000},
			unreadable + tooLarge + "1000 bytes", 1},
		{"old egg-info, the rest beyond the limit", pypitest.Tar(info, member("demo-1.0/demo.egg-info/PKG-INFO", infoOld), text, data), "", nil,
			Limits{Archive: 50_000}, unknown, 1},
		{"same egg-info, the rest beyond the limit", pypitest.Tar(info, member("demo-1.0/demo.egg-info/PKG-INFO", infoBare), text, data), "", nil,
			Limits{Archive: 50_000}, fromText, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			file := pypitest.File{Filename: "demo-1.0.tar.gz", Content: test.content, SHA256: test.digest, Core: pypitest.CoreMissing}
			index := pypitest.New(t, pypitest.Project{Name: "demo", Files: []pypitest.File{file}})
			if test.fault != nil {
				index.Fault("/files/demo/*", 1, test.fault)
			}
			if got := answerOf(t, client(t, index, Options{Limits: test.limits}), Requirements); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if got := index.Count("/files/demo/*"); got != test.count {
				t.Errorf("asked %s, want %d requests", filesAsked(index), test.count)
			}
		})
	}
}

// Each row has several egg-infos, of which one counts in whatever order the members stand.
func TestSeveralEggInfos(t *testing.T) {
	const (
		other = "Metadata-Version: 1.2\nName: demo\nVersion: 0.9\n"
		alike = "Metadata-Version: 1.2\nName: Demo\nVersion: 1.0.0\nSummary: alike\n"
		root  = "demo-1.0/demo.egg-info/"
		src   = "demo-1.0/src/demo.egg-info/"
		lib   = "demo-1.0/lib/demo.egg-info/"
	)
	right := func(folder, info string) members {
		return members{member(folder+"PKG-INFO", info), member(folder+"requires.txt", requires)}
	}
	wrong := func(folder, info string) members {
		return members{member(folder+"PKG-INFO", info), member(folder+"requires.txt", "wrong")}
	}
	bare := func(folder, info string) members { return members{member(folder+"PKG-INFO", info)} }
	tests := []struct {
		name string
		eggs []members
		want string
	}{
		{"the same, at the root", []members{right(root, infoBare), wrong(src, infoBare)}, fromText},
		{"the same, in src", []members{right(src, infoBare), wrong(root, other)}, fromText},
		{"the same, elsewhere", []members{right(lib, infoBare), wrong(root, alike), wrong(src, other)}, fromText},
		{"alike, in src", []members{right(src, alike), wrong(root, other), wrong(lib, alike)}, fromText},
		{"others", []members{right(root, other), wrong(src, other), wrong(lib, other)}, fromText},
		{"others, not at the root", []members{right(src, other), wrong(lib, other)}, fromText},
		{"without PKG-INFO", []members{right(src, alike), {member(root+"requires.txt", "wrong")}}, fromText},
		{"no requires.txt at the root", []members{bare(root, infoBare), wrong(src, infoBare)}, "requires.txt:"},
		{"spelled otherwise", []members{right("demo-1.0/Demo.egg-info/", infoBare), wrong(root, infoBare)}, fromText},
	}
	for _, test := range tests {
		for _, top := range []string{infoBare, ""} {
			if top == "" && test.name != "the same, at the root" {
				continue
			}
			for turn := range len(test.eggs) * 2 {
				eggs := slices.Concat(slices.Concat(test.eggs[turn/2:]...), slices.Concat(test.eggs[:turn/2]...))
				if turn%2 > 0 {
					slices.Reverse(eggs)
				}
				if top != "" {
					eggs = slices.Insert(eggs, turn%(len(eggs)+1), pkgInfo(top))
				}
				for _, ending := range []string{".tar.gz", ".zip"} {
					file := pypitest.File{Filename: "demo-1.0" + ending, Members: eggs, Core: pypitest.CoreMissing}
					index := pypitest.New(t, pypitest.Project{Name: "demo", Files: []pypitest.File{file}})
					if got := answerOf(t, client(t, index, Options{}), Requirements); got != test.want {
						t.Errorf("%s%s, top %q, order %d: got %q, want %q", test.name, ending, top, turn, got, test.want)
					}
				}
			}
		}
	}
}

// Each row has links among the members of a tar file.
func TestLinks(t *testing.T) {
	const nowhere = unreadable + "its PKG-INFO is a link to something else than a PKG-INFO or requires.txt of the archive"
	symbolic := func(name, target string) pypitest.Member { return pypitest.Member{Name: name, Link: target} }
	hard := func(name, target string) pypitest.Member {
		return pypitest.Member{Name: name, Link: target, Hard: true}
	}
	const info, egg = "demo-1.0/PKG-INFO", "demo-1.0/demo.egg-info/PKG-INFO"
	tests := []struct {
		name    string
		members members
		want    string
	}{
		{"symbolic", members{symbolic(info, "demo.egg-info/PKG-INFO"), member(egg, infoStatic)}, "static"},
		{"symbolic, the target first", members{member(egg, infoStatic), symbolic(info, "./demo.egg-info/PKG-INFO")}, "static"},
		{"symbolic, by way of the parent", members{symbolic(egg, "../PKG-INFO"), pkgInfo(infoBare), eggRequires(requires)}, fromText},
		{"hard", members{member(egg, infoStatic), hard(info, egg)}, "static"},
		{"chain", members{symbolic(info, "src/demo.egg-info/PKG-INFO"), symbolic("demo-1.0/src/demo.egg-info/PKG-INFO", "../../demo.egg-info/PKG-INFO"), member(egg, infoStatic)}, "static"},
		{"requires.txt", members{pkgInfo(infoBare), symbolic("demo-1.0/demo.egg-info/requires.txt", "../src/demo.egg-info/requires.txt"),
			member("demo-1.0/src/demo.egg-info/requires.txt", requires)}, fromText},
		{"then a file of that name", members{symbolic(info, "nowhere"), pkgInfo(infoStatic)}, "static"},
		{"after a file of that name", members{pkgInfo(infoBare), symbolic(info, "nowhere")}, nowhere},
		{"to another member", members{symbolic(info, "README"), member("demo-1.0/README", infoStatic)}, nowhere},
		{"to nothing", members{symbolic(info, "demo.egg-info/PKG-INFO")}, nowhere},
		{"to itself", members{symbolic(info, "PKG-INFO")}, nowhere},
		{"circle", members{symbolic(info, "demo.egg-info/PKG-INFO"), symbolic(egg, "../PKG-INFO")}, nowhere},
		{"outside", members{symbolic(info, "../../PKG-INFO"), member("demo-1.0/setup.py", "")}, nowhere},
		{"outside and in again", members{symbolic(info, "../../x/demo-1.0/demo.egg-info/PKG-INFO"), member(egg, infoStatic)}, nowhere},
		{"absolute", members{symbolic(info, "/demo-1.0/demo.egg-info/PKG-INFO"), member(egg, infoStatic)}, nowhere},
		{"hard, absolute", members{hard(info, "/"+egg), member(egg, infoStatic)}, nowhere},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			file := pypitest.File{Filename: "demo-1.0.tar.gz", Members: test.members, Core: pypitest.CoreMissing}
			index := pypitest.New(t, pypitest.Project{Name: "demo", Files: []pypitest.File{file}})
			if got := answerOf(t, client(t, index, Options{}), Requirements); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// withDictionary returns an xz file whose first block states another size of its dictionary.
func withDictionary(content []byte, size byte) []byte {
	content = bytes.Clone(content)
	const header, dictionary, sum = 12, 16, 20 // a block header of 12 bytes: size, flags, filter, size of its properties, these, padding, checksum
	content[dictionary] = size
	binary.LittleEndian.PutUint32(content[sum:], crc32.ChecksumIEEE(content[header:sum]))
	return content
}

// Each row is an archive of demo 2.0 under a name of an archive that pip reads.
func TestPacked(t *testing.T) {
	bz2, xz, lzma := pypitest.Packed(".tar.bz2"), pypitest.Packed(".tar.xz"), pypitest.Packed(".tar.lzma")
	static := member("demo-2.0/PKG-INFO", "Metadata-Version: 2.2\nName: demo\nVersion: 2.0\nRequires-Dist: six\n")
	gz, plain := pypitest.Tar(static), pypitest.Unpacked(static)
	const (
		largest  = 28 // 64 MiB
		damaged  = "the archive is damaged"
		misnamed = "it is not packed as its name says"
	)
	tests := []struct {
		ending  string
		content []byte
		want    string // six, or why it cannot be read
	}{
		{".tar.gz", gz, "six"}, {".tgz", gz, "six"}, {".tar.bz2", bz2, "six"}, {".tbz", bz2, "six"}, {".tar.xz", xz, "six"}, {".txz", xz, "six"},
		{".tlz", xz, "six"}, {".tar.lz", xz, "six"}, {".tar.lzma", xz, "six"}, {".tar.xz", pypitest.Packed(".x86.tar.xz"), "six"},
		{".tar", plain, "six"}, {".tar", gz, "six"}, {".tar", bz2, "six"}, {".tar", xz, "six"}, {".zip", pypitest.Zip(static), "six"},
		{".tar.bz2", slices.Concat(bz2, bz2), "six"}, {".tar.xz", slices.Concat(xz, make([]byte, 4), xz), "six"},
		{".tar.lzma", lzma, misnamed}, {".tar.gz", bz2, damaged}, {".tgz", xz, damaged}, {".tar.bz2", xz, damaged}, {".tar.xz", gz, misnamed}, {".zip", gz, damaged},
		{".tar", []byte("<!DOCTYPE html>"), damaged}, {".tar.xz", nil, damaged}, {".tar.bz2", nil, damaged}, {".tar", nil, "it has no PKG-INFO"},
		{".tar.xz", xz[:60], damaged}, {".tar.bz2", bz2[:200], damaged}, {".tar", plain[:500], damaged},
		{".tar.xz", withDictionary(xz, largest), "six"}, {".tar.xz", withDictionary(xz, largest+1), "it needs over 64 MiB to be unpacked"},
		{".tar.xz", withDictionary(xz, 40), "it needs over 64 MiB to be unpacked"}, {".tar.xz", withDictionary(xz, 41), damaged},
	}
	for _, test := range tests {
		filename := "demo-2.0" + test.ending
		content := append([]byte{}, test.content...) // not nil
		index := pypitest.New(t, pypitest.Project{Name: "demo", Files: []pypitest.File{{Filename: filename, Content: content, Core: pypitest.CoreMissing}}})
		want := test.want
		if want != "six" {
			want = "the metadata of " + filename + " cannot be read: " + want
		}
		if got := answerOf(t, client(t, index, Options{}), Requirements); got != want {
			t.Errorf("%s of %d bytes: got %q, want %q", filename, len(content), got, want)
		}
		if got := index.Count("/files/demo/*"); got != 1 {
			t.Errorf("%s: asked %s, want one request", filename, filesAsked(index))
		}
	}
}

// An answer of unknown length that ends early is asked for again, however it is packed.
func TestPackedEndsEarly(t *testing.T) {
	for _, ending := range []string{".tar.bz2", ".tar.xz"} {
		index := pypitest.New(t, pypitest.Project{Name: "demo", Files: []pypitest.File{{Filename: "demo-2.0" + ending, Content: pypitest.Packed(ending), Core: pypitest.CoreMissing}}})
		index.Fault("/files/demo/*", 1, pypitest.End(60))
		if got := answerOf(t, client(t, index, Options{}), Requirements); got != "six" || index.Count("/files/demo/*") != 2 {
			t.Errorf("%s: got %q, asked %s", ending, got, filesAsked(index))
		}
	}
}

func TestZippedSdist(t *testing.T) {
	const unreadable = "the metadata of demo-1.0.zip cannot be read: "
	info, text := pkgInfo(infoBare), eggRequires(requires)
	data := pypitest.Member{Name: "demo-1.0/data", Padding: 100_000}
	tests := []struct {
		name    string
		content []byte
		fault   pypitest.Fault // always
		limits  Limits
		want    string
		count   int
	}{
		{"two members before the end", pypitest.Zip(info, data, text, data), nil, Limits{}, fromText, 3},
		{"final", pypitest.Zip(text, data, pkgInfo(infoStatic)), nil, Limits{}, "static", 1},
		{"missing", nil, pypitest.Status(404), Limits{}, unreadable + "the index does not have the file", 1},
		{"no zip file", []byte("<!DOCTYPE html>"), nil, Limits{}, unreadable + "the archive is damaged", 1},
		{"damaged", flipped(pypitest.Zip(info), info.Name), nil, Limits{}, unreadable + "the archive is damaged", 1},
		{"large PKG-INFO", pypitest.Zip(info), nil, Limits{Metadata: 10}, unreadable + tooLarge + "10 bytes", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			file := pypitest.File{Filename: "demo-1.0.zip", Content: test.content, Core: pypitest.CoreMissing}
			index := pypitest.New(t, pypitest.Project{Name: "demo", Files: []pypitest.File{file}})
			if test.fault != nil {
				index.Fault("/files/demo/*", 0, test.fault)
			}
			if got := answerOf(t, client(t, index, Options{Limits: test.limits}), Requirements); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if got := index.Count("/files/demo/*"); got != test.count {
				t.Errorf("asked %s, want %d requests", filesAsked(index), test.count)
			}
		})
	}
}

func TestSdistServed(t *testing.T) {
	const prefix = "demo-1.0.tar.gz: "
	tests := []struct {
		name, text string
		need       Need
		want       string
		asked      string
	}{
		{"final", infoStatic, Requirements, "static", served},
		{"not final: it counts all the same", infoDynamic, Requirements, "dynamic", served},
		{"not final, for classifiers", infoDynamic, Classifiers, "dynamic", served},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			file := pypitest.Sdist(pypitest.SdistRequires, "demo", "1.0", "six")
			file.Metadata, file.Core = test.text, pypitest.CoreDigest
			index := pypitest.New(t, pypitest.Project{Name: "demo", Files: []pypitest.File{file}})
			if got := answerOf(t, client(t, index, Options{}), test.need); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if got := filesAsked(index); got != test.asked {
				t.Errorf("asked %s, want %s", got, test.asked)
			}
		})
	}
	t.Run("missing", func(t *testing.T) {
		file := pypitest.Sdist(pypitest.SdistStatic, "demo", "1.0")
		index := pypitest.New(t, pypitest.Project{Name: "demo", Files: []pypitest.File{file}})
		index.Fault("/files/demo/*", 1, pypitest.Status(http.StatusNotFound))
		index.Fault("/files/demo/*", 1, pypitest.Status(http.StatusForbidden))
		if got, want := answerOf(t, client(t, index, Options{}), Requirements), unreadable+"the index does not have the file"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		want := prefix + "the server answered 403 Forbidden: check the credentials of the index"
		if got := answerOf(t, client(t, index, Options{}), Requirements); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestSdistProject(t *testing.T) {
	tests := []struct{ project, filename string }{
		{"demo", "demo-1.0.tar.gz"},
		{"demo", "Demo-1.0.zip"},
		{"zope-interface", "zope.interface-6.4.post2.tar.gz"},
		{"zope-interface", "zope-interface-6.4-2.tar.gz"},
		{"redis-py-cluster", "redis-py-cluster-1.3.6.tar.gz"},
		{"demo-2", "demo-2-1.0.tar.gz"},
		{"demo", "demo-1.0.0-alpha1.tar.gz"},
		{"demo", "demo-1.0-py2.7.tar.gz"},
	}
	for _, test := range tests {
		t.Run(test.filename, func(t *testing.T) {
			f := &File{Filename: test.filename}
			if !f.classify(test.project) {
				t.Fatal("the file is not of the project")
			}
			if got := sdistProject(f); got != test.project {
				t.Errorf("got %s, want %s", got, test.project)
			}
		})
	}
}
