// Package reference is the reference configuration with its facts, as of one moment, for tests.
//
// The committed toxgen.yaml and registry/ move every week; what tests expect does not. The matrix of the Sentry
// Python SDK stands here as of 2026-08-10T04:00:00Z.
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

// Files is the whole project by path: what people write, the facts, and the lock, which is tox.ini and the build
// constraints.
func Files() map[string][]byte {
	all := map[string][]byte{config.FileName: read("toxgen.yaml"), ".github/workflows/ci.yml": read("ci.yml")}
	for _, f := range txtar.Parse(unpacked("facts.txtar.gz")).Files {
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

// Moment is when the facts held.
const Moment = "2026-08-10T04:00:00Z"

// Config is toxgen.yaml.
func Config(tb testing.TB) *config.Config {
	tb.Helper()
	c, findings := config.Parse(config.FileName, read("toxgen.yaml"))
	if len(findings) > 0 {
		tb.Fatal(findings)
	}
	return c
}

// Facts is registry/, parsed.
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

// Matrix is what has to be selected: the Pythons, ascending, by suite and release.
func Matrix(tb testing.TB) map[string]map[string][]string {
	tb.Helper()
	var m map[string]map[string][]string
	if err := json.Unmarshal(unpacked("matrix.json.gz"), &m); err != nil {
		tb.Fatal(err)
	}
	return m
}

// read is an embedded file; there is no way for it not to be there.
func read(name string) []byte {
	data, err := files.ReadFile("testdata/" + name)
	if err != nil {
		panic(err)
	}
	return data
}

func unpacked(name string) []byte {
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
