package workflow

import (
	"cmp"
	"encoding/json"
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
	If       string
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

// rowExamples are changes of examples that make other rows.
func rowExamples(t *testing.T) map[string]example {
	bySuite := func(text string) string {
		return strings.Replace(text, "  triggers:", "  rows: suite\n  triggers:", 1)
	}
	small := replace(t, "  triggers:", "  pull-request-matrix: {label: full}\n  triggers:")
	return map[string]example{
		"of groups, in part":      load(t, "full", small),
		"of suites, in part":      load(t, "full", small, bySuite),
		"of groups":               load(t, "full"),
		"of groups with results":  load(t, "full", withResults(t)),
		"of suites":               load(t, "full", bySuite),
		"some of suites":          load(t, "rows"),
		"on systems":              load(t, "systems"),
		"of suites on systems":    load(t, "systems", bySuite),
		"of suites with settings": load(t, "rows", bySuite),
	}
}

// TestEveryEnvironmentHasOneRow checks that each environment that is not an alias has the label of exactly one row, and that no row is empty.
func TestEveryEnvironmentHasOneRow(t *testing.T) {
	for name, e := range rowExamples(t) {
		t.Run(name, func(t *testing.T) { everyEnvironmentHasOneRow(t, e) })
	}
}

func everyEnvironmentHasOneRow(t *testing.T, e example) {
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
	for name, e := range rowExamples(t) {
		t.Run(name, func(t *testing.T) { rowsHoldNoOtherLabel(t, e) })
	}
}

func rowsHoldNoOtherLabel(t *testing.T, e example) {
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

// TestExportedMinimums checks which environments of a row have a minimum.
func TestExportedMinimums(t *testing.T) {
	e := load(t, "full")
	data, err := Export(e.config, e.matrix)
	if err != nil {
		t.Fatal(err)
	}
	var all Exported
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	got, want := 0, 0
	for _, row := range all.Rows {
		got += len(row.MinTests)
		for name, least := range row.MinTests {
			if !strings.Contains(name, "-flask-v") || least != 5 || !slices.Contains(row.Parallel.Environments, name) {
				t.Errorf("%s: %s has the minimum %d", row.Name, name, least)
			}
		}
	}
	for _, environment := range e.matrix.Environments() {
		if environment.Suite.Name == "flask" && !environment.Alias {
			want++
		}
	}
	if got != want || want == 0 {
		t.Errorf("%d environments have a minimum, want %d", got, want)
	}
}

func TestArtifactsAreUnique(t *testing.T) {
	for name, e := range rowExamples(t) {
		t.Run(name, func(t *testing.T) { artifactsAreUnique(t, e) })
	}
}

func artifactsAreUnique(t *testing.T, e example) {
	// These names of groups could collide with each other and with names of jobs.
	for i, slug := range []string{"a", "a-runner", "a-container", "a-runner-3.10", "3.10", "a-runner-suites", "a-suites", "a-rest", "a-runner-rest"} {
		e.matrix.Groups = append(e.matrix.Groups, &matrix.Group{Name: slug, Slug: slug, Rows: e.matrix.Groups[i%2].Rows})
	}
	want := 0
	for _, g := range e.matrix.Groups {
		want += len(g.Rows)
	}
	all := jobs(t, e.render(t))
	for step, prefix := range map[string]string{"Upload what was measured": "coverage-", "Hand over the results": "results-"} {
		want := want
		if prefix == "coverage-" && e.config.Workflow.Coverage == nil || prefix == "results-" && e.config.Workflow.Results == nil {
			want = 0
		}
		seen := map[string]string{}
		for name, j := range all {
			for _, s := range j.Steps {
				if s.Name != step {
					continue
				}
				for _, row := range j.Strategy.Matrix.Include {
					label := cmp.Or(row["label"].(string), row["serial-label"].(string))
					artifact := strings.NewReplacer("${{ matrix.python }}", row["python"].(string), "${{ matrix.label || matrix.serial-label }}", label).Replace(s.With["name"].(string))
					if other, taken := seen[artifact]; taken || strings.Contains(artifact, "$") || !strings.HasPrefix(artifact, prefix) {
						t.Errorf("%s and %s upload %s", name, other, artifact)
					}
					seen[artifact] = name
				}
			}
		}
		if len(seen) != want {
			t.Errorf("%d artifacts of %d rows: %s", len(seen), want, step)
		}
	}
	for _, combined := range []string{combinedCoverage, combinedResults} {
		if strings.HasPrefix(combined, "coverage-") || strings.HasPrefix(combined, "results-") {
			t.Errorf("a second attempt would download %s with the rows' artifacts", combined)
		}
	}
}

// TestRowsInTemplates checks that a template cannot give the rows of suites anything but what the configuration says.
func TestRowsInTemplates(t *testing.T) {
	const caller, group = callerTemplate, groupTemplate
	tests := []struct{ name, template, old, with, want string }{
		{"unchanged", group, "", "", ""},
		{"the runner of every row", group, "runs-on: [[with .RunsOn]]", "runs-on: [[with $.Workflow.RunsOn]]", "jobs.runner-suites.runs-on is"},
		{"the time limit of every row", group, "timeout-minutes: [[with .Timeout]]", "timeout-minutes: [[with $.Workflow.Timeout]]", "jobs.runner-suites.timeout-minutes is"},
		{"no runner in the rows", group, "[[- with .RunsOn]], runs-on: [[list .]][[end]]", "", "jobs.runner-suites.strategy matrix: is"},
		{"no time limit in the rows", group, "[[- with .Timeout]], timeout: [[.]][[end]]", "", "jobs.runner-suites.strategy matrix: is"},
		{"rows that must not fail", group, "continue-on-error: ${{ matrix.may-fail }}", "continue-on-error: false", "jobs.container-suites-rest.continue-on-error is"},
		{"rows of groups that may fail", group, "    [[- if .MayFail]]\n    continue-on-error: ${{ matrix.may-fail }}\n    [[- end]]\n", "    continue-on-error: true\n", "jobs.runner.continue-on-error is"},
		{"steps that may fail", group, "        if: ${{ matrix.label }}\n", "        if: ${{ matrix.label }}\n        continue-on-error: true\n", "jobs.runner.steps lacks"},
		{"a limit by which the job is cancelled", group, "timeout-minutes: ${{ matrix.tox-timeout }}", "timeout-minutes: ${{ matrix.timeout }}", "jobs.container-suites-rest.steps lacks"},
		{"names without the suite", group, "name: [[.Name]]", "name: Python ${{ matrix.python }}", "jobs.runner-suites.name is"},
		{"artifacts without the suite", group, "name: [[.Coverage]]", "name: coverage-${{ github.job }}-${{ matrix.python }}", "jobs.runner-suites.steps lacks"},
		{"rows that are always left out", group, "if: ${{ inputs.rest }}", "if: ${{ false }}", "jobs.runner-suites-rest.if is"},
		{"rows that are never left out", group, "    [[- if .Rest]]\n    if: ${{ inputs.rest }}\n    [[- end]]\n", "", "jobs.runner-suites-rest.if is null"},
		{"other rows that are left out", group, "    [[- if .Rest]]\n    if:", "    [[- if true]]\n    if:", "jobs.runner.if is"},
		{"an input that may be forgotten", group, "        required: true", "        required: false", "on is"},
		{"another input", group, "type: boolean", "type: string", "on is"},
		{"the rest is not passed on", caller, "    [[- with .Rest]]", "    [[- with false]]", "jobs.group-web with: is null"},
		{"never the rest", caller, "rest: [[quote .]]", "rest: false", "jobs.group-web with: is"},
		{"a label without an effect", caller, ", labeled]", "]", "on is"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := load(t, "rows")
			_, findings := Render(t.Context(), e.config, e.matrix, e.actions, func(name string) (string, error) {
				text, err := embedded(name)
				if name == tt.template {
					if !strings.Contains(text, tt.old) {
						t.Fatalf("the template has no %q", tt.old)
					}
					text = strings.Replace(text, tt.old, tt.with, 1)
				}
				return text, err
			})
			if all := strings.Join(texts(findings), "\n"); !strings.Contains(all, tt.want) || (tt.want == "") != (len(findings) == 0) {
				t.Errorf("got %s\nwant among it: %s", all, tt.want)
			}
		})
	}
}

// TestPullRequestMatrix checks that a pull request without the label runs something of each group, that no run leaves out
// anything else, and what turns a run into one of the whole matrix.
func TestPullRequestMatrix(t *testing.T) {
	const label = "  pull-request-matrix: {label: \"test: all of it\"}\n"
	for _, tt := range []struct{ name, edit, rest, types string }{
		{"with a label", label, "${{ github.event_name != 'pull_request' || contains(github.event.pull_request.labels.*.name, 'test: all of it') }}",
			"[opened synchronize reopened labeled]"},
		{"without a label", "  pull-request-matrix: {}\n", "${{ github.event_name != 'pull_request' }}", ""},
		{"the whole matrix", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := load(t, "rows", replace(t, label, tt.edit))
			files := e.render(t)
			var caller struct {
				On struct {
					PullRequest struct{ Types []string } `yaml:"pull_request"`
				}
				Jobs map[string]struct {
					Needs []string
					With  map[string]string
				}
			}
			if err := yaml.Unmarshal(files[len(files)-1].Data, &caller); err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(caller.On.PullRequest.Types); got != cmp.Or(tt.types, "[]") {
				t.Errorf("a pull request starts it by %s, want %s", got, tt.types)
			}
			for _, group := range []string{"group-web", "group-tasks"} {
				if got := caller.Jobs[group].With["rest"]; got != tt.rest {
					t.Errorf("%s: the rest runs if %q, want %q", group, got, tt.rest)
				}
				if !slices.Contains(caller.Jobs["required"].Needs, group) {
					t.Errorf("the gate does not need %s", group)
				}
			}
			always := map[string]bool{}
			for name, j := range jobs(t, files) {
				file, id, _ := strings.Cut(name, " ")
				if len(j.Strategy.Matrix.Include) == 0 {
					continue
				}
				if rest := strings.HasSuffix(id, "-rest"); rest != (j.If == "${{ inputs.rest }}") || !rest && j.If != "" || rest && tt.rest == "" {
					t.Errorf("%s: it runs if %q", name, j.If)
				}
				always[file] = always[file] || j.If == ""
			}
			for file, some := range always {
				if !some {
					t.Errorf("%s: nothing runs in every run", file)
				}
			}
		})
	}
}

