// Package progress shows what a run is doing while it does it.
//
// The work tells a [Meter] what begins and ends. That never waits for anything: nothing is written meanwhile. A [Display] asks
// the meter now and then for its [State], makes one line of it, and writes that to a terminal or into a log.
//
// # On a terminal
//
// The line appears when a run takes longer than half a second, and stands until the run ends:
//
//	resolving 312 of 840 environments (6 s, 52/s), waiting 5 s for grpcio
//
// The cursor stands in an empty line above it. So whatever else is printed, by this program, by mage or by the echo of ^C,
// begins in an empty line, and the line is removed by erasing what is below the cursor. This also holds if the window becomes
// narrower and the terminal breaks the line in two.
//
// # Elsewhere
//
// Where standard error is no terminal, where CI is set, and on a terminal that cannot move its cursor (TERM=dumb), the line is
// printed after ten seconds and then every thirty seconds. So the log of a short run has no such line. There are no colours,
// so that NO_COLOR changes nothing.
//
// Details, for which -v asks, are lines of their own: each project that was fetched and each environment that was resolved, with
// its time.
//
// Nothing that the program writes into files depends on this package. The clock is that of package time, which tests replace
// by testing/synctest.
package progress

import (
	"cmp"
	"context"
	"io"
	"math"
	"strings"
	"sync"
	"time"
)

// How often what is shown.
const (
	// onTerminal is when the line appears on a terminal, and period how often it is written anew.
	onTerminal = 500 * time.Millisecond
	period     = 200 * time.Millisecond
	// first is when the line is printed elsewhere, and then after every pause.
	first = 10 * time.Second
	pause = 30 * time.Second
	// farewell is how long the end of a run waits for a terminal that takes nothing.
	farewell = time.Second
)

// Control sequences that every terminal knows: erase from the beginning of the line to the end of the screen, and go to the
// beginning of the line above.
const (
	erase = "\r\x1b[J"
	up    = "\x1b[A\r"
)

// A Display shows what a meter collects.
type Display struct {
	// Meter is the meter.
	Meter *Meter
	// terminal returns the number of columns, or 0 where there is no line that stands.
	terminal func() int

	// mu guards what follows, and that nothing else is written meanwhile.
	mu  sync.Mutex
	out io.Writer
	// drawn is set while the line stands, and broken while the last text that was written does not end with a line end.
	drawn, broken bool
	// next is when the line is due.
	next time.Time
}

// NewDisplay returns a display that writes to out. terminal returns the number of columns of a terminal on which a line can
// stand, or 0 if out is none.
func NewDisplay(meter *Meter, out io.Writer, terminal func() int) *Display {
	return &Display{Meter: meter, out: out, terminal: terminal}
}

// Show shows the progress until the function that it returns is called, which removes the line, or until the context ends.
func (d *Display) Show(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	d.mu.Lock()
	d.next = time.Now().Add(first)
	if d.terminal() > 0 {
		d.next = time.Now().Add(onTerminal)
	}
	d.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(period)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				d.clear()
				return
			case now := <-ticker.C:
				d.tick(now)
			}
		}
	}()
	return func() {
		cancel()
		select {
		case <-ended:
		case <-time.After(farewell):
		}
	}
}

// tick writes what is due at a moment.
func (d *Display) tick(now time.Time) {
	state := d.Meter.State(now)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken {
		return
	}
	text := d.pending()
	switch width := d.terminal(); {
	case now.Before(d.next):
	case width > 0:
		d.drawn = true
		text = cmp.Or(text, erase) + "\n" + state.Line(width-1, now) + up // in the last column a cursor can be in either row
	default:
		d.next = now.Add(pause)
		text += state.Line(math.MaxInt, now) + "\n"
	}
	d.print(text)
}

// pending returns what has to be written before anything else: what erases the line, and the details that there are.
func (d *Display) pending() string {
	var b strings.Builder
	if d.drawn {
		b.WriteString(erase)
		d.drawn = false
	}
	for _, detail := range d.Meter.Details() {
		b.WriteString(detail + "\n")
	}
	return b.String()
}

// print writes a text at once. That it cannot be written is no reason to stop the work.
func (d *Display) print(text string) {
	if text != "" {
		_, _ = io.WriteString(d.out, text)
	}
}

// clear writes what is pending.
func (d *Display) clear() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.print(d.pending())
}

// Writer returns a writer to out, which may be the same terminal. It removes the line before it writes.
func (d *Display) Writer(out io.Writer) io.Writer { return writer{d, out} }

// A writer writes to out while no line stands.
type writer struct {
	display *Display
	out     io.Writer
}

// Write implements [io.Writer].
func (w writer) Write(p []byte) (int, error) {
	d := w.display
	d.mu.Lock()
	defer d.mu.Unlock()
	d.print(d.pending())
	if len(p) > 0 {
		d.broken = p[len(p)-1] != '\n'
	}
	return w.out.Write(p)
}
