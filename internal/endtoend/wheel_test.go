package endtoend

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"toxgen/internal/sdktest"
)

// TestWheel installs the wheel for this machine by the real pip and the real uv, and runs what they installed.
func TestWheel(t *testing.T) {
	sources := filepath.Join(t.TempDir(), "toxgen")
	commit := clonedRelease(t, sources)
	build(t, sources)
	dist := filepath.Join(sources, "dist")
	for _, test := range []struct {
		name string
		// needs are the programs that it takes.
		needs []string
		// install are the commands that install the wheel; {venv} is the folder of the environment.
		install [][]string
	}{
		{"pip", []string{"python3"}, [][]string{
			{"python3", "-m", "venv", "{venv}"},
			{"{bin}/python", "-m", "pip", "install", "--disable-pip-version-check", "--no-index", "--find-links", dist, "toxgen==" + released},
		}},
		{"uv", []string{"python3", "uv"}, [][]string{
			{"uv", "venv", "--offline", "--python", "python3", "{venv}"},
			{"uv", "pip", "install", "--offline", "--no-index", "--find-links", dist, "--python", "{venv}", "toxgen==" + released},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, name := range test.needs {
				if _, err := exec.LookPath(name); err != nil {
					if os.Getenv(sdktest.Required) != "" {
						t.Fatalf("%s is not on PATH", name)
					}
					t.Skipf("SKIPPED: %s is not on PATH, so that it installs no wheel", name)
				}
			}
			venv := filepath.Join(t.TempDir(), "venv")
			bin := filepath.Join(venv, "bin")
			if runtime.GOOS == "windows" {
				bin = filepath.Join(venv, "Scripts")
			}
			places := strings.NewReplacer("{venv}", venv, "{bin}", bin)
			t.Setenv("UV_CACHE_DIR", t.TempDir())
			in := func(folder string, command ...string) string {
				t.Helper()
				for i := range command {
					command[i] = places.Replace(command[i])
				}
				c := exec.Command(command[0], command[1:]...)
				c.Dir = folder
				c.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "PIP_") || strings.HasPrefix(v, "UV_INDEX") }),
					"TOXGEN_OFFLINE=1", "TOXGEN_CACHE="+t.TempDir())
				out, err := c.CombinedOutput()
				if err != nil {
					t.Fatalf("%s: %v\n%s", c, err, out)
				}
				return string(out)
			}
			for _, command := range test.install {
				in(t.TempDir(), slices.Clone(command)...)
			}
			if got, want := in(t.TempDir(), "{bin}/toxgen", "-version"), "toxgen "+released+"\ncommit "+commit+"\n"; !strings.HasPrefix(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			example := copyOf(t, exampleFolder("pyproject"))
			if got := in(example, "{bin}/toxgen", "check"); got != "" {
				t.Errorf("check in an example says\n%s", got)
			}
			pins := content(t, example)["tox.ini"]
			put(t, example, map[string]string{"tox.ini": pins + "#\n"})
			c := exec.Command(filepath.Join(bin, "toxgen"), "check")
			c.Dir = example
			if out, err := c.CombinedOutput(); c.ProcessState.ExitCode() != 3 {
				t.Errorf("a file is out of sync: %v\n%s", err, out)
			}
		})
	}
}
