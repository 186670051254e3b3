//go:build unix

package pipeline

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// batchVariable makes this test binary run the [batch] on its stdin and print the [cost]. The peak memory of a
// process is at least what the one that started it had: so that one has to be small.
const batchVariable = "TOXGEN_BENCH_BATCH"

func TestMain(m *testing.M) {
	if os.Getenv(batchVariable) == "" {
		os.Exit(m.Run())
	}
	var b batch
	err := json.NewDecoder(os.Stdin).Decode(&b)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(b.run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// batch are commands that are timed as one.
type batch struct {
	Commands [][]string
	// Environment is added to this process's.
	Environment []string
	Folder      string
	// Parallel is how many run at once.
	Parallel int
}

// cost is what a batch took.
type cost struct {
	Wall time.Duration
	// Peak is the most memory that one process used, in bytes.
	Peak int64
	// Failed is how many commands did not end with 0; Reason is what the first of them said.
	Failed int
	Reason string
}

// times is how many times the wall time of another it took.
func (c cost) times(other cost) float64 { return c.Wall.Seconds() / other.Wall.Seconds() }

func (b batch) run() cost {
	var c cost
	var mu sync.Mutex
	var workers sync.WaitGroup
	next := make(chan []string)
	begin := time.Now()
	for range b.Parallel {
		workers.Go(func() {
			for arguments := range next {
				command := exec.Command(arguments[0], arguments[1:]...)
				command.Dir = b.Folder
				command.Env = append(os.Environ(), b.Environment...)
				out, err := command.CombinedOutput()
				mu.Lock()
				if err != nil {
					c.Failed++
					c.Reason = cmp.Or(c.Reason, fmt.Sprintf("%s: %v\n%s", strings.Join(arguments, " "), err, out))
				}
				if usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage); ok {
					c.Peak = max(c.Peak, int64(usage.Maxrss)*1024)
				}
				mu.Unlock()
			}
		})
	}
	for _, arguments := range b.Commands {
		next <- arguments
	}
	close(next)
	workers.Wait()
	c.Wall = time.Since(begin)
	return c
}

// measure runs a batch in a process of its own.
func (b batch) measure(tb testing.TB) cost {
	tb.Helper()
	text, err := json.Marshal(b)
	if err != nil {
		tb.Fatal(err)
	}
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), batchVariable+"=1")
	command.Stdin = bytes.NewReader(text)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		tb.Fatal(err)
	}
	var c cost
	if err := json.Unmarshal(out, &c); err != nil {
		tb.Fatal(err)
	}
	return c
}
