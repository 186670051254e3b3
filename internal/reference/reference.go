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
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"toxgen/internal/config"
	"toxgen/internal/registry"
)

//go:embed testdata
var files embed.FS

// Moment is when the facts held.
const Moment = "2026-08-10T04:00:00Z"

// YAML is the text of toxgen.yaml.
func YAML(tb testing.TB) []byte {
	tb.Helper()
	data, err := files.ReadFile("testdata/toxgen.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// Config is toxgen.yaml.
func Config(tb testing.TB) *config.Config {
	tb.Helper()
	c, findings := config.Parse(config.FileName, YAML(tb))
	if len(findings) > 0 {
		tb.Fatal(findings)
	}
	return c
}

// Registry are the files of registry/ by their paths.
func Registry(tb testing.TB) map[string][]byte {
	tb.Helper()
	all := map[string][]byte{}
	for _, f := range txtar.Parse(unpacked(tb, "facts.txtar.gz")).Files {
		all[registry.Folder+"/"+f.Name] = f.Data
	}
	return all
}

// Facts is registry/, parsed.
func Facts(tb testing.TB) registry.Facts {
	tb.Helper()
	facts := registry.Facts{}
	for path, data := range Registry(tb) {
		name := strings.TrimSuffix(strings.TrimPrefix(path, registry.Folder+"/"), ".jsonl")
		project, disagreeing, faults := registry.Parse(name, data)
		if len(disagreeing) > 0 || len(faults) > 0 {
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
	if err := json.Unmarshal(unpacked(tb, "matrix.json.gz"), &m); err != nil {
		tb.Fatal(err)
	}
	return m
}

func unpacked(tb testing.TB, name string) []byte {
	tb.Helper()
	packed, err := files.ReadFile("testdata/" + name)
	if err != nil {
		tb.Fatal(err)
	}
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
