package workflow

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/quick"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"toxgen/internal/config"
)

// TestOwnTemplate checks that a project's own template is an error only if it renders another meaning.
func TestOwnTemplate(t *testing.T) {
	const (
		group  = "test-integrations.yml.tmpl"
		caller = "test.yml.tmpl"
	)
	tests := []struct {
		name, template, old, with string
		// want is a part of a finding. If it is empty there must be no finding.
		want string
	}{
		{"a step of its own", group, "      - name: Summarize\n", "      - name: Mine\n        run: ./mine\n      - name: Summarize\n", ""},
		{"a job of its own", caller, "  required:\n", "  mine:\n    runs-on: x\n    steps: []\n  required:\n", ""},
		{"another secret", caller, "    secrets:\n", "    secrets:\n      MINE: ${{ secrets.MINE }}\n", ""},
		{"no mark", group, "[[.Mark]]", "# mine", "tp/" + group + ": error: .github/workflows/test-integrations-common.yml: the first line is not toxgen's mark\n  hint: begin"},
		{"another name", caller, "[[quote .Workflow.Name]]", "Tests", `tp/` + caller + `: error: .github/workflows/test.yml: name is "Tests", not "Test: all of it"`},
		{"fewer triggers", caller, "  merge_group:\n", "", "test.yml: on is "},
		{"no concurrency", caller, "github.run_id", "github.sha", "test.yml: concurrency is "},
		{"a group is left out of the gate", caller, "needs: [[template \"groups\" .]]\n    if: ${{ always() }}", "needs: [group-common]\n    if: ${{ always() }}",
			`test.yml: jobs.required.needs is ["group-common"], not ["group-common","group-old","group-tasks","group-web-1"]`},
		{"the gate is skipped", caller, "${{ always() }}", "${{ !cancelled() }}", `jobs.required.if is "${{ !cancelled() }}", not "${{ always() }}"`},
		{"the gate looks at nothing", caller, "${{ needs.[[.ID]].result }}", "success", "jobs.required.steps lacks"},
		{"the gate has another name", caller, "[[.Gate]]", "Gate", `jobs.required.name is "Gate", not "Required"`},
		{"permissions for all", caller, "\npermissions: {}\n", "\npermissions: write-all\n", `permissions is "write-all", not {}`},
		{"the report runs for forks", caller, "github.event.pull_request.head.repo.full_name == github.repository", "true", "jobs.report.if is "},
		{"the report waits for the groups only", caller, "needs: [[template \"handed over\" $]]", "needs: [group-common]", `jobs.report.needs is ["group-common"], not ["coverage","results"]`},
		{"the report lacks the results", caller, "          name: [[$.Results]]\n          path: results\n", "          name: [[$.Results]]\n", "jobs.report.steps lacks"},
		{"the report lacks the coverage", caller, "name: [[$.Coverage]]", "name: [[$.Results]]", "jobs.report.steps lacks"},
		{"the report comes without results", caller, "needs.[[.]].result == 'success' && ", "", "jobs.report.if is "},
		{"the results are not collected", caller, "PATTERNS: [[quote .Patterns]]", "PATTERNS: x", "jobs.results.steps lacks"},
		{"rows hand over nothing", group, "[[- with $.Patterns]]", "[[- with false]]", `jobs.runner.steps lacks, or has in another order, {"env":{"PATTERNS":"coverage/junit-*.xml"`},
		{"rows hand over other files", group, "PATTERNS: [[quote .]]", `PATTERNS: "**"`, `"PATTERNS":"coverage/junit-*.xml"`},
		{"rows replace the results of others", group, "name: results-${{ matrix.label || matrix.serial-label }}", "name: results-x", `"results-${{ matrix.label || matrix.serial-label }}"`},
		{"the report lacks a step", caller, "[[- range $.Report]]", "[[- range slice $.Report 1]]", "jobs.report.steps lacks"},
		{"another runner", group, "runs-on: [[with .RunsOn]][[runner .]][[else]]${{ matrix.runs-on }}[[audited .Runners]][[end]]", "runs-on: windows-2025", `jobs.runner.runs-on is "windows-2025", not "ubuntu-24.04"`},
		{"no time limit", group, "    timeout-minutes: [[with .Timeout]][[.]][[else]]${{ matrix.timeout }}[[end]]\n", "", "jobs.runner.timeout-minutes is null, not 30"},
		{"fail-fast", group, "fail-fast: false", "fail-fast: true", "jobs.runner.strategy fail-fast: is true, not false"},
		{"a Python that is a number", group, "python: [[quote .Python]]", "python: [[.Python]]", "jobs.runner.strategy matrix: is "},
		{"rows without a serial label", group, "serial-label: [[quote .SerialLabel]]", `serial-label: ""`, "test-integrations-web-1.yml: jobs.runner.strategy matrix: is "},
		{"rows that need nothing", group, "[[.Flag]]: [[.Value]]", "[[.Flag]]: false", "test-integrations-tasks.yml: jobs.runner.strategy matrix: is "},
		{"the first row only", group, "[[- range .Rows]]", "[[- range slice .Rows 0 1]]", "jobs.runner.strategy matrix: is "},
		{"no container", group, "[[- with .Container]]", "[[- with .Parallel]]", "jobs.container.container image: is "},
		{"another image", group, "image: [[.Image]]", "image: redis", `jobs.runner.services is `},
		{"a service's environment is lost", group, "env:[[entries 10 .]]\n        [[- end]]\n        [[- with .Options]]", "[[- end]]\n        [[- with .Options]]",
			"test-integrations-web-1.yml: jobs.runner.services is "},
		{"no label", group, ` -p auto -o -m "$LABEL"`, " -p auto -o -e ALL", "jobs.runner.steps lacks, or has in another order, "},
		{"the serial suites are never run", group, "[[- if .Serial]]", "[[- if false]]", `tox run -m \"$LABEL\"`},
		{"tests are not counted", group, "[[- with .Minimums]]", "[[- with false]]", `test-integrations-web-1.yml: jobs.runner.steps lacks, or has in another order, {"continue-on-error":null,"env":{"MINIMUMS":"flask=5"}`},
		{"too few tests are no error", group, "        [[- if not .Minimums]]\n", "        [[- if true]]\n", `{"continue-on-error":null,"env":{"MINIMUMS":"flask=5"}`},
		{"credentials persist", group, "persist-credentials: false", "persist-credentials: true", `"persist-credentials":false`},
		{"artifacts of one name", group, "name: [[.Coverage]]", "name: x", `coverage-common-runner-${{ matrix.python }}`},
		{"a pin of its own", group, `[[uses "actions/checkout"]]`, "actions/checkout@" + other + " # v8",
			"action \"actions/checkout\" does not have its pin\n  hint: write [[uses \"actions/checkout\"]]"},
		{"a pin without a version", group, `[[uses "actions/checkout"]]`, "actions/checkout@" + checkout7, `action "actions/checkout" does not have its pin`},
		{"an action without a pin", group, "      - name: Summarize\n", "      - name: Mine\n        uses: [[uses \"my/action\"]]\n      - name: Summarize\n",
			"error calling uses: action my/action has no pin under workflow.actions"},
		{"an expression in a command", group, `-m "$LABEL"`, `-m "$LABEL" ${{ github.head_ref }}`, "GitHub pastes the value of an expression in `run` into the command"},
		{"not YAML", group, "\npermissions: {}", "\npermissions: {", "the rendered text is not YAML: yaml: line "},
		{"a key twice", caller, "\njobs:", "\npermissions: {}\njobs:", `mapping key "permissions" already defined`},
		{"no index", group, "[[- with .Index]]", "[[- with false]]", `test-integrations-common.yml: env PIP_EXTRA_INDEX_URL: is null, not "https://packages.example.org/simple/"`},
		{"no index for the caller", caller, "[[- with .Index]]", "[[- with false]]", `test.yml: env PIP_EXTRA_INDEX_URL: is null`},
		{"the credentials are not passed on", caller, "[[- with $.Workflow.Netrc]]", "[[- with false]]", `test.yml: jobs.group-common.secrets INDEX_NETRC: is null, not "${{ secrets.INDEX_NETRC }}"`},
		{"the credentials are not accepted", group, "  [[- with .Workflow.Netrc]]", "  [[- with false]]", `test-integrations-common.yml: on is {"workflow_call":null}`},
		{"the credentials are not written", group, "      [[- with $.Workflow.Netrc]]", "      [[- with false]]", `"NETRC_TEXT":"${{ secrets.INDEX_NETRC }}"`},
		{"the credentials are not written for coverage", caller, "      [[- with .Workflow.Netrc]]", "      [[- with false]]", "jobs.coverage.steps lacks"},
		{"a loop without an end", group, "name: [[quote .Name]]", "name: [[range 2000000000]][[end]]", "tp/" + group + ":2:14: error: the template does not end"},
		{"a template that includes itself", "step.yml.tmpl", "[[quote .Name]]", "[[include \"step.yml.tmpl\" .]]", "tp/step.yml.tmpl:1: error: templates execute each other more than 100 deep"},
		{"many blanks before a line", group, "[[quote .Name]]", `[[indent 1000000000 "a\nb"]]`, "error calling indent: 1000000000 blanks, not 0 to 100"},
		{"many blanks before an entry", group, "env:[[entries 2 .]]", "env:[[entries 1000000000 .]]", "error calling entries: 1000000000 blanks, not 0 to 100"},
		{"fewer blanks than none", group, "env:[[entries 2 .]]", "env:[[entries -1 .]]", "error calling entries: -1 blanks, not 0 to 100"},
		{"a file that is too large", group, "name: [[quote .Name]]", "name: [[quote .Name]] #[[range 600]][[printf \"%1000s\" \"\"]][[end]]", "GitHub ignores a workflow of more than 512000"},
		{"a syntax error", group, "[[- range $job := .Jobs]]", "[[- range $job := ]]", "tp/" + group + ":30: error: missing value for range"},
		{"a field that is not there", group, "name: [[quote .Name]]", "name: [[.Title]]", "tp/" + group + ":2:8: error: executing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := load(t, "full", replace(t, "testenv:\n", "templates: tp\n\ntestenv:\n"), withIndex(t), withResults(t))
			files, findings := Render(t.Context(), e.config, e.matrix, e.actions, func(name string) (string, error) {
				text, err := embedded(name)
				if name == tt.template {
					if !strings.Contains(text, tt.old) {
						t.Fatalf("the template has no %q", tt.old)
					}
					text = strings.Replace(text, tt.old, tt.with, -1)
				}
				return text, err
			})
			switch all := strings.Join(texts(findings), "\n"); {
			case tt.want == "" && (len(findings) > 0 || files == nil):
				t.Errorf("got %s", all)
			case tt.want != "" && files != nil:
				t.Error("got files despite an error")
			case !strings.Contains(all, tt.want):
				t.Errorf("got %s\nwant among it: %s", all, tt.want)
			}
		})
	}
}

