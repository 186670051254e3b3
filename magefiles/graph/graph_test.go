package graph

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/magefile/mage/mg"

	"toxgen/internal/pipeline"
	"toxgen/internal/progress"
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

// TestWalk checks that a run that does not end in time, or is interrupted, is given up, even if its step goes on, and that the result
// of one that ends is kept.
func TestWalk(t *testing.T) {
	forever := make(chan struct{})
	t.Cleanup(func() { close(forever) })
	endless := func(context.Context) error { <-forever; return nil }
	for _, tt := range []struct {
		name  string
		limit time.Duration
		do    func(context.Context) error
		// interrupted is set if the command is interrupted.
		interrupted bool
		// want is the exit status, and says what is printed.
		want int
		says string
	}{
		{"endless", time.Nanosecond, endless, false, 1, "error: the run took longer than 1ns, while it was reading toxgen.yaml\n"},
		{"interrupted", time.Hour, endless, true, 1, "error: interrupted, while it was reading toxgen.yaml\n"},
		{"interrupted, and the step notices", time.Hour, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, true,
			1, "error: interrupted, while it was reading toxgen.yaml\n"},
		{"in sync", time.Hour, func(context.Context) error { return nil }, false, 0, ""},
		{"failed", time.Hour, func(context.Context) error { return errors.New("no luck") }, false, 1, "error: no luck\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			folder := t.TempDir()
			if err := os.WriteFile(filepath.Join(folder, "toxgen.yaml"), []byte(configuration), 0o666); err != nil {
				t.Fatal(err)
			}
			var printed bytes.Buffer
			world := pipeline.World{Root: folder, Config: "toxgen.yaml", Cache: t.TempDir(), Stderr: &printed,
				Display: progress.NewDisplay(progress.NewMeter(false), &printed, func() int { return 0 })}
			run, err := pipeline.Verifying(world)
			if err != nil {
				t.Fatal(err)
			}
			ctx, interrupt := context.WithCancelCause(t.Context())
			defer interrupt(nil)
			if tt.interrupted {
				interrupt(world.Cause("interrupted"))
			}
			ctx, cancel := limited(ctx, world, tt.limit)
			defer cancel()
			status := 0
			func() {
				defer func() {
					if failure, is := recover().(error); is {
						status = mg.ExitStatus(failure)
					}
				}()
				status = int(walk(ctx, run, Step(run, tt.name, tt.do, nil)))
			}()
			if status != tt.want || printed.String() != tt.says {
				t.Errorf("exit status %d, not %d; printed %q, want %q", status, tt.want, &printed, tt.says)
			}
		})
	}
}
