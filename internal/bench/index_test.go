//go:build unix

package bench

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"runtime/debug"
	"sync"
	"syscall"
	"testing"
	"time"

	"toxgen/internal/pypitest"
)

// A serving says what an index serves.
type serving struct {
	// Slice is the folder of the recorded slice. World is what is made of it.
	Slice string
	World world
	// Latency is the delay of each answer. AsOf hides files that are younger. StandIns is for programs that would have to
	// build source distributions.
	Latency  time.Duration
	AsOf     time.Time
	StandIns bool
}

// An index is the process of an index.
type index struct {
	url string
	// stop ends the process, which the end of the benchmark does, too.
	stop func()
	asks *json.Encoder
	says *json.Decoder
}

// runIndex is the role that serves an index. It writes the URL, and its CPU time whenever it reads a value.
func runIndex(in *json.Decoder, out *json.Encoder) error {
	var s serving
	if err := in.Decode(&s); err != nil {
		return err
	}
	folder := s.World.of(os.DirFS(s.Slice))
	server := pypitest.Replay(roleTB{}, folder, pypitest.Options{Stubs: true, Latency: s.Latency, AsOf: s.AsOf, StandIns: s.StandIns})
	names, err := pypitest.Names(folder)
	if err != nil {
		return err
	}
	server.Warm(names...)
	debug.FreeOSMemory() // the programs need it
	if err := out.Encode(server.URL); err != nil {
		return err
	}
	for {
		var ask any
		if err := in.Decode(&ask); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		server.Reset() // or the log would grow
		if err := out.Encode(ownCPU(roleTB{})); err != nil {
			return err
		}
	}
}

// A roleTB lets a process that runs no tests start a server for tests. The server ends with the process.
type roleTB struct{ testing.TB }

func (roleTB) Helper()           {}
func (roleTB) Cleanup(func())    {}
func (roleTB) Output() io.Writer { return os.Stderr }

// ownCPU returns the CPU time of this process so far.
func ownCPU(tb testing.TB) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// start starts the process of an index, which has rendered its pages when start returns, and ends it with the benchmark.
func (s serving) start(b *testing.B) *index {
	b.Helper()
	command := inRole("index")
	in, err := command.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	x := &index{asks: json.NewEncoder(in), says: json.NewDecoder(out), stop: sync.OnceFunc(func() {
		_ = in.Close()
		if err := command.Wait(); err != nil {
			b.Error(err)
		}
	})}
	b.Cleanup(x.stop)
	x.exchange(b, s, &x.url)
	return x
}

// cpu returns the CPU time of the process so far, or 0 if there is no index.
func (x *index) cpu(tb testing.TB) (spent time.Duration) {
	if x != nil {
		x.exchange(tb, "cpu", &spent)
	}
	return spent
}

// exchange writes a value and reads another one.
func (x *index) exchange(tb testing.TB, ask, answer any) {
	tb.Helper()
	if err := x.asks.Encode(ask); err != nil {
		tb.Fatal(err)
	}
	if err := x.says.Decode(answer); err != nil {
		tb.Fatal(err)
	}
}
