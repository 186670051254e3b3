package endtoend

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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

// TestAction runs the step of action.yml as a runner does, with a release in a folder.
func TestAction(t *testing.T) {
	for _, program := range []string{"bash", "awk"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("SKIPPED: %s is not on PATH", program)
		}
	}
	step, defaults := actionOf(t)
	release := t.TempDir()
	var sums strings.Builder
	for _, platform := range []string{"linux-amd64", "linux-arm64", "darwin-amd64", "darwin-arm64", "windows-amd64.exe", "windows-arm64.exe"} {
		text := standInToxgen + "# " + platform + "\n"
		put(t, release, map[string]string{"toxgen-1.2.0-" + platform: text})
		fmt.Fprintf(&sums, "%x  toxgen-1.2.0-%s\n", sha256.Sum256([]byte(text)), platform)
	}
	const wrong = "0000000000000000000000000000000000000000000000000000000000000000"
	digest := func(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }
	right := digest(sums.String())
	for _, test := range []struct {
		name string
		// runner is the system and the processor of the runner, linux on amd64 if it is empty.
		runner string
		// inputs are those of the workflow, besides version and sha256 of the release.
		inputs map[string]string
		// sums is what the release has as SHA256SUMS, if not what it should have.
		sums string
		// binary is the file that must be downloaded, "" if none.
		binary string
		// want are the arguments that toxgen must be run with, separated by |; nil if it must not be run.
		want []string
		// says is an error that is printed.
		says string
	}{
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
		{name: "another binary", sums: strings.ReplaceAll(sums.String(), digest(standInToxgen+"# linux-amd64\n"), wrong), binary: "linux-amd64",
			says: "the SHA-256 of toxgen-1.2.0-linux-amd64 is " + digest(standInToxgen+"# linux-amd64\n") + ", and must be " + wrong + ": nothing of it is run"},
		{name: "no binary", sums: wrong + "  toxgen-1.2.0-linux-amd640\n", says: "the release has no toxgen-1.2.0-linux-amd64"},
		{name: "no release", inputs: map[string]string{"version": "1.3.0", "sha256": right}, sums: "-",
			says: "cannot download https://git.example.org/a/toxgen/releases/download/v1.3.0/SHA256SUMS"},
		{name: "no version", inputs: map[string]string{"version": ""}, says: "the input version is not the version of a release, such as 1.2.0"},
		{name: "a path for a version", inputs: map[string]string{"version": "1/../../x"}, says: "the input version is not the version of a release, such as 1.2.0"},
		{name: "no digest", inputs: map[string]string{"sha256": ""}, says: "the input sha256 is not 64 hexadecimal digits in lower case"},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			temp, work, here := filepath.Join(folder, "temp folder"), filepath.Join(folder, "work"), filepath.Join(folder, "release")
			if err := os.CopyFS(here, os.DirFS(release)); err != nil {
				t.Fatal(err)
			}
			put(t, folder, map[string]string{"bin/curl": standInCurl, "temp folder/x": "", "work/toxgen.yaml": ""})
			if err := os.Chmod(filepath.Join(folder, "bin", "curl"), 0o777); err != nil {
				t.Fatal(err)
			}
			inputs := map[string]string{"arguments": defaults["arguments"], "version": "1.2.0", "sha256": right}
			switch test.sums {
			case "":
				put(t, here, map[string]string{"SHA256SUMS": sums.String()})
			case "-":
			default:
				put(t, here, map[string]string{"SHA256SUMS": test.sums})
				inputs["sha256"] = digest(test.sums)
			}
			for name, value := range test.inputs {
				inputs[name] = value
			}
			runner := strings.Fields(test.runner + " Linux X64")
			actions, err := filepath.Abs(filepath.Join("..", ".."))
			if err != nil {
				t.Fatal(err)
			}
			command := exec.Command("bash", "-e", "-o", "pipefail", "-c", step.Run)
			command.Dir = work
			command.Env = append(os.Environ(), "PATH="+filepath.Join(folder, "bin")+string(filepath.ListSeparator)+os.Getenv("PATH"),
				"RUNNER_TEMP="+temp, "RUNNER_OS="+runner[0], "RUNNER_ARCH="+runner[1], "GITHUB_SERVER_URL=https://git.example.org", "GITHUB_ACTION_PATH="+actions,
				"RELEASE="+here, "ASKED="+filepath.Join(folder, "asked"), "CALLED="+filepath.Join(folder, "called"))
			for name, value := range step.Env {
				value = strings.ReplaceAll(value, "${{ github.action_repository || github.repository }}", "a/toxgen")
				for input, given := range inputs {
					value = strings.ReplaceAll(value, "${{ inputs."+input+" }}", given)
				}
				command.Env = append(command.Env, name+"="+value)
			}
			out, _ := command.CombinedOutput()
			status, printed := command.ProcessState.ExitCode(), string(out)
			files := content(t, folder)
			if test.want == nil {
				if _, called := files["called"]; called || status != 1 || !strings.Contains(printed, "::error title=toxgen::"+test.says) {
					t.Errorf("toxgen was run: %v, status %d, want the error %q\n%s", called, status, test.says, printed)
				}
			} else {
				want := strings.Join(append([]string{work}, test.want...), "\n") + "\n"
				if diff := cmp.Diff(want, files["called"]); status != 3 || diff != "" {
					t.Errorf("status %d (-want +called)\n%s%s", status, diff, printed)
				}
			}
			var asked []string
			for _, url := range strings.Fields(files["asked"]) {
				asked = append(asked, strings.TrimPrefix(url, "https://git.example.org/a/toxgen/releases/download/v1.2.0/"))
			}
			if test.binary != "" {
				if diff := cmp.Diff([]string{"SHA256SUMS", "toxgen-1.2.0-" + test.binary}, asked); diff != "" {
					t.Errorf("what is downloaded (-want +got)\n%s", diff)
				}
			} else if len(asked) > 1 {
				t.Errorf("%q is downloaded", asked)
			}
		})
	}
}
