package resolve

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/vectors"
)

// The random universes were answered by pip's own resolver. Some of its searches are long: a search that differs from
// pip's ends elsewhere, and the number of rounds shows the difference even if the answer is the same.
func TestRandomUniverses(t *testing.T) {
	for _, s := range vectors.Read[[]*scenario](t, "random") {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			p, err := s.problem()
			if err != nil {
				t.Fatal(err)
			}
			c, err := s.target(t, s.index()).compile(p)
			if err != nil {
				t.Fatal(err)
			}
			search := newSearch(c, maximumSteps)
			how, err := search.run(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if got := search.rounds + 1; got != s.Rounds {
				t.Errorf("got %d rounds, want %d", got, s.Rounds)
			}
			if s.Expected.Error {
				if how != impossible {
					t.Errorf("got outcome %d, want impossible", how)
				}
				return
			}
			if diff := cmp.Diff(textOf(s.Expected.Packages), search.result().text()); diff != "" {
				t.Errorf("pins (-want +got):\n%s", diff)
			}
		})
	}
}

// For some universes pip reports that there is no solution although there is one.
func TestResolveFindsWhatPipOverlooks(t *testing.T) {
	overlooked := 0
	for _, s := range vectors.Read[[]*scenario](t, "random") {
		if !s.Expected.Error {
			continue
		}
		p, err := s.problem()
		if err != nil {
			t.Fatal(err)
		}
		target := s.target(t, s.index())
		r, err := target.Resolve(context.Background(), p)
		var conflict *Conflict
		switch {
		case errors.As(err, &conflict):
			continue
		case err != nil:
			t.Fatal(err)
		}
		overlooked++
		faults, err := target.Verify(context.Background(), p, r.versions())
		if faults = withoutYanked(faults); err != nil || len(faults) > 0 {
			t.Errorf("%s: %s has faults: %v, %v", s.Name, r.text(), faults, err)
		}
	}
	if overlooked == 0 {
		t.Error("there is no such universe among them")
	}
}
