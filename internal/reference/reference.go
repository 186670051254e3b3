// Package reference holds the reference configuration and its facts, as of one moment, for tests.
//
// The committed toxgen.yaml and registry/ change every week; the expectations of tests do not. This is the matrix of the
// Sentry Python SDK as of 2026-08-10T04:00:00Z.
package reference

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"io"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"toxgen/internal/config"
	"toxgen/internal/registry"
	"toxgen/templates"
)

//go:embed testdata
var files embed.FS

// Files returns the whole project by path: the files written by hand, the facts, and the lock, which is tox.ini and the
// build constraints.
func Files() map[string][]byte {
	all := map[string][]byte{config.FileName: read("toxgen.yaml"), ".github/workflows/ci.yml": read("ci.yml")}
	for _, f := range txtar.Parse(unpack("facts.txtar.gz")).Files {
		all[f.Name] = f.Data
	}
	names, err := templates.Embedded.ReadDir(".")
	if err != nil {
		panic(err) // it is embedded
	}
	for _, entry := range names {
		all["templates/"+entry.Name()], _ = templates.Embedded.ReadFile(entry.Name())
	}
	return all
}

// Moment is the time at which the facts were recorded.
const Moment = "2026-08-10T04:00:00Z"

// Config returns the parsed toxgen.yaml.
func Config(tb testing.TB) *config.Config {
	tb.Helper()
	c, findings := config.Parse(config.FileName, read("toxgen.yaml"))
	if len(findings) > 0 {
		tb.Fatal(findings)
	}
	return c
}

// Facts returns the parsed registry/.
func Facts(tb testing.TB) registry.Facts {
	tb.Helper()
	facts := registry.Facts{}
	for path, data := range Files() {
		name, isFacts := registry.NameOf(path)
		if !isFacts {
			continue
		}
		project, disagreeing, faults := registry.Parse(name, data)
		if len(disagreeing)+len(faults) > 0 {
			tb.Fatal(path, disagreeing, faults)
		}
		facts[name] = project
	}
	return facts
}

// Matrix returns the expected selection: the Pythons, ascending, by suite and release.
func Matrix(tb testing.TB) map[string]map[string][]string {
	tb.Helper()
	var m map[string]map[string][]string
	if err := json.Unmarshal(unpack("matrix.json.gz"), &m); err != nil {
		tb.Fatal(err)
	}
	return m
}

// read returns an embedded file. It panics if there is no such file, which is a bug.
func read(name string) []byte {
	data, err := files.ReadFile("testdata/" + name)
	if err != nil {
		panic(err)
	}
	return data
}

// unpack returns the content of an embedded gzip file.
func unpack(name string) []byte {
	reader, err := gzip.NewReader(bytes.NewReader(read(name)))
	if err != nil {
		panic(err)
	}
	data, err := io.ReadAll(reader)
	if err != nil {
		panic(err)
	}
	return data
}
