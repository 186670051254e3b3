package progress

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A screen is what a terminal shows. It obeys what a [Display] writes, and breaks lines.
type screen struct {
	mu          sync.Mutex
	width       int
	rows        [][]rune
	row, column int
}

// Write implements [io.Writer].
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for text := string(p); text != ""; {
		switch {
		case strings.HasPrefix(text, "\x1b[J"):
			s.at(s.row)
			s.rows = s.rows[:s.row+1]
			s.rows[s.row] = s.rows[s.row][:min(s.column, len(s.rows[s.row]))]
			text = text[3:]
			continue
		case strings.HasPrefix(text, "\x1b[A"):
			s.row--
			text = text[3:]
			continue
		}
		switch c := []rune(text)[0]; c {
		case '\r':
			s.column = 0
		case '\n': // as the line discipline of a terminal has it
			s.row, s.column = s.row+1, 0
		default:
			if s.column == s.width {
				s.row, s.column = s.row+1, 0
			}
			s.at(s.row)
			for len(s.rows[s.row]) <= s.column {
				s.rows[s.row] = append(s.rows[s.row], ' ')
			}
			s.rows[s.row][s.column] = c
			s.column++
		}
		text = string([]rune(text)[1:])
	}
	return len(p), nil
}

// at makes the screen have a row.
func (s *screen) at(row int) {
	for len(s.rows) <= row {
		s.rows = append(s.rows, nil)
	}
}

// narrow makes the terminal narrower. Rows that are too long are broken; the cursor keeps its row, which is above them.
func (s *screen) narrow(width int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.width = width
	for i := 0; i < len(s.rows); i++ {
		if r := s.rows[i]; len(r) > width {
			s.rows = append(s.rows[:i+1], append([][]rune{r[width:]}, s.rows[i+1:]...)...)
			s.rows[i] = r[:width]
		}
	}
}

// String returns the rows, without empty ones at the end.
func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var rows []string
	for _, r := range s.rows {
		rows = append(rows, strings.TrimRight(string(r), " "))
	}
	return strings.TrimRight(strings.Join(rows, "\n"), "\n")
}

// columns returns how wide the screen is.
func (s *screen) columns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.width
}

// TestDisplayOnTerminal plays what happens to a line that stands, and looks at the screen.
func TestDisplayOnTerminal(t *testing.T) {
	const line = "fetching 0 of 61 projects (%d s)"
	for _, test := range []struct {
		name string
		// after is how long the run has lasted when something happens, and lasts how long it lasts.
		after, lasts time.Duration
		happens      func(s *screen, d *Display, stderr, stdout io.Writer)
		// during is the screen a second after that, and end the screen at the end of the run.
		during, end string
	}{
		{"a short run", 300 * time.Millisecond, 400 * time.Millisecond, nil, "", ""},
		{"a long run", 9050 * time.Millisecond, 20 * time.Second, nil, "\n" + fmt.Sprintf(line, 10), ""},
		{"a finding", 9050 * time.Millisecond, 20 * time.Second, func(_ *screen, _ *Display, stderr, _ io.Writer) { fmt.Fprintln(stderr, "error: it is wrong") },
			"error: it is wrong\n\n" + fmt.Sprintf(line, 10), "error: it is wrong"},
		{"data", 9050 * time.Millisecond, 20 * time.Second, func(_ *screen, _ *Display, _, stdout io.Writer) { fmt.Fprint(stdout, "one\ntwo\n") },
			"one\ntwo\n\n" + fmt.Sprintf(line, 10), "one\ntwo"},
		{"a part of a line", 9050 * time.Millisecond, 20 * time.Second, func(_ *screen, _ *Display, stderr, _ io.Writer) { fmt.Fprint(stderr, "Continue? ") },
			"Continue?", "Continue?"},
		{"a line in parts", 9050 * time.Millisecond, 20 * time.Second, func(_ *screen, _ *Display, stderr, _ io.Writer) {
			fmt.Fprint(stderr, "a ")
			fmt.Fprint(stderr, "b\n")
		}, "a b\n\n" + fmt.Sprintf(line, 10), "a b"},
		{"a message of mage", 9050 * time.Millisecond, 20 * time.Second, func(s *screen, _ *Display, _, _ io.Writer) { fmt.Fprintln(s, "^Ccancelling mage targets") },
			"^Ccancelling mage targets\n\n" + fmt.Sprintf(line, 10), "^Ccancelling mage targets"},
		{"the echo of ^C", 9050 * time.Millisecond, 20 * time.Second, func(s *screen, _ *Display, _, _ io.Writer) { fmt.Fprint(s, "^C") },
			"\n" + fmt.Sprintf(line, 10), ""},
		{"a terminal that becomes narrower", 9050 * time.Millisecond, 20 * time.Second, func(s *screen, _ *Display, _, _ io.Writer) { s.narrow(20) },
			"\nfetching 0 of 61 …", ""},
		{"a detail", 9050 * time.Millisecond, 20 * time.Second, func(_ *screen, d *Display, _, _ io.Writer) { d.Meter.Wait("app")("fetched") },
			"fetched app in 0.00 s\n\n" + fmt.Sprintf(line, 10), "fetched app in 0.00 s"},
		{"a detail at the very end", 9450 * time.Millisecond, 9500 * time.Millisecond, func(_ *screen, d *Display, _, _ io.Writer) { d.Meter.Wait("app")("fetched") },
			"fetched app in 0.00 s", "fetched app in 0.00 s"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &screen{width: 80}
				d := NewDisplay(NewMeter(true), s, s.columns)
				stop := d.Show(t.Context())
				d.Meter.Begin("fetching", 61, "project")
				time.AfterFunc(test.lasts, stop)
				time.Sleep(test.after)
				if test.happens != nil {
					test.happens(s, d, d.Writer(s), d.Writer(s))
				}
				time.Sleep(time.Second)
				synctest.Wait()
				if got := s.String(); got != test.during {
					t.Errorf("during the run:\n%q\nwant\n%q", got, test.during)
				}
				time.Sleep(time.Minute)
				if got := s.String(); got != test.end {
					t.Errorf("after the run:\n%q\nwant\n%q", got, test.end)
				}
			})
		})
	}
}

