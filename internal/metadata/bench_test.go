package metadata

import (
	"strings"
	"testing"
)

func BenchmarkParse(b *testing.B) {
	data := []byte("Metadata-Version: 2.1\nName: Flask\nVersion: 2.3.3\nSummary: A simple framework\nRequires-Python: >=3.8\n" +
		strings.Repeat("Classifier: Programming Language :: Python :: 3.12\n", 15) +
		strings.Repeat("Requires-Dist: importlib-metadata>=3.6.0; python_version < '3.10'\n", 20) +
		"Provides-Extra: async\n\n" + strings.Repeat("A line of the description.\n", 400))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if m := Parse(data); len(m.RequiresDist) != 20 {
			b.Fatal(m)
		}
	}
}

func BenchmarkParseRequires(b *testing.B) {
	data := []byte(strings.Repeat("a>=1\n", 10) + "\n[x:python_version<'3']\n" + strings.Repeat("b; os_name=='c'\n", 10))
	b.ReportAllocs()
	for b.Loop() {
		if requires, _, err := ParseRequires(data); err != nil || len(requires) != 20 {
			b.Fatal(requires, err)
		}
	}
}
