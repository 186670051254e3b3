//go:build unix

package bench

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"toxgen/internal/config"
	"toxgen/internal/program"
	"toxgen/internal/reference"
)

// roleVariable makes this test binary another program: see [roles].
const roleVariable = "TOXGEN_BENCH_ROLE"

// roles are the programs that this test binary can be. Each reads JSON values and writes JSON values.
var roles = map[string]func(in *json.Decoder, out *json.Encoder) error{"batch": runBatch, "index": runIndex}

func TestMain(m *testing.M) {
	name, isRole := os.LookupEnv(roleVariable)
	if !isRole {
		os.Exit(m.Run())
	}
	if err := roles[name](json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// inRole returns a command that runs this test binary in a role.
func inRole(name string) *exec.Cmd {
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), roleVariable+"="+name)
	command.Stderr = os.Stderr
	return command
}

// slice returns the folder of the recorded slice of the index. Without one, the benchmark is skipped.
func slice(b *testing.B) string {
	folder := os.Getenv("TOXGEN_INDEX_SLICE")
	if folder == "" {
		b.Skip("TOXGEN_INDEX_SLICE names no folder with a recorded slice of the index")
	}
	folder, err := filepath.Abs(folder)
	if err != nil {
		b.Fatal(err)
	}
	return folder
}

// once runs a benchmark that prints tables: one iteration is enough.
func once(b *testing.B, run func()) {
	for b.Loop() {
		run()
	}
	b.ReportMetric(0, "ns/op") // the tables have the times
}

// compiled returns the path of the program.
func compiled(b *testing.B) string {
	path := filepath.Join(b.TempDir(), "toxgen")
	if err := program.Compile(path); err != nil {
		b.Fatal(err)
	}
	return path
}

// inPath returns the path of a program.
func inPath(b *testing.B, name string) string {
	path, err := exec.LookPath(name)
	if err != nil {
		b.Fatalf("%s is not in PATH", name)
	}
	return path
}

// newProject returns a folder with a configuration and the workflow that pins its actions, and nothing else.
func newProject(b *testing.B, configuration []byte) string {
	folder := b.TempDir()
	write(b, folder, config.FileName, configuration)
	write(b, folder, ".github/workflows/ci.yml", reference.Files()[".github/workflows/ci.yml"])
	return folder
}

func write(b *testing.B, folder, name string, data []byte) {
	path := filepath.Join(folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		b.Fatal(err)
	}
}

// copyFiles copies the files of a folder whose names match one of the patterns.
func copyFiles(b *testing.B, from, to string, patterns ...string) {
	for _, pattern := range patterns {
		names, err := fs.Glob(os.DirFS(from), pattern)
		if err != nil {
			b.Fatal(err)
		}
		for _, name := range names {
			data, err := os.ReadFile(filepath.Join(from, name))
			if err != nil {
				b.Fatal(err)
			}
			write(b, to, name, data)
		}
	}
}

// update returns an update to the state of the index at a time.
func update(program, index, cache, before string, flags ...string) batch {
	return batch{
		Commands:    [][]string{append([]string{program, "update", "-before=" + before}, flags...)},
		Environment: []string{"TOXGEN_INDEX_URL=" + index, "TOXGEN_CACHE=" + cache, "TOXGEN_OFFLINE=", "NETRC=" + os.DevNull},
		Parallel:    1,
	}
}
