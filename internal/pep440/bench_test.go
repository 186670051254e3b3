package pep440

import "testing"

var (
	benchVersions = []string{"1.26.11", "2.0.0rc1", "4.0.0b2", "0.1", "2024.9.1", "5.29.1.20250403", "1.0.post1"}
	intSink       int
	boolSink      bool
)

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		v, err := Parse(benchVersions[i%len(benchVersions)])
		if err != nil {
			b.Fatal(err)
		}
		boolSink = v.IsZero()
	}
}

func BenchmarkCompare(b *testing.B) {
	v, w := MustParse("1.26.11"), MustParse("1.26.12")
	b.ReportAllocs()
	for b.Loop() {
		intSink = v.Compare(w)
	}
}

func BenchmarkCompareHuge(b *testing.B) {
	v, w := MustParse("1.99999999999999999999"), MustParse("1.26.12")
	b.ReportAllocs()
	for b.Loop() {
		intSink = v.Compare(w)
	}
}

func BenchmarkParseSpecifiers(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		s, err := ParseSpecifiers(">=1.21.0,!=1.25.0,<3")
		if err != nil {
			b.Fatal(err)
		}
		boolSink = s.IsEmpty()
	}
}

func BenchmarkMatch(b *testing.B) {
	s, v := MustParseSpecifiers(">=1.21.0,!=1.25.0,<3"), MustParse("1.26.11")
	b.ReportAllocs()
	for b.Loop() {
		boolSink = s.Match(v)
	}
}

func BenchmarkParseAndMatch(b *testing.B) {
	v := MustParse("1.26.11")
	b.ReportAllocs()
	for b.Loop() {
		s, err := ParseSpecifiers(">=1.21.0,!=1.25.0,<3")
		if err != nil {
			b.Fatal(err)
		}
		boolSink = s.Match(v)
	}
}
