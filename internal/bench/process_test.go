//go:build unix

package bench

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

// A batch is a list of commands that are timed as one. It runs in a process of its own: the peak memory of a process is
// at least that of the process that started it, which must therefore be small.
type batch struct {
	Commands [][]string
	// Environment is added to that of this process.
	Environment []string
	Folder      string
	// Parallel is the number of commands that run at the same time.
	Parallel int
	// Status is the exit status that the commands should have.
	Status int
}

// A cost is what a batch took.
type cost struct {
	Wall time.Duration
	// CPU is the user and system time of the commands and all their children.
	CPU time.Duration
	// Peak is the maximum memory of one process, in bytes.
	Peak int64
	// Failed is the number of commands with another exit status; Reason is the output of the first of them.
	Failed int
	Reason string

	// Served is the CPU time of the index meanwhile.
	Served time.Duration `json:"-"`
}

// runBatch is the role that runs a batch.
func runBatch(in *json.Decoder, out *json.Encoder) error {
	var b batch
	if err := in.Decode(&b); err != nil {
		return err
	}
	return out.Encode(b.run())
}

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
				c.add(b, command, out, err)
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

// add adds the cost of a command that has ended.
func (c *cost) add(b batch, command *exec.Cmd, out []byte, err error) {
	state := command.ProcessState
	if state == nil || state.ExitCode() != b.Status {
		c.Failed++
		c.Reason = cmp.Or(c.Reason, fmt.Sprintf("%s: %v\n%s", strings.Join(command.Args, " "), err, out))
	}
	if state == nil {
		return
	}
	c.CPU += state.UserTime() + state.SystemTime()
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		c.Peak = max(c.Peak, int64(usage.Maxrss)*1024)
	}
}

// measure runs a batch. The index that it uses may be nil.
func (b batch) measure(tb testing.TB, from *index) cost {
	tb.Helper()
	text, err := json.Marshal(b)
	if err != nil {
		tb.Fatal(err)
	}
	before := from.cpu(tb)
	command := inRole("batch")
	command.Stdin = bytes.NewReader(text)
	out, err := command.Output()
	if err != nil {
		tb.Fatal(err)
	}
	var c cost
	if err := json.Unmarshal(out, &c); err != nil {
		tb.Fatal(err)
	}
	c.Served = from.cpu(tb) - before
	return c
}

// must is like measure. It ends the benchmark if a command fails.
func (b batch) must(tb testing.TB, from *index) cost {
	tb.Helper()
	c := b.measure(tb, from)
	if c.Failed > 0 {
		tb.Fatal(c.Reason)
	}
	return c
}

// in returns the batch in another folder.
func (b batch) in(folder string) batch {
	b.Folder = folder
	return b
}
