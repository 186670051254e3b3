// Package vectors reads the tables that tests compare with: JSON files, compressed with gzip, in the testdata of a
// package.
package vectors

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"testing"
)

// Read returns the table in testdata/NAME.json.gz of the package under test.
func Read[T any](tb testing.TB, name string) T {
	tb.Helper()
	f, err := os.Open("testdata/" + name + ".json.gz")
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	var table T
	if err := json.NewDecoder(unpacked).Decode(&table); err != nil {
		tb.Fatal(err)
	}
	return table
}

// Rows checks that a table has the expected number of rows, since a test over an empty table would always pass.
func Rows[T any](tb testing.TB, name string, table []T, want int) {
	tb.Helper()
	if len(table) != want {
		tb.Fatalf("%s: got %d rows, want %d", name, len(table), want)
	}
}
