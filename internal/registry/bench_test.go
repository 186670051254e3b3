package registry

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"toxgen/internal/pep440"
)

// generated returns a project whose file has about the given number of bytes, with releases of the three usual shapes.
func generated(bytes int) *Project {
	p := &Project{Name: "example"}
	uploaded := time.Date(2015, 3, 30, 23, 24, 33, 390_776_000, time.UTC)
	for i := 0; bytes > 0; i++ {
		r := Release{
			Version:        pep440.MustParse(fmt.Sprintf("%d.%d.%d", i/100, i/10%10, i%10)),
			Uploaded:       uploaded.Add(time.Duration(i) * 37 * time.Hour),
			RequiresPython: ">=3.8",
			Sdist:          true,
			Wheels:         []string{"py3-none-any"},
		}
		switch {
		case i%10 == 9:
			r.Metadata = []Metadata{{
				SHA256:      strings.Repeat("0f", 32),
				Classifiers: &Classifiers{[]string{"3", "3.10", "3.11", "3.12", "3.13", "3.14", "3.8", "3.9"}},
				Requirements: &Requirements{
					Dist:   []string{"anyio>=3.5", `sniffio; python_version < "3.9"`, `brotli>=1.0; extra == "brotli"`},
					Extras: []string{"brotli", "http2"},
				},
			}}
		case i%10 == 5:
			r.Wheels = nil
			for minor := 8; minor < 15; minor++ {
				for _, machine := range []string{"aarch64", "x86_64"} {
					r.Wheels = append(r.Wheels, fmt.Sprintf("cp3%02d-cp3%02d-manylinux_2_17_%s.manylinux2014_%s", minor, minor, machine, machine))
				}
			}
		}
		bytes -= len(Format(&Project{Releases: []Release{r}}))
		p.Releases = append(p.Releases, r)
	}
	return p
}

func BenchmarkParse(b *testing.B) {
	data := Format(generated(1 << 20))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, faults := Parse("example", data); len(faults) > 0 {
			b.Fatal(faults)
		}
	}
}

func BenchmarkFormat(b *testing.B) {
	p := generated(1 << 20)
	b.SetBytes(int64(len(Format(p))))
	b.ReportAllocs()
	for b.Loop() {
		Format(p)
	}
}