// none is the width of what is no terminal.
func none() int { return 0 }

// TestDisplayElsewhere: a log has a line after ten seconds, and then one every thirty seconds.
func TestDisplayElsewhere(t *testing.T) {
	for _, test := range []struct {
		lasts time.Duration
		want  string
	}{
		{9 * time.Second, ""},
		{39 * time.Second, "fetching 0 of 61 projects (10 s)\n"},
		{75 * time.Second, "fetching 0 of 61 projects (10 s)\nfetching 0 of 61 projects (40 s)\nfetching 0 of 61 projects (1 min 10 s)\n"},
	} {
		t.Run(test.lasts.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log strings.Builder
				d := NewDisplay(NewMeter(false), &log, none)
				stop := d.Show(t.Context())
				d.Meter.Begin("fetching", 61, "project")
				time.Sleep(test.lasts)
				stop()
				if log.String() != test.want {
					t.Errorf("got  %q\nwant %q", &log, test.want)
				}
			})
		})
	}
}

// TestDisplayEndsWithItsContext: the line goes as soon as the run is interrupted, and does not come again.
func TestDisplayEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &screen{width: 80}
		d := NewDisplay(NewMeter(false), s, s.columns)
		ctx, interrupt := context.WithCancel(t.Context())
		defer d.Show(ctx)()
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if s.String() == "" {
			t.Error("there is no line")
		}
		interrupt()
		synctest.Wait()
		if got := s.String(); got != "" {
			t.Errorf("left: %q", got)
		}
		time.Sleep(time.Minute)
		if got := s.String(); got != "" {
			t.Errorf("drawn again: %q", got)
		}
	})
}

// A blocked writer takes nothing until it is closed, as a terminal after ^S.
type blocked chan struct{}

func (b blocked) Write(p []byte) (int, error) {
	<-b
	return len(p), nil
}

// TestBlockedTerminal: work goes on while the terminal takes nothing, and the run ends.
func TestBlockedTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := make(blocked)
		d := NewDisplay(NewMeter(true), b, func() int { return 80 })
		stop := d.Show(t.Context())
		time.Sleep(time.Minute)
		began := time.Now()
		task := d.Meter.Begin("resolving", 1000, "environment")
		var workers sync.WaitGroup
		for range 1000 {
			workers.Go(func() { task.Item("one")("resolved") })
		}
		workers.Wait()
		task.End()
		if took := time.Since(began); took > 0 {
			t.Errorf("the work took %s longer", took)
		}
		stop()
		if took := time.Since(began); took > farewell {
			t.Errorf("the end took %s", took)
		}
		close(b)
	})
}
