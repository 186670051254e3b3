package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"toxgen/internal/display"
	"toxgen/internal/git"
	"toxgen/internal/python"
	"toxgen/internal/setup"
)

// Stale is the status by which the program tells the hook that the sources changed since it was compiled.
const Stale Status = 75

// SurveyTools prints which tools are there, and how to get those that are missing. Only what nothing works without is an error.
func (w World) SurveyTools(ctx context.Context) Status {
	root, err := filepath.Abs(w.Root)
	if err != nil {
		return w.Explain(err)
	}
	var pythons []python.Version
	if c, err := w.configuration(); err == nil && c != nil { // the graph reports what is wrong with it
		pythons = c.Interpreters()
	}
	computer := setup.Computer{Root: root, Path: w.Path, Home: w.Home, PyenvRoot: w.PyenvRoot}
	status := Done
	for _, line := range setup.Tools(ctx, computer, setup.NeedsGo(os.DirFS(w.Root)), pythons) {
		fmt.Fprintf(w.Stdout, "%-8s %s\n", display.Line(line.Name), display.Line(line.Text))
		if line.Hint != "" {
			fmt.Fprintf(w.Stdout, "  hint: %s\n", display.Line(w.Program.Hint(line.Hint)))
		}
		if line.Needed {
			status = Failed
		}
	}
	return status
}

// An Answer says whether the hook is to be set up.
type Answer string

// The answers. An empty one is asked for on a terminal, and is a no elsewhere.
const (
	Yes Answer = "yes"
	No  Answer = "no"
)

// ParseAnswer returns the answer that a flag gives; nil is one that was not given.
func ParseAnswer(flag *string) (Answer, error) {
	switch answer := Answer(given(flag)); answer {
	case Yes, No:
		return answer, nil
	case "":
		if flag == nil {
			return "", nil
		}
	}
	return "", WrongUsage(fmt.Errorf("-hook=%s is neither yes nor no", *flag))
}

// OfferHook sets up the git pre-commit hook if the answer is yes.
func (w World) OfferHook(ctx context.Context, answer Answer) Status {
	if answer == No {
		return Done
	}
	repository, folder, err := w.repository(ctx)
	if err != nil && answer == "" {
		fmt.Fprintln(w.Stderr, "no hook is offered: "+display.Line(err.Error()))
		return Done
	}
	if err != nil {
		return w.Explain(hinted(err))
	}
	project, err := w.project(folder)
	if err != nil {
		return w.Explain(err)
	}
	is, err := repository.IsSetUp(project)
	if err != nil {
		return w.Explain(err)
	}
	if !is && answer == "" && !w.agreed(ctx) {
		return Done
	}
	sentence, left, err := repository.Install(project)
	if err == nil && project.Sources && w.Program == display.Mage {
		err = w.compile(ctx)
	}
	if err != nil {
		return w.Explain(err)
	}
	if is {
		sentence += " (as before)"
	}
	fmt.Fprintln(w.Stdout, display.Line(sentence))
	if left != "" {
		fmt.Fprintf(w.Stdout, "  hint: %s\n", display.Line(left))
	}
	return Done
}

// agreed asks on a terminal whether the hook is to be set up. Elsewhere it says how to do so.
func (w World) agreed(ctx context.Context) bool {
	if w.Terminal == nil {
		fmt.Fprintln(w.Stderr, w.Program.Hint("the git pre-commit hook is not set up: `mage setup -hook=yes` does so"))
		return false
	}
	return setup.Ask(ctx, w.Terminal, w.Stderr, "Check the matrix before each commit, by a git hook? It takes a fraction of a second, and no network")
}

// RemoveHook removes what [World.OfferHook] wrote.
func (w World) RemoveHook(ctx context.Context) Status {
	repository, folder, err := w.repository(ctx)
	if err != nil {
		return w.Explain(hinted(err))
	}
	said, err := repository.Remove(folder)
	for _, sentence := range said {
		fmt.Fprintln(w.Stdout, display.Line(sentence))
	}
	if err == nil && len(said) == 0 {
		fmt.Fprintln(w.Stdout, "nothing was set up")
	}
	return w.Explain(err)
}

// repository returns where git has the hooks of the repository, and the folder of the project in it.
func (w World) repository(ctx context.Context) (r setup.Repository, folder string, err error) {
	if _, folder, err = git.Place(ctx, w.Root); err != nil {
		return r, "", err
	}
	if r.Hooks, r.Configured, err = git.Hooks(ctx, w.Root); err == nil {
		r.Common, err = git.CommonFolder(ctx, w.Root)
	}
	return r, folder, err
}

// project returns the project in a folder of its repository as the hook checks it.
func (w World) project(folder string) (setup.Project, error) {
	if setup.NeedsGo(os.DirFS(w.Root)) == "" {
		program, err := os.Executable()
		return setup.Project{Folder: folder, Program: program}, err
	}
	project := setup.Project{Folder: folder, Sources: true}
	if program, found := (setup.Computer{Path: w.Path}).Find("go"); found {
		project.Go = filepath.Dir(program.Path)
	}
	return project, nil
}

// compile makes this program, which mage compiled just now, the program of the hook.
func (w World) compile(ctx context.Context) error {
	digest, errDigest := setup.Digest(os.DirFS(w.Root))
	executable, errExecutable := os.Executable()
	directory, folder, errGit := git.Place(ctx, w.Root)
	if err := cmp.Or(errDigest, errExecutable, errGit); err != nil {
		return hinted(err)
	}
	compiled := setup.CompiledIn(directory, folder)
	if compiled.IsOf(digest, executable) {
		return nil
	}
	return compiled.Take(executable, digest)
}

// PrepareHook prepares a run of the hook, and returns the world for it, in which hints name the command of the project. The status is
// [Stale] if this is the program of the hook, and the sources changed since it was compiled.
func (w World) PrepareHook(ctx context.Context) (World, Status) {
	if w.Program == display.Mage {
		return w, w.Explain(w.compile(ctx))
	}
	executable, err := os.Executable()
	if err != nil {
		return w, w.Explain(err)
	}
	compiled, is := setup.CompiledAs(executable)
	if !is {
		return w, Done
	}
	w.Program = display.Mage
	digest, err := setup.Digest(os.DirFS(w.Root))
	if err != nil || !compiled.IsOf(digest, executable) {
		return w, Stale // the Go tool says what is wrong with the sources
	}
	return w, Done
}
