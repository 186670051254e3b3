package pipeline

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"toxgen/internal/config"
	"toxgen/internal/finding"
)

// handedProject is a configuration for which something is handed over.
const handedProject = `project: {name: some-sdk}
pythons:
  - {version: "3.12", patch: 13}
platform: {system: linux, machine: x86_64, libc: glibc-2.28}
workflow:
  name: Test
  triggers: {dispatch: true}
  runs-on: ubuntu-24.04
  timeout: 10
  tools: {uv: "0.13.9", tox: "4.67.15", tox-uv: "1.37.1"}
  actions:
    actions/checkout: {sha: 3d3c42e5aac5ba805825da76410c181273ba90b1, version: v7.0.1}
    astral-sh/setup-uv: {sha: 20cfd1bf945f4377ade1205e4dbc17946fc9a30d, version: v10.0.1}
build: [setuptools]
groups:
  - {name: Main, suites: [app]}
suites:
  app: {package: app, minimum: "1.0", test-path: tests/app}
testenv:
  commands: ["python -m pytest {env:_TESTPATH}"]
`

// handedFiles is the least that can be handed over for it.
var handedFiles = map[string]string{
	"tox.ini":                   made + "[tox]\nenv_list =\n    py3.12-app-v1.0\n[testenv]\ndeps =\n    py3.12-app-v1.0: app==1.0\n    py3.12-app-v1.0: lib==1.5\n",
	"build-constraints.txt":     made + "setuptools==80.0\n",
	"registry/app.jsonl":        `{"version":"1.0","wheels":["py3-none-any"],"metadata":[{"file":"py3-none-any","classifiers":["3.12"],"requires":["lib"]}]}` + "\n",
	"registry/lib.jsonl":        `{"version":"1.5","wheels":["py3-none-any"],"metadata":[{"file":"py3-none-any","requires":[]}]}` + "\n",
	"registry/setuptools.jsonl": `{"version":"80.0","wheels":["py3-none-any"],"metadata":[{"file":"py3-none-any","requires":[]}]}` + "\n",
	"summary.json":              `{"format":1,"before":{"releases":0,"environments":0,"rows":0},"after":{"releases":1,"environments":1,"rows":1}}`,
}

// put writes files into a folder.
func put(tb testing.TB, folder string, files map[string]string) {
	tb.Helper()
	for name, text := range files {
		place := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(place), 0o777); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(place, []byte(text), 0o644); err != nil {
			tb.Fatal(err)
		}
	}
}

// made is the mark of what toxgen made.
const made = "# Made by `mage toxgen` from toxgen.yaml\n"

// takenOver applies what is handed over to a project that has its configuration alone, and checks the outcome: all of
// it, so that a check finds nothing, or nothing.
func takenOver(tb testing.TB, handed map[string]string) Status {
	tb.Helper()
	folder, project := tb.TempDir(), tb.TempDir()
	put(tb, folder, handed)
	put(tb, project, map[string]string{config.FileName: handedProject})
	world := World{Root: project, Config: config.FileName, Now: time.Unix(1_790_000_000, 0), Cache: tb.TempDir(), State: tb.TempDir(), Stdout: io.Discard, Stderr: io.Discard}
	status := applied(world, folder)
	if status != Done {
		entries, err := os.ReadDir(project)
		if err != nil || len(entries) != 1 {
			tb.Errorf("it was refused, and the project holds %v, %v", entries, err)
		}
		return status
	}
	run, err := Verifying(world)
	if err != nil {
		tb.Fatal(err)
	}
	if err := walk(context.Background(), run.Fetch, run.Toxgen, run.Workflows, run.Check); err != nil {
		tb.Fatalf("it was taken over, and a check says %v", err)
	}
	if run.findings.Worst() > finding.Warning {
		tb.Errorf("it was taken over, and a check finds %v", run.findings)
	}
	return status
}

// applied takes over what is handed over in a folder, by the steps of `update:apply`.
func applied(world World, folder string) Status {
	ctx := context.Background()
	run, err := TakingOver(ctx, world, folder, nil, nil)
	if err != nil {
		return world.Explain(err)
	}
	defer run.Close()
	err = walk(ctx, run.Fetch, run.Toxgen, run.Workflows)
	if err == nil {
		again := run.Again()
		if err = walk(ctx, again.Fetch, again.Toxgen, again.Workflows, again.Check); err == nil {
			err = run.Accept(ctx, again)
		}
	}
	if status := run.Fail(err); status != Done {
		return status
	}
	return run.Commit()
}

// walk does steps one after the other until one fails.
func walk(ctx context.Context, steps ...func(context.Context) error) error {
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// FuzzHandover takes over, or refuses, whatever is handed over.
func FuzzHandover(f *testing.F) {
	if status := takenOver(f, handedFiles); status != Done {
		f.Fatalf("the seed is refused: status %v", status)
	}
	f.Add(handedFiles["tox.ini"], handedFiles["build-constraints.txt"], handedFiles["registry/lib.jsonl"], handedFiles["summary.json"])
	f.Add("[testenv]\ndeps =\n    lib==1.5\n    app==1.0\ncommands = evil\n", "", "", "{}")
	f.Add("[testenv]\r\ndeps =\r\n\tpy3.12-app-{v1.0,latest}: LIB==1.5.0\n", "setuptools == 80.0 ; python_version > '3'", `{"version":"1.5.0"}`, "")
	f.Fuzz(func(t *testing.T, tox, build, facts, summary string) {
		handed := map[string]string{"registry/app.jsonl": handedFiles["registry/app.jsonl"], "registry/setuptools.jsonl": handedFiles["registry/setuptools.jsonl"],
			"tox.ini": made + tox, "build-constraints.txt": made + build, "registry/lib.jsonl": facts, "summary.json": summary}
		takenOver(t, handed)
	})
}
