package pipeline

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"toxgen/internal/config"
	"toxgen/internal/pypitest"
)

// Where a release cannot be read, `resolve` shows the entry of toxgen.yaml that helps; with the entry it prints pins.
func TestResolveTakesStatedMetadata(t *testing.T) {
	s := newShop(t)
	s.set("built", pypitest.Sdist(pypitest.SdistDynamic, "built", "1.0"))
	s.set("many", s.wheel(1, "many", "1.0", strings.Split(strings.Repeat("lib ", 5001), " ")[:5001]...))
	for _, c := range []struct {
		name, requirements, metadata string
		want                         Status
		out, errors                  string
	}{
		{"nothing is stated", "built\n", "", Failed, "",
			`FILE: error: the requirements of built 1.0, required by built (FILE:1), cannot be known: `},
		{"too much is stated by the index", "many\n", "", Failed, "",
			`FILE: error: the requirements of many 1.0, required by many (FILE:1), cannot be known: its metadata state 5001 requirements or extras, and more than 5000 are not read`},
		{"it is stated by the configuration", "built\nmany\n",
			"metadata:\n" + `  - {release: "built==1.0", requires: ["lib", "core<2"], reason: "its build decides"}` + "\n" +
				`  - {release: "many==1.0", requires: [], reason: "they are not needed here"}` + "\n", Done, "built==1.0\ncore==1.0\nlib==1.0\nmany==1.0\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			put(t, s.folder, map[string]string{config.FileName: handedProject + c.metadata, "requirements.txt": c.requirements})
			file := filepath.Join(s.folder, "requirements.txt")
			status := s.world().Resolve(t.Context(), "3.12", file)
			errors := strings.ReplaceAll(s.errors.String(), file, "FILE")
			if _, rest, named := strings.Cut(errors, "\n"); named && strings.HasPrefix(errors, "index: ") {
				errors = rest
			}
			if status != c.want || s.out.String() != c.out || !strings.HasPrefix(errors, c.errors) || c.errors == "" && errors != "" {
				t.Errorf("got %v, %q, %q", status, &s.out, errors)
			}
			name, _, _ := strings.Cut(c.requirements, "\n")
			if hint := `  hint: state the requirements in toxgen.yaml, under "metadata:": - {release: "` + name + `==1.0", requires: [...], reason: ...}`; c.want == Failed && !strings.Contains(errors, hint+"\n") {
				t.Errorf("got %q without %q", errors, hint)
			}
			if strings.Contains(errors, "\n\n") {
				t.Errorf("there is an empty line in %q", errors)
			}
		})
	}
	if _, err := os.Stat(filepath.Join(s.folder, "registry")); !os.IsNotExist(err) {
		t.Errorf("resolve wrote facts: %v", err)
	}
}

// TestResolveOnPlatform: a declared Python is resolved on its platform, another one on that which all share.
func TestResolveOnPlatform(t *testing.T) {
	s := newShop(t)
	s.set("tool", s.wheel(1, "tool", "1.0", `lib; sys_platform == "win32"`, `core; platform_system == "Linux"`))
	put(t, s.folder, map[string]string{"requirements.txt": "tool\n", config.FileName: strings.Replace(handedProject, `{version: "3.12", patch: 13}`,
		`{version: "3.12", patch: 13, platform: {system: windows, machine: amd64}, runs-on: windows-2025}`, 1)})
	for python, want := range map[string]string{"3.12": "lib==1.0\ntool==1.0\n", "3.12.1": "lib==1.0\ntool==1.0\n", "3.11": "core==2.0\ntool==1.0\n"} {
		if status := s.world().Resolve(t.Context(), python, filepath.Join(s.folder, "requirements.txt")); status != Done || s.out.String() != want {
			t.Errorf("%s: got %v, %q, %q, want %q", python, status, &s.out, &s.errors, want)
		}
	}
}
