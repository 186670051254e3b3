package graph

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/magefile/mage/mg"

	"toxgen/internal/pipeline"
)

const configuration = `project: {name: my-sdk}
pythons: [{version: "3.14", patch: 4}]
platform: {system: linux, machine: x86_64, libc: glibc-2.28}
workflow:
  name: Test
  triggers: {dispatch: true}
  runs-on: ubuntu-24.04
  timeout: 30
  tools: {uv: "0.13.9", tox: "4.67.15", tox-uv: "1.37.1"}
groups: [{name: Web, suites: [flask]}]
suites: {flask: {package: flask, test-path: tests}}
testenv: {commands: [pytest]}
`

// TestWithin checks that a verifying run that does not end is given up, and that the result of one that ends is kept.
func TestWithin(t *testing.T) {
	forever := make(chan struct{})
	t.Cleanup(func() { close(forever) })
	for _, tt := range []struct {
		name  string
		limit time.Duration
		do    func(context.Context) error
		// want is the exit status, and says a part of what is printed.
		want int
		says string
	}{
		{"endless", time.Nanosecond, func(context.Context) error { <-forever; return nil },
			1, "error: the run is given up after 1ns, while it was reading the configuration"},
		{"in sync", time.Hour, func(context.Context) error { return nil }, 0, ""},
		{"failed", time.Hour, func(context.Context) error { return errors.New("no luck") }, 1, "error: no luck"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			folder := t.TempDir()
			if err := os.WriteFile(filepath.Join(folder, "toxgen.yaml"), []byte(configuration), 0o666); err != nil {
				t.Fatal(err)
			}
			var printed bytes.Buffer
			run, err := pipeline.Verifying(pipeline.World{Root: folder, Config: "toxgen.yaml", Cache: t.TempDir(), Stderr: &printed})
			if err != nil {
				t.Fatal(err)
			}
			status := 0
			func() {
				defer func() {
					if failure, is := recover().(error); is {
						status = mg.ExitStatus(failure)
					}
				}()
				status = mg.ExitStatus(within(t.Context(), tt.limit, run, Step(run, tt.name, tt.do, nil)))
			}()
			if status != tt.want || !strings.Contains(printed.String(), tt.says) {
				t.Errorf("exit status %d, not %d; printed %q, want %q", status, tt.want, &printed, tt.says)
			}
		})
	}
}
