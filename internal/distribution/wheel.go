package distribution

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash/crc32"
	"strings"
)

// wheelOf returns the wheel of a platform: `pip install` and `uv tool install` put the program into the folder of scripts. It has no
// Python code, so it serves every Python 3. license is the text of the licence.
//
// The specification is "Binary distribution format" (https://packaging.python.org/en/latest/specifications/binary-distribution-format/).
func wheelOf(p Platform, number string, program, license []byte) (artifact, error) {
	stem := "toxgen-" + number
	tags := strings.Join(p.Tags, ".")
	members := []artifact{
		{stem + ".data/scripts/" + p.executable("toxgen"), program, 0o755},
		{stem + ".dist-info/METADATA", fmt.Appendf(nil, metadata, number), 0o644},
		{stem + ".dist-info/WHEEL", wheelFile(p), 0o644},
		{stem + ".dist-info/licenses/LICENSE", license, 0o644},
	}
	data, err := archive(append(members, artifact{stem + ".dist-info/RECORD", record(stem, members), 0o644}))
	return artifact{fmt.Sprintf("%s-py3-none-%s.whl", stem, tags), data, 0o666}, err
}

// metadata is the core metadata, with a place for the version.
const metadata = `Metadata-Version: 2.4
Name: toxgen
Version: %s
Summary: Keeps the test matrix of a Python SDK: tox.ini and GitHub workflows, with every environment pinned
License-Expression: MIT
License-File: LICENSE
Keywords: tox,testing,matrix,lock,github-actions
Classifier: Environment :: Console
Classifier: Intended Audience :: Developers
Classifier: Operating System :: MacOS
Classifier: Operating System :: Microsoft :: Windows
Classifier: Operating System :: POSIX :: Linux
Classifier: Topic :: Software Development :: Testing
Description-Content-Type: text/markdown

toxgen keeps the test matrix of a Python SDK. It finds the releases of the integrated frameworks on the package index, picks
representative ones, resolves and pins every environment, and writes tox.ini and GitHub workflows. A check, offline and strict,
finds out whether all parts still fit together.

This package holds one static binary, which needs no Python itself: ` + "`uvx toxgen -h`" + ` shows how it is used.
`

// wheelFile returns the text of the file WHEEL.
func wheelFile(p Platform) []byte {
	text := "Wheel-Version: 1.0\nGenerator: toxgen\nRoot-Is-Purelib: false\n"
	for _, tag := range p.Tags {
		text += "Tag: py3-none-" + tag + "\n"
	}
	return []byte(text)
}

// record returns the text of the file RECORD, which states the digest of each other file.
func record(stem string, members []artifact) []byte {
	var text strings.Builder
	for _, m := range members {
		sum := sha256.Sum256(m.data)
		fmt.Fprintf(&text, "%s,sha256=%s,%d\n", m.name, base64.RawURLEncoding.EncodeToString(sum[:]), len(m.data))
	}
	return []byte(text.String() + stem + ".dist-info/RECORD,,\n")
}

// epoch is the date of all members, 1980-01-01, in the form of zip archives. It is the first that they can state.
const epoch = 1<<5 | 1

// archive returns a zip archive of the members. Their sizes stand before the data, not after them: package indexes and installers
// that read an archive from its start refuse the latter.
func archive(members []artifact) ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, m := range members {
		var compressed bytes.Buffer
		c, err := flate.NewWriter(&compressed, flate.BestCompression)
		if err != nil {
			return nil, err
		}
		if _, err = c.Write(m.data); err == nil {
			err = c.Close()
		}
		if err != nil {
			return nil, err
		}
		header := &zip.FileHeader{Name: m.name, Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(m.data),
			CompressedSize64: uint64(compressed.Len()), UncompressedSize64: uint64(len(m.data))}
		header.SetMode(m.mode)
		//lint:ignore SA1019 a raw header does not take its date from Modified
		header.ModifiedDate = epoch
		raw, err := w.CreateRaw(header)
		if err != nil {
			return nil, err
		}
		if _, err := raw.Write(compressed.Bytes()); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return out.Bytes(), err
}
