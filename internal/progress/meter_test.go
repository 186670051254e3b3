package progress

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestState lets work begin and end, a second after each event, and looks at what the run is doing then.
func TestState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMeter(true)
		looks := func(want string) {
			t.Helper()
			time.Sleep(time.Second)
			if got := m.State(time.Now()).Line(200, time.Now()); got != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		}
		m.Doing("reading toxgen.yaml")
		looks("reading toxgen.yaml (1 s)")
		fetching := m.Begin("fetching", 3, "project")
		app, lib := fetching.Item("app"), fetching.Item("lib")
		looks("fetching 0 of 3 projects (1 s)")
		page := m.Wait("page of app")
		looks("fetching 0 of 3 projects (2 s)")
		looks("fetching 0 of 3 projects (3 s), waiting 3 s for app") // as of two that are as old, the first by name
		looks("fetching 0 of 3 projects (4 s), waiting 3 s for page of app")
		page("fetched")
		app("")
		looks("fetching 1 of 3 projects (5 s, 0.2/s), waiting 5 s for lib")
		resolving := m.Begin("resolving", 2, "environment")
		env := resolving.Item("py3.12-app")
		looks("resolving 0 of 2 environments (1 s), waiting 6 s for lib")
		env("resolved")
		resolving.End()
		looks("fetching 1 of 3 projects (7 s, 0.1/s), waiting 7 s for lib")
		lib("")
		fetching.End()
		looks("reading toxgen.yaml (9 s)")
		m.Doing("rendering tox.ini")
		again := m.Wait("page of app")
		looks("rendering tox.ini (1 s)")
		again("fetched")
		if got, want := m.Details(), []string{"fetched page of app in 3.00 s", "resolved py3.12-app in 1.00 s"}; !slices.Equal(got, want) {
			t.Errorf("got the details %q, want %q", got, want)
		}
		if got := m.Details(); len(got) > 0 {
			t.Errorf("details come again: %q", got)
		}
	})
}

// TestMeterWithoutDetails: what nobody asked for is not collected.
func TestMeterWithoutDetails(t *testing.T) {
	m := NewMeter(false)
	m.Wait("app")("fetched")
	if got := m.Details(); len(got) > 0 {
		t.Errorf("got %q", got)
	}
}

// TestMeterConcurrently: no item is lost, whoever reports it.
func TestMeterConcurrently(t *testing.T) {
	m := NewMeter(true)
	task := m.Begin("resolving", 1000, "environment")
	var workers sync.WaitGroup
	for i := range 1000 {
		workers.Go(func() {
			end := task.Item(fmt.Sprint(i))
			m.State(time.Now())
			end("resolved")
		})
	}
	workers.Wait()
	if got, details := m.Activity(), len(m.Details()); got != "resolving 1000 of 1000 environments" || details != 1000 {
		t.Errorf("got %q and %d details", got, details)
	}
}
