package pipeline

import (
	"context"
	"fmt"

	"toxgen/internal/concurrent"
	"toxgen/internal/finding"
	"toxgen/internal/live"
	"toxgen/internal/progress"
	"toxgen/internal/pypi"
)

// meter returns what collects the progress of a run.
func (w World) meter() *progress.Meter {
	if w.Display == nil {
		return progress.NewMeter(false)
	}
	return w.Display.Meter
}

// A watched index tells a meter what it is asked.
type watched struct {
	live.Index
	meter *progress.Meter
}

// Project serves [live.Index].
func (w watched) Project(ctx context.Context, name string) (*pypi.Project, error) {
	end := w.meter.Wait(name)
	page, err := w.Index.Project(ctx, name)
	if err != nil {
		end("")
	} else {
		end("fetched")
	}
	return page, err
}

// Metadata serves [live.Index].
func (w watched) Metadata(ctx context.Context, file *pypi.File, need pypi.Need) (*pypi.Metadata, error) {
	defer w.meter.Wait(file.Filename)("")
	return w.Index.Metadata(ctx, file, need)
}

// counted is like [concurrent.Map] for work on named items, whose progress is shown.
func counted[T, R any](m *progress.Meter, doing, thing string, limit int, items []T, name func(T) string, work func(T) R) []R {
	task := m.Begin(doing, len(items), thing)
	defer task.End()
	return concurrent.Map(limit, items, func(item T) R {
		defer task.Item(name(item))("")
		return work(item)
	})
}

// itself returns a name that is an item.
func itself(name string) string { return name }

// solving calls work for each of some environments, by their names, and shows the progress. work reports whether the solver was
// asked.
func (r *Run) solving(doing string, names []string, work func(i int) (solved bool)) {
	task := r.meter.Begin(doing, len(names), "environment")
	defer task.End()
	concurrent.Each(live.Resolutions, len(names), func(i int) {
		end := task.Item(names[i])
		if work(i) {
			end("resolved")
		} else {
			end("")
		}
	})
}

// each is a [lock.Each].
func (r *Run) each(names []string, work func(i int) (solved bool)) { r.solving("pinning", names, work) }

// Cause returns the cause for the end of the context of a command, such as "interrupted", with what the command is doing now.
func (w World) Cause(why string) error {
	return fmt.Errorf("%s, while it was %s", why, w.meter().Activity())
}

// GiveUp reports that the context of a run ended. It may be called while a step runs. Nothing else can be done with the run
// afterwards.
func (r *Run) GiveUp(ctx context.Context) Status {
	message := context.Cause(ctx).Error()
	if r.unlock != nil {
		message += ": nothing was written"
	}
	return r.world.print(finding.List{{Severity: finding.Error, Message: message}})
}
