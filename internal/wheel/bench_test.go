package wheel

import (
	"testing"

	"toxgen/internal/python"
)

var linux = python.Platform{System: "linux", Machine: "x86_64", Libc: python.Libc{Family: "glibc", Major: 2, Minor: 28}}

func BenchmarkParseWheel(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseWheel("grpcio-1.62.1-cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseSdistOf(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseSdistOf("zope-interface", "zope.interface-5.4.0.tar.gz"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBest(b *testing.B) {
	tags := Compatible(python.Version{Major: 3, Minor: 10, Patch: 20}.On(linux))
	for _, set := range []string{
		"py2.py3-none-any",
		"cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64",
		"cp310-cp310-macosx_10_9_universal2",
		"cp39-cp39-win_amd64",
	} {
		b.Run(set, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				tags.Best(set)
			}
		})
	}
}

func BenchmarkCompatible(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Compatible(python.Version{Major: 3, Minor: 14, Patch: 4, FreeThreaded: true}.On(linux))
	}
}
