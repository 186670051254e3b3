package pep508

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// vectors reads one of the tables in testdata.
func vectors[T any](tb testing.TB, name string) T {
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

// rows asserts that a table has as many rows as it was made with: an empty one would prove nothing.
func rows[T any](tb testing.TB, name string, table []T, want int) {
	tb.Helper()
	if len(table) != want {
		tb.Fatalf("%s: got %d rows, want %d", name, len(table), want)
	}
}

func TestNameVectors(t *testing.T) {
	table := vectors[struct{ Cases [][4]any }](t, "names").Cases
	rows(t, "cases", table, 836)
	for _, want := range table {
		in := want[0].(string)
		if got := [4]any{in, NormalizeName(in), ValidName(in), IsNormalizedName(in)}; got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

func TestRequirementVectors(t *testing.T) {
	table := vectors[struct {
		Valid   [][6]any
		Invalid []string
	}](t, "requirements")
	rows(t, "valid", table.Valid, 4500)
	rows(t, "invalid", table.Invalid, 67)
	for _, want := range table.Valid {
		in := want[0].(string)
		r, err := ParseRequirement(in)
		if err != nil {
			t.Errorf("ParseRequirement(%q): %v", in, err)
			continue
		}
		extras := []any{}
		for _, extra := range r.Extras {
			extras = append(extras, extra)
		}
		marker := ""
		if r.Marker != nil {
			marker = r.Marker.String()
		}
		if diff := cmp.Diff(want, [6]any{in, r.Name, extras, r.Specifiers.String(), r.URL, marker}); diff != "" {
			t.Errorf("ParseRequirement(%q) (-want +got):\n%s", in, diff)
		}
		again, err := ParseRequirement(r.String())
		if err != nil || again.String() != r.String() {
			t.Errorf("%q prints as %q, which reads as %q, %v", in, r, again, err)
		}
	}
	for _, in := range table.Invalid {
		if r, err := ParseRequirement(in); err == nil {
			t.Errorf("ParseRequirement(%q) = %q, want an error", in, r)
		}
	}
}

func TestMarkerVectors(t *testing.T) {
	table := vectors[struct {
		Envs  []map[string]string
		Cases []struct {
			Marker, Str string
			Results     map[string]string
		}
		Invalid []string
	}](t, "markers")
	rows(t, "envs", table.Envs, 10)
	rows(t, "cases", table.Cases, 1761)
	rows(t, "invalid", table.Invalid, 18)
	var environments []*Environment
	for _, values := range table.Envs {
		environments = append(environments, EnvironmentOf(values))
	}
	evaluations := 0
	for _, want := range table.Cases {
		m, err := ParseMarker(want.Marker)
		if err != nil {
			t.Errorf("ParseMarker(%q): %v", want.Marker, err)
			continue
		}
		if m.String() != want.Str {
			t.Errorf("ParseMarker(%q) prints %q, want %q", want.Marker, m, want.Str)
		}
		for extra, row := range want.Results {
			got := evaluateAll(m, environments, extra)
			evaluations += len(got)
			if got != row {
				t.Errorf("%q with extra %q: got %s, want %s", want.Marker, extra, got, row)
			}
		}
	}
	if evaluations != 31_320 {
		t.Errorf("got %d evaluations, want 31320", evaluations)
	}
	for _, in := range table.Invalid {
		if m, err := ParseMarker(in); err == nil {
			t.Errorf("ParseMarker(%q) = %q, want an error", in, m)
		}
	}
}

// evaluateAll is a row of the table: a character an environment.
func evaluateAll(m *Marker, environments []*Environment, extra string) string {
	var row []byte
	for _, e := range environments {
		switch holds, err := m.Evaluate(e, extra); {
		case err != nil:
			row = append(row, 'E')
		case holds:
			row = append(row, '1')
		default:
			row = append(row, '0')
		}
	}
	return string(row)
}
