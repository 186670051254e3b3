package workflow

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"toxgen/internal/matrix"
)

// A job is the part of a rendered job that these tests read.
type job struct {
	Strategy struct {
		Matrix struct{ Include []map[string]any }
	}
	Steps []struct {
		Name, If, Run, Uses string
		With                map[string]any
		Env                 map[string]string
	}
}

// jobs returns all jobs with rows, by file and name.
func jobs(t *testing.T, files []File) map[string]job {
	t.Helper()
	all := map[string]job{}
	for _, f := range files {
		var document struct{ Jobs map[string]job }
		if err := yaml.Unmarshal(f.Data, &document); err != nil {
			t.Fatal(err)
		}
		for name, j := range document.Jobs {
			all[f.Path+" "+name] = j
		}
	}
	return all
}

// TestEveryEnvironmentHasOneRow checks that each environment that is not an alias has the label of exactly one row, and that no row is empty.
func TestEveryEnvironmentHasOneRow(t *testing.T) {
	e := load(t, "full")
	var want []string
	labelled := map[string][]string{}
	for _, g := range e.matrix.Groups {
		for _, r := range g.Rows {
			for _, environment := range slices.Concat(r.Parallel, r.Serial) {
				label := g.ParallelLabel(r)
				if environment.Suite.Serial {
					label = g.SerialLabel(r)
				}
				labelled[label] = append(labelled[label], environment.Name())
			}
		}
	}
	for _, environment := range e.matrix.Environments() {
		if !environment.Alias {
			want = append(want, environment.Name())
		}
	}
	var got []string
	for name, j := range jobs(t, e.render(t)) {
		for _, row := range j.Strategy.Matrix.Include {
			before := len(got)
			got = append(got, labelled[row["label"].(string)]...)
			got = append(got, labelled[row["serial-label"].(string)]...)
			if len(got) == before {
				t.Errorf("%s: the row %v selects nothing", name, row)
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("rows select\n%v\nwant\n%v", got, want)
	}
}

// TestRowsHoldNoOtherLabel checks that no word of a row is the name of a suite, which is also a label, and that no command names a suite.
func TestRowsHoldNoOtherLabel(t *testing.T) {
	e := load(t, "full")
	words := regexp.MustCompile(`[A-Za-z0-9][A-Za-z0-9_.-]*`)
	selects := regexp.MustCompile(`-[me] +([^\s"$]+)`)
	suite := map[string]bool{}
	for _, s := range e.matrix.Suites {
		suite[s.Name] = true
	}
	for name, j := range jobs(t, e.render(t)) {
		for _, row := range j.Strategy.Matrix.Include {
			for key, value := range row {
				for _, word := range words.FindAllString(fmt.Sprint(value), -1) {
					if suite[word] {
						t.Errorf("%s: %s: %v names the suite %s", name, key, value, word)
					}
				}
			}
		}
		for _, step := range j.Steps {
			if m := selects.FindString(step.Run); m != "" {
				t.Errorf("%s: step %q selects %q", name, step.Name, m)
			}
		}
	}
}

func TestArtifactsAreUnique(t *testing.T) {
	e := load(t, "full")
	// These names of groups could collide with each other and with names of jobs.
	for i, slug := range []string{"a", "a-runner", "a-container", "a-runner-3.10", "3.10"} {
		e.matrix.Groups = append(e.matrix.Groups, &matrix.Group{Name: slug, Slug: slug, Rows: e.matrix.Groups[i%2].Rows})
	}
	rows := 0
	seen := map[string]string{}
	for name, j := range jobs(t, e.render(t)) {
		rows += len(j.Strategy.Matrix.Include)
		for _, step := range j.Steps {
			if step.Name != "Upload what was measured" {
				continue
			}
			for _, row := range j.Strategy.Matrix.Include {
				artifact := strings.ReplaceAll(step.With["name"].(string), "${{ matrix.python }}", row["python"].(string))
				if other, taken := seen[artifact]; taken || strings.Contains(artifact, "$") || !strings.HasPrefix(artifact, "coverage-") {
					t.Errorf("%s and %s upload %s", name, other, artifact)
				}
				seen[artifact] = name
			}
		}
	}
	want := 0
	for _, g := range e.matrix.Groups {
		want += len(g.Rows)
	}
	if rows != want || len(seen) != want {
		t.Errorf("%d rows and %d artifacts, want %d", rows, len(seen), want)
	}
	if strings.HasPrefix(combinedCoverage, "coverage-") {
		t.Errorf("a second attempt would download %s with the rows' artifacts", combinedCoverage)
	}
}

// TestStepsOfServicesHaveConditions checks that a step that only some rows need has a condition on the row.
func TestStepsOfServicesHaveConditions(t *testing.T) {
	e := load(t, "full")
	count := 0
	for name, j := range jobs(t, e.render(t)) {
		for _, step := range j.Steps {
			service := strings.HasPrefix(step.Name, "Set up ") && step.Name != "Set up uv" || strings.HasPrefix(step.Name, "Tell the tests about ")
			if !service {
				continue
			}
			count++
			parts := strings.Fields(step.Name)
			if want := "${{ matrix.needs-" + parts[len(parts)-1] + " }}"; step.If != want {
				t.Errorf("%s: step %q has the condition %q, not %q", name, step.Name, step.If, want)
			}
		}
	}
	if count != 7 {
		t.Errorf("%d steps of services, want 7", count)
	}
}