// TestOwnTemplateForPlainTox checks that a template without the steps for plain tox is an error only where plain tox runs.
func TestOwnTemplateForPlainTox(t *testing.T) {
	const discover, version = `echo "TOX_DISCOVER=$python" >> "$GITHUB_ENV"`, "VIRTUALENV_VERSION: [[quote .String]]"
	for _, test := range []struct {
		name, old string
		edit      []func(string) string
		want      string
	}{
		{"the interpreter is not named", discover, []func(string) string{plainTox(t)}, `"VIRTUALENV_VERSION":"21.15.11"`},
		{"another virtualenv", version, []func(string) string{plainTox(t)}, `"VIRTUALENV_VERSION":"21.15.11"`},
		{"tox-uv needs no such name", discover, nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := load(t, "plain", test.edit...)
			_, findings := Render(t.Context(), e.config, e.matrix, e.actions, func(name string) (string, error) {
				text, err := embedded(name)
				return strings.ReplaceAll(text, test.old, `VIRTUALENV_VERSION: "1"`), err
			})
			if all := strings.Join(texts(findings), "\n"); (test.want == "") != (all == "") || !strings.Contains(all, test.want) {
				t.Errorf("got %s\nwant among it: %s", all, test.want)
			}
		})
	}
}

func TestTemplateCannotBeRead(t *testing.T) {
	e := load(t, "plain")
	_, findings := Render(t.Context(), e.config, e.matrix, e.actions, func(string) (string, error) { return "", os.ErrPermission })
	want := []string{"test-integrations.yml.tmpl: error: permission denied", "test.yml.tmpl: error: permission denied"}
	if d := cmp.Diff(want, texts(findings)); d != "" {
		t.Error(d)
	}
}

// TestHostileTexts checks that texts of the configuration arrive unchanged where YAML, a shell or GitHub could read them
// differently.
func TestHostileTexts(t *testing.T) {
	hostile := []string{
		`"`, `'`, `\`, `: #`, "- x", "[a, {b: c}]", "*a &b !c %d @e", "yes", "3.10", "~", "", " ", "a\nb\n", "\ttab", "a\r\nb",
		"\x00\x07\x1b[31m\x7f\u0085\u2028\ufeff\u202e", "ünïcode 𝒳 🐍", "$(touch x) `touch x`", "{{ x }} [[ x ]]", "${{ github.token }}",
	}
	for _, text := range hostile {
		t.Run(text, func(t *testing.T) {
			e := load(t, "full")
			w := &e.config.Workflow
			w.Name = "N" + text
			w.Env = config.Map[string]{{Key: "HOSTILE", Value: text}}
			w.Before = []config.Step{{Name: text, Uses: "actions/setup-java", With: config.Map[string]{{Key: "a" + text, Value: text}}}}
			w.After = []config.Step{{Name: text, Run: "x" + strings.ReplaceAll(text, "${{", "$"), Env: config.Map[string]{{Key: "HOSTILE", Value: text}}}}
			w.Triggers.Push.Branches = []string{text}
			postgres := e.config.Services.Get("postgres")
			postgres.Env = config.Map[string]{{Key: "HOSTILE", Value: text}}
			postgres.TestEnv = config.Map[string]{{Key: "HOSTILE", Value: text}}
			postgres.Options = []string{"--label " + text}
			if _, findings := Render(t.Context(), e.config, e.matrix, e.actions, embedded); len(findings) > 0 {
				t.Error(findings)
			}
		})
	}
}

func TestQuotedTextIsYAML(t *testing.T) {
	same := func(text string) bool {
		text = strings.ToValidUTF8(text, "�")
		var got string
		return yaml.Unmarshal([]byte(strconv.Quote(text)), &got) == nil && got == text
	}
	if err := quick.Check(same, nil); err != nil {
		t.Error(err)
	}
}

func TestEveryTemplateIsUsed(t *testing.T) {
	used := map[string]bool{}
	e := load(t, "full", withIndex(t), withResults(t))
	Render(t.Context(), e.config, e.matrix, e.actions, func(name string) (string, error) {
		used[name] = true
		return embedded(name)
	})
	for _, name := range []string{"test.yml.tmpl", "test-integrations.yml.tmpl", "step.yml.tmpl", "summary.py.tmpl", "combine.py.tmpl", "netrc.yml.tmpl", "results.py.tmpl"} {
		if _, err := os.Stat(filepath.Join("..", "..", "templates", name)); err != nil || !used[name] {
			t.Errorf("%s: used %t, %v", name, used[name], err)
		}
	}
}
