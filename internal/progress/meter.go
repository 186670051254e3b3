package progress

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"toxgen/internal/display"
)

// A Meter collects what the work reports. It may be used by several goroutines at once. Its methods never wait for what shows it.
type Meter struct {
	mu sync.Mutex
	// doing is the activity while no task is open, since a time.
	doing string
	since time.Time
	// tasks are the open tasks, the newest last. waits are what the run waits for.
	tasks []*Task
	waits map[*wait]bool
	// details are lines that were not shown yet; kept reports whether there are any, and told has those that there were.
	details []string
	kept    bool
	told    map[string]bool
}

// NewMeter returns a meter. detailed reports whether it collects details.
func NewMeter(detailed bool) *Meter {
	return &Meter{doing: "starting", since: time.Now(), waits: map[*wait]bool{}, kept: detailed, told: map[string]bool{}}
}

// A Task is an activity of which the items are counted.
type Task struct {
	meter       *Meter
	doing       string
	began       time.Time
	done, total int
	thing       string
}

// A wait is something that the run waits for. It is an item of a task, or a question that no task counts.
type wait struct {
	name  string
	task  *Task
	began time.Time
}

// Doing reports an activity without items, such as "rendering tox.ini". It lasts until the next one.
func (m *Meter) Doing(doing string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.doing, m.since = doing, time.Now()
}

// Begin reports that a task begins, such as "fetching" a number of things of the kind "project". A total of 0 is one that is not
// known.
func (m *Meter) Begin(doing string, total int, thing string) *Task {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := &Task{meter: m, doing: doing, began: time.Now(), total: total, thing: thing}
	m.tasks = append(m.tasks, t)
	return t
}

// End reports that the task ended.
func (t *Task) End() {
	t.meter.mu.Lock()
	defer t.meter.mu.Unlock()
	t.meter.tasks = slices.DeleteFunc(t.meter.tasks, func(u *Task) bool { return u == t })
}

// Item reports that an item of the task begins. The function that it returns reports that it ended; what was done with the
// item, such as "resolved", is a detail unless it is empty.
func (t *Task) Item(name string) (end func(did string)) { return t.meter.wait(name, t) }

// Wait reports that the run waits for something, which no task counts. The function that it returns reports that it ended, as
// that of [Task.Item] does.
func (m *Meter) Wait(name string) (end func(did string)) { return m.wait(name, nil) }

func (m *Meter) wait(name string, t *Task) (end func(did string)) {
	w := &wait{name, t, time.Now()}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.waits[w] = true
	return func(did string) {
		took := time.Since(w.began)
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.waits, w)
		if t != nil {
			t.done++
		}
		if detail := did + " " + name; m.kept && did != "" && !m.told[detail] {
			m.told[detail] = true
			m.details = append(m.details, display.Line(fmt.Sprintf("%s in %.2f s", detail, took.Seconds())))
		}
	}
}

// Details returns the details that were collected since the last call. An item has one: what is done with it again takes next to
// no time, since the answers are remembered.
func (m *Meter) Details() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	details := m.details
	m.details = nil
	return details
}

// State returns what the run is doing at a moment. What is slow is a question rather than an item, since items wait for questions.
func (m *Meter) State(now time.Time) State {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := State{Doing: m.doing, Began: m.since}
	if n := len(m.tasks); n > 0 {
		t := m.tasks[n-1]
		s = State{Doing: t.doing, Began: t.began, Done: t.done, Total: t.total, Thing: t.thing}
	}
	var question, item *wait // the oldest ones
	for w := range m.waits {
		switch {
		case w.task == nil && w.isBefore(question):
			question = w
		case w.task != nil && w.isBefore(item):
			item = w
		}
	}
	if question != nil && (item == nil || now.Sub(question.began) >= slow) {
		item = question
	}
	if item != nil {
		s.Slow, s.Since = item.name, item.began
	}
	return s
}

// Activity returns what the run is doing now, in words.
func (m *Meter) Activity() string { return m.State(time.Now()).Activity() }

// isBefore reports whether w began before v, or, if both began at the same time, has the lesser name. v may be nil, which anything is before.
func (w *wait) isBefore(v *wait) bool {
	return v == nil || w.began.Before(v.began) || w.began.Equal(v.began) && w.name < v.name
}
