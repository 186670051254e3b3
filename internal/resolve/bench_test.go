package resolve

import (
	"context"
	"testing"

	"toxgen/internal/vectors"
)

// scenarioNamed returns the scenario with a name.
func scenarioNamed(tb testing.TB, name string) *scenario {
	tb.Helper()
	for _, s := range vectors.Read[[]*scenario](tb, "scenarios") {
		if s.Name == name {
			return s
		}
	}
	tb.Fatalf("there is no scenario %s", name)
	return nil
}

// The cost of a resolution when all facts are known, as they are for most environments of a matrix.
func BenchmarkResolveKnown(b *testing.B) {
	for _, name := range []string{"resolvelib-cheroot", "resolvelib-conflict-with-dependency", "own-back-two-conflicts-among-24"} {
		b.Run(name, func(b *testing.B) {
			s := scenarioNamed(b, name)
			p, err := s.problem()
			if err != nil {
				b.Fatal(err)
			}
			target := s.target(b, s.index())
			b.ReportAllocs()
			for b.Loop() {
				if _, err := target.Resolve(context.Background(), p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The same when nothing is known: the pages are sorted and the metadata parsed.
func BenchmarkResolveUnknown(b *testing.B) {
	s := scenarioNamed(b, "resolvelib-cheroot")
	p, err := s.problem()
	if err != nil {
		b.Fatal(err)
	}
	x := s.index()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.target(b, x).Resolve(context.Background(), p); err != nil {
			b.Fatal(err)
		}
	}
}

// Verify and Result, which follow the same requirements.
func BenchmarkWalk(b *testing.B) {
	s := scenarioNamed(b, "resolvelib-cheroot")
	p, err := s.problem()
	if err != nil {
		b.Fatal(err)
	}
	target := s.target(b, s.index())
	r, err := target.Resolve(context.Background(), p)
	if err != nil {
		b.Fatal(err)
	}
	pins := r.versions()
	b.Run("verify", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := target.Verify(context.Background(), p, pins); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("result", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := target.Result(context.Background(), p, pins); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkHardUniverses(b *testing.B) {
	for _, u := range hardUniverses {
		b.Run(u.name, func(b *testing.B) {
			written := newBook()
			u.write(written)
			target, p := written.target(b), ask(b, u.roots...)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := target.Resolve(context.Background(), p); (err == nil) != (u.want > 0) {
					b.Fatal(err)
				}
			}
		})
	}
}
