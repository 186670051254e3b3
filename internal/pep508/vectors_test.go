package pep508

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/vectors"
)

func TestNameVectors(t *testing.T) {
	table := vectors.Read[struct{ Cases [][4]any }](t, "names").Cases
	vectors.Rows(t, "cases", table, 836)
	for _, want := range table {
		in := want[0].(string)
		if got := [4]any{in, NormalizeName(in), ValidName(in), IsNormalizedName(in)}; got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

func TestRequirementVectors(t *testing.T) {
	table := vectors.Read[struct {
		Valid   [][6]any
		Invalid []string
	}](t, "requirements")
	vectors.Rows(t, "valid", table.Valid, 4500)
	vectors.Rows(t, "invalid", table.Invalid, 67)
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
	table := vectors.Read[struct {
		Envs  []map[string]string
		Cases []struct {
			Marker, Str string
			Results     map[string]string
		}
		Invalid []string
	}](t, "markers")
	vectors.Rows(t, "envs", table.Envs, 10)
	vectors.Rows(t, "cases", table.Cases, 1761)
	vectors.Rows(t, "invalid", table.Invalid, 18)
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

// evaluateAll returns a row of the table: one character for each environment.
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
