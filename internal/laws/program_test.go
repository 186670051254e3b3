package laws

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	compiler "toxgen/internal/program"
)

// program is the compiled binary, workshop the folder that holds it and all that runs need.
var program, workshop string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "toxgen-laws-")
	code := 1
	if err == nil {
		program, workshop = filepath.Join(folder, "toxgen"), folder
		if err = compiler.Compile(program); err == nil {
			code = m.Run()
		}
		os.RemoveAll(folder)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

// A Tree is what a folder holds, by path with slashes.
type Tree map[string]string

// A Start says how the program is started.
type Start struct {
	Arguments []string
	// Tree is what the project's folder holds before.
	Tree Tree
	// Handover is what a folder named `handover` beside it holds.
	Handover Tree
	// Index is the URL of the index; empty: offline.
	Index string
	// Cache is a folder; empty: a new one.
	Cache string
}

// An Outcome is how a run of the program ended, and what it left.
type Outcome struct {
	Status         int
	Stdout, Stderr string
	// Summary is what `-summary=../summary.json` wrote.
	Summary string
	Took    time.Duration
	Tree    Tree
}

// A run that takes longer than patience is killed and has the status killed.
const (
	patience = time.Minute
	killed   = -1
)

// run starts the program and waits for it.
func (s Start) run() Outcome {
	folder, err := os.MkdirTemp(workshop, "run-")
	must(err)
	defer os.RemoveAll(folder)
	project := filepath.Join(folder, "project")
	s.Tree.write(project)
	s.Handover.write(filepath.Join(folder, "handover"))
	cache := s.Cache
	if cache == "" {
		cache = filepath.Join(folder, "cache")
	}
	if err := compiler.ReadSources(); err != nil {
		panic(err) // the sources cannot be read
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, program, s.Arguments...)
	var stdout, stderr bytes.Buffer
	command.Dir, command.Stdout, command.Stderr = project, &stdout, &stderr
	offline := ""
	if s.Index == "" {
		offline = "1"
	}
	command.Env = append(os.Environ(), "TOXGEN_OFFLINE="+offline, "TOXGEN_INDEX_URL="+s.Index, "TOXGEN_CACHE="+cache, "TOXGEN_CONFIG=", "NETRC="+os.DevNull,
		"GITHUB_ACTIONS=", "CI=", "NO_COLOR=1")
	began := time.Now()
	err = command.Run()
	o := Outcome{Took: time.Since(began)}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		o.Status = exit.ExitCode()
		if ctx.Err() != nil {
			o.Status = killed
		}
	} else {
		must(err)
	}
	o.Stdout, o.Stderr = stdout.String(), stderr.String()
	if summary, err := os.ReadFile(filepath.Join(folder, "summary.json")); err == nil {
		o.Summary = string(summary)
	}
	o.Tree = readTree(project)
	return o
}

// write writes the files below a folder.
func (t Tree) write(folder string) {
	must(os.MkdirAll(folder, 0o777))
	for name, data := range t {
		path := filepath.Join(folder, filepath.FromSlash(name))
		must(os.MkdirAll(filepath.Dir(path), 0o777))
		must(os.WriteFile(path, []byte(data), 0o666))
	}
}

func readTree(folder string) Tree {
	t := Tree{}
	must(filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		t[filepath.ToSlash(name)] = string(data)
		return err
	}))
	return t
}

// differences describes in what another tree differs: for each file the lines that only one of them has.
func (t Tree) differences(other Tree) []string {
	names := maps.Clone(t)
	maps.Copy(names, other)
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		was, before := t[name]
		is, after := other[name]
		switch {
		case !after:
			lines = append(lines, name+" is missing")
		case !before:
			lines = append(lines, name+" is new")
		case was != is:
			lines = append(lines, name+" differs")
		default:
			continue
		}
		lines = append(lines, only(was, is, "-")...)
		lines = append(lines, only(is, was, "+")...)
	}
	return lines
}

// only returns the lines of a text that another lacks, at most a dozen, behind a sign.
func only(text, other, sign string) []string {
	have := map[string]bool{}
	for line := range strings.Lines(other) {
		have[line] = true
	}
	var lines []string
	for line := range strings.Lines(text) {
		if !have[line] && len(lines) < 12 {
			lines = append(lines, "  "+sign+" "+strings.TrimSuffix(line, "\n"))
		}
	}
	return lines
}
