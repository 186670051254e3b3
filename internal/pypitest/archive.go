package pypitest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"embed"
	"math/rand/v2"
	"strings"
	"time"
)

// A Member is a member of an archive.
type Member struct {
	Name, Text string
	// Padding is the number of incompressible bytes after the text.
	Padding int
	// Link, if not empty, makes the member a symbolic link with this target, or a hard link if Hard is set.
	Link string
	Hard bool
}

// metadata returns core metadata with further header lines, such as `Requires-Dist: six`.
func metadata(version, project, release string, headers []string) string {
	lines := append([]string{"Metadata-Version: " + version, "Name: " + project, "Version: " + release}, headers...)
	return strings.Join(lines, "\n") + "\n"
}

// Wheel returns a pure wheel of a release. Its METADATA has the given further header lines, such as `Requires-Dist: six`.
func Wheel(project, version string, headers ...string) File {
	return TaggedWheel(project, version, "py3-none-any", headers...)
}

// TaggedWheel is like [Wheel] with other tags.
func TaggedWheel(project, version, tags string, headers ...string) File {
	stem := strings.ReplaceAll(project, "-", "_") + "-" + version
	text := metadata("2.1", project, version, headers)
	return File{
		Filename: stem + "-" + tags + ".whl",
		Uploaded: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
		Metadata: text,
		Members: []Member{{Name: stem + ".dist-info/METADATA", Text: text}, {Name: stem + ".dist-info/WHEEL", Text: "Wheel-Version: 1.0\n"},
			{Name: stem + ".dist-info/RECORD"}},
	}
}

// An SdistKind tells where a source distribution states its requirements.
type SdistKind int

// The kinds of source distributions.
const (
	SdistStatic   SdistKind = iota // PKG-INFO 2.2, final
	SdistDynamic                   // PKG-INFO 2.2 that declares Requires-Dist dynamic
	SdistOld                       // PKG-INFO 2.1
	SdistRequires                  // the requires.txt of an egg-info
	SdistEgg                       // an egg-info without requires.txt: no requirements
	SdistEmpty                     // no PKG-INFO at all
)

// Sdist returns a source distribution of a release, a .tar.gz, with the given requirements. Its metadata are not served
// separately.
func Sdist(kind SdistKind, project, version string, requires ...string) File {
	name := strings.ReplaceAll(project, "-", "_")
	top := name + "-" + version + "/"
	var headers []string
	for _, r := range requires {
		headers = append(headers, "Requires-Dist: "+r)
	}
	var text, egg string
	switch kind {
	case SdistStatic:
		text = metadata("2.2", project, version, headers)
	case SdistDynamic:
		text = metadata("2.2", project, version, append(headers, "Dynamic: Requires-Dist"))
	case SdistOld:
		text = metadata("2.1", project, version, headers)
	case SdistRequires, SdistEgg:
		text = metadata("1.2", project, version, nil)
		egg = top + name + ".egg-info/"
	}
	f := File{Filename: name + "-" + version + ".tar.gz", Uploaded: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), Metadata: text, Core: CoreMissing}
	if text != "" {
		f.Members = append(f.Members, Member{Name: top + "PKG-INFO", Text: text})
	}
	f.Members = append(f.Members, Member{Name: top + "setup.py", Text: "raise SystemExit('never run')\n"})
	if egg != "" {
		f.Members = append(f.Members, Member{Name: egg + "PKG-INFO", Text: text})
	}
	if kind == SdistRequires {
		f.Members = append(f.Members, Member{Name: egg + "requires.txt", Text: strings.Join(requires, "\n") + "\n"})
	}
	return f
}

// archive returns the content of a file.
func (f *File) archive() []byte {
	switch {
	case f.Content != nil:
		return f.Content
	case strings.HasSuffix(f.Filename, ".tar.gz"), strings.HasSuffix(f.Filename, ".tgz"):
		return Tar(f.Members...)
	case strings.HasSuffix(f.Filename, ".tar"):
		return Unpacked(f.Members...)
	default:
		return Zip(f.Members...)
	}
}

// content returns the text of a member with its padding. It is always the same for the same member.
func (m Member) content() []byte {
	data := make([]byte, len(m.Text)+m.Padding)
	copy(data, m.Text)
	_, _ = rand.NewChaCha8([32]byte{}).Read(data[len(m.Text):]) // it never fails
	return data
}

// Zip returns a zip file. It is always the same for the same members.
func Zip(members ...Member) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, m := range members {
		header := &zip.FileHeader{Name: m.Name, Method: zip.Deflate}
		if m.Text == "" || m.Padding > 0 {
			header.Method = zip.Store
		}
		w, err := z.CreateHeader(header)
		if err == nil {
			_, err = w.Write(m.content())
		}
		must(err)
	}
	must(z.Close())
	return b.Bytes()
}

// Tar returns a tar file compressed with gzip. It is always the same for the same members.
func Tar(members ...Member) []byte {
	var b bytes.Buffer
	packed := gzip.NewWriter(&b)
	_, err := packed.Write(Unpacked(members...))
	must(err)
	must(packed.Close())
	return b.Bytes()
}

// Unpacked returns a tar file that is not compressed. It is always the same for the same members.
func Unpacked(members ...Member) []byte {
	var b bytes.Buffer
	t := tar.NewWriter(&b)
	for _, m := range members {
		data := m.content()
		header := &tar.Header{Name: m.Name, Mode: 0o644, Size: int64(len(data)), Typeflag: tar.TypeReg}
		if m.Link != "" {
			header.Typeflag, header.Linkname, header.Size, data = tar.TypeSymlink, m.Link, 0, nil
			if m.Hard {
				header.Typeflag = tar.TypeLink
			}
		}
		must(t.WriteHeader(header))
		_, err := t.Write(data)
		must(err)
	}
	must(t.Close())
	return b.Bytes()
}

//go:embed testdata/packed
var packed embed.FS

// Packed returns a source distribution of demo 2.0, which requires six, packed in a way that Go cannot write: with the
// ending .tar.bz2, .tar.xz, .tar.lzma, or .x86.tar.xz, which has the filters for machine code and differences. Each unpacks
// to the same tar file.
func Packed(ending string) []byte {
	content, err := packed.ReadFile("testdata/packed/demo-2.0" + ending)
	must(err)
	return content
}

// must panics if writing to memory failed, which means that the test asked for an impossible archive.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
