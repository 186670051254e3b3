package pep508

import (
	"testing"

	"toxgen/internal/python"
)

func BenchmarkParseRequirement(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"plain", "certifi"},
		{"versions", "urllib3<1.27,>=1.21.1"},
		{"marker", "PySocks!=1.5.7,>=1.5.6; extra == 'socks'"},
		{"all", `importlib-metadata[a,b] (>=3.6) ; python_version < "3.10" and (sys_platform == "linux" or extra == "dev")`},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseRequirement(c.text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParseMarker(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseMarker(`python_version >= "3.8" and sys_platform == "linux" and extra == "dev"`); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEvaluate(b *testing.B) {
	e := NewEnvironment(python.Version{Major: 3, Minor: 10, Patch: 20}.On(platform))
	for _, c := range []struct{ name, marker string }{
		{"version", `python_version < "3.8"`},
		{"text", `sys_platform == "win32"`},
		{"extra", `extra == "dev"`},
		{"all", `python_version >= "3.8" and (sys_platform == "linux" or os_name == "nt") and extra == "dev"`},
		{"text first", `"3.8" <= python_version`},
	} {
		m, err := ParseMarker(c.marker)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.Evaluate(e, "dev"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNormalizeName(b *testing.B) {
	for _, name := range []string{"zope-interface", "Zope.Interface"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				NormalizeName(name)
			}
		})
	}
}
