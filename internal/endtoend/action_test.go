package endtoend

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// standInCurl takes the place of curl: it writes down what is asked, and copies the file from the folder of the release.
const standInCurl = `#!/usr/bin/env bash
output="" url=""
while [ $# -gt 0 ]; do
  case $1 in
    --output) output=$2; shift ;;
    https://*) url=$1 ;;
  esac
  shift
done
printf '%s\n' "$url" >>"$ASKED"
cp "$RELEASE/${url##*/}" "$output"
`

// standInToxgen takes the place of toxgen: it writes down its arguments and where it runs, and ends as toxgen does if files are out of sync.
const standInToxgen = `#!/usr/bin/env bash
printf '%s\n' "$PWD" "$@" >"$CALLED"
exit 3
`

// An actionStep is the only step of action.yml.
type actionStep struct {
	Shell, Run string
	Env        map[string]string
}

// actionOf reads action.yml: its step, and its inputs with the value of each that has a default.
func actionOf(t *testing.T) (step actionStep, inputs map[string]string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "action.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var action struct {
		Inputs map[string]struct{ Default string }
		Runs   struct {
			Using string
			Steps []actionStep
		}
	}
	if err := yaml.Unmarshal(data, &action); err != nil {
		t.Fatal(err)
	}
	if action.Runs.Using != "composite" || len(action.Runs.Steps) != 1 || action.Runs.Steps[0].Shell != "bash" {
		t.Fatalf("action.yml does not consist of one step of bash: %+v", action.Runs)
	}
	inputs = map[string]string{}
	for name, input := range action.Inputs {
		inputs[name] = input.Default
	}
	return action.Runs.Steps[0], inputs
}

// An actionCase is a workflow that uses the action.
type actionCase struct {
	name string
	// runner is the system and the processor of the runner, Linux on X64 if it is empty.
	runner string
	// inputs are those of the workflow, besides version and sha256 of the release.
	inputs map[string]string
	// sums is what the release has as SHA256SUMS, if not what it should have; "-" if there is no such file.
	sums string
	// binary is the file that must be downloaded, "" if none.
	binary string
	// want are the arguments that toxgen must be run with; nil if it must not be run.
	want []string
	// says is an error that is printed.
	says string
}

// A called is what became of an [actionCase].
type called struct {
	status  int
	printed string
	// asked are the files of the release that were downloaded, and run is what toxgen wrote, if it was run.
	asked []string
	run   string
}

// releaseHere is where the release has its files.
const releaseHere = "https://git.example.org/a/toxgen/releases/download/v1.2.0/"

// call runs the step of action.yml as a runner does, in the folder work below a folder, with the release in release.
func (c actionCase) call(t *testing.T, folder string, inputs map[string]string) called {
	t.Helper()
	step, defaults := actionOf(t)
	actions, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	runner := strings.Fields(c.runner + " Linux X64")
	command := exec.Command("bash", "-e", "-o", "pipefail", "-c", step.Run)
	command.Dir = filepath.Join(folder, "work")
	command.Env = append(os.Environ(), "PATH="+filepath.Join(folder, "bin")+string(filepath.ListSeparator)+os.Getenv("PATH"),
		"RUNNER_TEMP="+filepath.Join(folder, "temp folder"), "RUNNER_OS="+runner[0], "RUNNER_ARCH="+runner[1],
		"GITHUB_SERVER_URL=https://git.example.org", "GITHUB_ACTION_PATH="+actions,
		"RELEASE="+filepath.Join(folder, "release"), "ASKED="+filepath.Join(folder, "asked"), "CALLED="+filepath.Join(folder, "called"))
	for variable, value := range step.Env {
		value = strings.ReplaceAll(value, "${{ github.action_repository || github.repository }}", "a/toxgen")
		for name, usual := range defaults {
			for _, given := range []map[string]string{c.inputs, inputs, {name: usual}} {
				if input, found := given[name]; found {
					value = strings.ReplaceAll(value, "${{ inputs."+name+" }}", input)
					break
				}
			}
		}
		command.Env = append(command.Env, variable+"="+value)
	}
	out, err := command.CombinedOutput()
	if command.ProcessState == nil {
		t.Fatal(err)
	}
	files := content(t, folder)
	result := called{status: command.ProcessState.ExitCode(), printed: string(out), run: files["called"]}
	for _, url := range strings.Fields(files["asked"]) {
		result.asked = append(result.asked, strings.TrimPrefix(url, releaseHere))
	}
	return result
}

