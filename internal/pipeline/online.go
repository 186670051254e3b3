package pipeline

import (
	"cmp"
	"fmt"
	"path/filepath"

	"toxgen/internal/config"
	"toxgen/internal/live"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/private"
	"toxgen/internal/pypi"
	"toxgen/internal/update"
)

// newIndex returns the client of the index that the environment or the configuration, if there is one, names.
func (w World) newIndex(c *config.Config) (live.Index, error) {
	declared := ""
	if c != nil {
		declared = c.Index
	}
	url := cmp.Or(w.IndexURL, declared, w.IndexFallback, pypi.DefaultURL)
	client, err := pypi.New(pypi.Options{URL: url, CacheDir: w.indexCache(), Offline: w.Offline, Netrc: w.Netrc})
	if err != nil {
		return nil, err
	}
	if url != declared && url != pypi.DefaultURL {
		fmt.Fprintf(w.Stderr, "index: %s\n", client.Name())
	}
	return watched{client, w.meter()}, nil
}

// indexCache returns the folder for answers of indexes, or "" if there is none. It says why.
func (w World) indexCache() string {
	why := w.NoCache
	if w.Cache != "" {
		folder := filepath.Join(w.Cache, "index")
		err := private.Folder(folder)
		if err == nil {
			return folder
		}
		why = err.Error()
	}
	fmt.Fprintf(w.Stderr, "warning: nothing is cached: %s\n", why)
	return ""
}

// online is the index as a run sees it, and a solver that asks it.
type online struct {
	*live.View
	lock.Solver
}

// online returns what a run with a certain state asks.
func (r *Run) online(s state) online {
	o := online{View: live.NewView(r.mode.index, r.config, r.sight(s), s.policy, s.facts, r.meter), Solver: lock.Offline{}}
	if r.mode.index != (live.None{}) {
		o.Solver = lock.NewOnline(o.Universe(), r.config.Target, r.each, r.budget)
	}
	return o
}

// look makes an attempt ask by its own policy, if that changed since it last did.
func (r *Run) look(a *attempt) {
	if a.online.View == nil || !a.online.Shows(a.state.policy) {
		a.online = r.online(a.state)
	}
}

// sight returns what a run with a certain state sees of the index.
func (r *Run) sight(s state) update.Sight {
	return update.NewSight(s.policy, r.config, r.world.Now, s.facts)
}

// keeper returns what decides about the pins of a matrix by the facts of a state.
func (r *Run) keeper(s state, m *matrix.Matrix, solver lock.Solver) *lock.Keeper {
	return lock.NewKeeper(r.config, m, s.had, s.proofs.Of(r.config, s.facts), s.policy, solver)
}