// TestImagesOfRows checks that each row of a suite runs in the image of its Python.
func TestImagesOfRows(t *testing.T) {
	e := load(t, "full", replace(t, "  triggers:\n", "  rows: suite\n  triggers:\n"))
	got := ""
	for _, f := range e.render(t) {
		if strings.HasSuffix(f.Path, "-tasks.yml") {
			_, after, _ := strings.Cut(string(f.Data), "    container:\n      image: ")
			got, _, _ = strings.Cut(after, "\n")
		}
	}
	const want = "${{ matrix.python == '3.6' && 'python:3.6@sha256:f8652afaf88c25f0d22354d547d892591067aa4026a7fa9a6819df9f300af6fc' || " +
		"'python:3.7@sha256:eedf63967cdb57d8214db38ce21f105003ed4e4d0358f02bedc057341bcf92a0' }}"
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// TestToolPython checks that the tools run on the newest Python that is released and has a global interpreter lock.
func TestToolPython(t *testing.T) {
	for pythons, want := range map[string]string{
		`{version: "3.12", patch: 13}, {version: "3.15", patch: 0rc2}`:                            "3.12.13",
		`{version: "3.12", patch: 0rc1}, {version: "3.13", patch: 4}`:                             "3.13.4",
		`{version: "3.12", patch: 0rc1}, {version: "3.13", patch: 4, free-threaded: true}`:        "3.13.4",
		`{version: "3.12", patch: 1}, {version: "3.14", patch: 0b1, free-threaded: true}`:         "3.12.1",
		`{version: "3.12", patch: 1}, {version: "3.13", patch: 2}, {version: "3.14", patch: 0a1}`: "3.13.2",
	} {
		e := load(t, "plain", func(text string) string {
			before, rest, _ := strings.Cut(text, "pythons:\n")
			_, after, _ := strings.Cut(rest, "\n\n")
			return before + "pythons: [" + pythons + "]\n\n" + after
		})
		if got := toolPython(e.config); got != want {
			t.Errorf("%s: got %s, want %s", pythons, got, want)
		}
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

// TestExportedRunners checks what `rows` says about where each row runs.
func TestExportedRunners(t *testing.T) {
	e := load(t, "systems")
	data, err := Export(e.config, e.matrix)
	if err != nil {
		t.Fatal(err)
	}
	var all Exported
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range all.Rows {
		got = append(got, fmt.Sprint(r.Name, " ", r.Release, " ", r.Platform, " ", r.RunsOn))
	}
	want := []string{
		"web-py3.10 3.10.20 {macos x86_64} [macos-15-intel]",
		"web-py3.11 3.11.15 {linux aarch64} [ubuntu-24.04-arm]",
		"web-py3.12 3.12.13 {linux x86_64} [ubuntu-24.04]",
		"web-py3.13 3.13.13 {windows x86} [windows-2025]",
		"web-py3.14 3.14.4 {windows arm64} [windows-11-arm large]",
		"web-py3.14t 3.14.4t {windows arm64} [windows-11-arm large]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