// TestAction uses action.yml on different runners, with a release in a folder.
func TestAction(t *testing.T) {
	needs(t, "bash", "awk")
	release := map[string]string{}
	var sums strings.Builder
	for _, platform := range []string{"linux-amd64", "linux-arm64", "darwin-amd64", "darwin-arm64", "windows-amd64.exe", "windows-arm64.exe"} {
		name, text := "toxgen-1.2.0-"+platform, standInToxgen+"# "+platform+"\n"
		release["release/"+name] = text
		fmt.Fprintf(&sums, "%s  %s\n", digestOf(text), name)
	}
	const wrong = "0000000000000000000000000000000000000000000000000000000000000000"
	right, linux := digestOf(sums.String()), digestOf(release["release/toxgen-1.2.0-linux-amd64"])
	for _, test := range []actionCase{
		{name: "by default it checks", binary: "linux-amd64", want: []string{"check"}},
		{name: "arguments", inputs: map[string]string{"arguments": "update  -only=flask\n-strict"}, binary: "linux-amd64", want: []string{"update", "-only=flask", "-strict"}},
		{name: "the whole graph", inputs: map[string]string{"arguments": ""}, binary: "linux-amd64", want: []string{}},
		{name: "no shell", inputs: map[string]string{"arguments": "hold flask '==3.*' $(touch x) ; `touch y` * \\"}, binary: "linux-amd64",
			want: []string{"hold", "flask", "'==3.*'", "$(touch", "x)", ";", "`touch", "y`", "*", "\\"}},
		{name: "Linux on ARM", runner: "Linux ARM64", binary: "linux-arm64", want: []string{"check"}},
		{name: "macOS on Intel", runner: "macOS X64", binary: "darwin-amd64", want: []string{"check"}},
		{name: "macOS on ARM", runner: "macOS ARM64", binary: "darwin-arm64", want: []string{"check"}},
		{name: "Windows", runner: "Windows X64", binary: "windows-amd64.exe", want: []string{"check"}},
		{name: "Windows on ARM", runner: "Windows ARM64", binary: "windows-arm64.exe", want: []string{"check"}},
		{name: "another runner", runner: "Linux X86", says: "there is no binary for a runner with Linux on X86"},
		{name: "another digest", inputs: map[string]string{"sha256": wrong}, says: "the SHA-256 of SHA256SUMS is " + right + ", and must be " + wrong + ": nothing of it is run"},
		{name: "another binary", sums: strings.ReplaceAll(sums.String(), linux, wrong), binary: "linux-amd64",
			says: "the SHA-256 of toxgen-1.2.0-linux-amd64 is " + linux + ", and must be " + wrong + ": nothing of it is run"},
		{name: "no binary", sums: wrong + "  toxgen-1.2.0-linux-amd640\n", says: "the release has no toxgen-1.2.0-linux-amd64"},
		{name: "no release", inputs: map[string]string{"version": "1.3.0", "sha256": right}, sums: "-",
			says: "cannot download https://git.example.org/a/toxgen/releases/download/v1.3.0/SHA256SUMS"},
		{name: "no version", inputs: map[string]string{"version": ""}, says: "the input version is not the version of a release, such as 1.2.0"},
		{name: "a path for a version", inputs: map[string]string{"version": "1/../../x"}, says: "the input version is not the version of a release, such as 1.2.0"},
		{name: "no digest", inputs: map[string]string{"sha256": ""}, says: "the input sha256 is not 64 hexadecimal digits in lower case"},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			put(t, folder, release)
			put(t, folder, map[string]string{"bin/curl": standInCurl, "temp folder/x": "", "work/toxgen.yaml": ""})
			if err := os.Chmod(filepath.Join(folder, "bin", "curl"), 0o777); err != nil {
				t.Fatal(err)
			}
			text := cmp.Or(test.sums, sums.String())
			if text != "-" {
				put(t, folder, map[string]string{"release/SHA256SUMS": text})
			}
			got := test.call(t, folder, map[string]string{"version": "1.2.0", "sha256": digestOf(text)})
			if test.want == nil {
				if got.run != "" || got.status != 1 || !strings.Contains(got.printed, "::error title=toxgen::"+test.says) {
					t.Errorf("status %d, toxgen wrote %q, want the error %q\n%s", got.status, got.run, test.says, got.printed)
				}
			} else {
				want := strings.Join(append([]string{filepath.Join(folder, "work")}, test.want...), "\n") + "\n"
				if got.status != 3 || got.run != want {
					t.Errorf("status %d, toxgen wrote %q, want 3 and %q\n%s", got.status, got.run, want, got.printed)
				}
			}
			if test.binary == "" && len(got.asked) > 1 || test.binary != "" && !slices.Equal(got.asked, []string{"SHA256SUMS", "toxgen-1.2.0-" + test.binary}) {
				t.Errorf("%q is downloaded, want SHA256SUMS and the binary %q", got.asked, test.binary)
			}
		})
	}
}

func digestOf(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }
