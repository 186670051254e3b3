package tox

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"toxgen/internal/vectors"
)

// A factorVectors is the content of testdata/factors.json.gz.
type factorVectors struct {
	Environments []string
	Values       []struct {
		Value   string
		Results map[string][]string
	}
	Expressions []struct {
		Expression string
		Names      []string
	}
}

// readFactorVectors reads testdata/factors.json.gz.
func readFactorVectors(tb testing.TB) factorVectors {
	tb.Helper()
	v := vectors.Read[factorVectors](tb, "factors")
	if len(v.Values) != 600 || len(v.Expressions) != 420 || len(v.Environments) != 9 {
		tb.Fatalf("the table has %d values, %d expressions and %d environments", len(v.Values), len(v.Expressions), len(v.Environments))
	}
	return v
}

// TestFilter compares the lines of a value that are kept with those that tox itself keeps.
func TestFilter(t *testing.T) {
	v := readFactorVectors(t)
	for _, row := range v.Values {
		value := newSplitter([]byte(row.Value)).newValue(row.Value)
		for _, environment := range v.Environments {
			got := value.filter(environment)
			if diff := cmp.Diff(row.Results[environment], got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("environment %s, value\n%s\n(-want +got)\n%s", environment, row.Value, diff)
			}
		}
	}
}

// TestExpand compares the names in an expression with those that tox itself finds.
func TestExpand(t *testing.T) {
	for _, row := range readFactorVectors(t).Expressions {
		alternatives, ok := expand(row.Expression, plenty())
		var got []string
		for _, c := range alternatives {
			got = append(got, strings.ReplaceAll(c.String(), "!", ""))
		}
		if !ok {
			got = nil
		}
		if ok != (row.Names != nil) || !cmp.Equal(got, row.Names, cmpopts.EquateEmpty()) {
			t.Errorf("%q: got %q, %v; want %q", row.Expression, got, ok, row.Names)
		}
	}
}

// plenty returns enough room for everything that a test expands.
func plenty() *room {
	left := room(1 << 20)
	return &left
}
