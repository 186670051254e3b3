package pep508

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"slices"
	"testing"
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

func TestNameVectors(t *testing.T) {
	for _, row := range vectors[struct{ Cases [][4]any }](t, "names").Cases {
		in := row[0].(string)
		got := [4]any{in, NormalizeName(in), ValidName(in), IsNormalizedName(in)}
		if got != row {
			t.Errorf("got %v, want %v", got, row)
		}
	}
}

func TestRequirementVectors(t *testing.T) {
	table := vectors[struct {
		Valid   [][6]any
		Invalid []string
	}](t, "requirements")
	for _, row := range table.Valid {
		in := row[0].(string)
		r, err := ParseRequirement(in)
		if err != nil {
			t.Errorf("ParseRequirement(%q): %v", in, err)
			continue
		}
		var extras []string
		for _, e := range row[2].([]any) {
			extras = append(extras, e.(string))
		}
		marker := ""
		if r.Marker != nil {
			marker = r.Marker.String()
		}
		if r.Name != row[1] || !slices.Equal(r.Extras, extras) || r.Specifiers.String() != row[3] || r.URL != row[4] || marker != row[5] {
			t.Errorf("ParseRequirement(%q) = %q %q %q %q %q, want %q", in, r.Name, r.Extras, r.Specifiers, r.URL, marker, row[1:])
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
	var environments []*Environment
	for _, values := range table.Envs {
		environments = append(environments, EnvironmentOf(values))
	}
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
			var got []byte
			for _, e := range environments {
				holds, err := m.Evaluate(e, extra)
				switch {
				case err != nil:
					got = append(got, 'E')
				case holds:
					got = append(got, '1')
				default:
					got = append(got, '0')
				}
			}
			if string(got) != row {
				t.Errorf("%q with extra %q: got %s, want %s", want.Marker, extra, got, row)
			}
		}
	}
	for _, in := range table.Invalid {
		if m, err := ParseMarker(in); err == nil {
			t.Errorf("ParseMarker(%q) = %q, want an error", in, m)
		}
	}
}
