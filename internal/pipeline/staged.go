package pipeline

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"

	"toxgen/internal/fileset"
	"toxgen/internal/finding"
	"toxgen/internal/git"
	"toxgen/internal/live"
	"toxgen/internal/lock"
	"toxgen/internal/registry"
	"toxgen/internal/tox"
)

// Staged begins a run that only reads, over the files that are staged for the next commit. The run is nil if nothing that is
// staged can change what `check` says. It has to be closed.
func Staged(ctx context.Context, world World) (*Run, error) {
	staged, err := git.Staged(ctx, world.Root)
	if err != nil || len(staged) == 0 {
		return nil, hinted(err)
	}
	index, err := git.OpenIndex(ctx, world.Root)
	if err != nil {
		return nil, hinted(err)
	}
	r := overIndex(world, index)
	_, err = index.Stat(world.Config)
	isMatrix := err == nil // not on a branch from before there was one
	if isMatrix {
		err = r.loadStaged()
	}
	if !isMatrix || !slices.ContainsFunc(staged, r.concerns) {
		r.Close()
		return nil, nil
	}
	if err != nil {
		r.Close()
	}
	return r, err
}

// overIndex returns a run over the files of an index, which it closes.
func overIndex(world World, index fileset.Files) *Run {
	asked := &asked{index, map[string]bool{}}
	r := &Run{world: world, meter: world.meter(), tree: fileset.Of(asked), unlock: func() {}, budget: lock.NewBudget(), asked: asked.names,
		mode: mode{index: live.None{}, curable: finding.OutOfSync, needless: finding.Warning}}
	if closer, ok := index.(interface{ Close() }); ok {
		r.unlock = closer.Close
	}
	return r
}

// loadStaged reads what the configuration is made from, and looks for the tests. After that it is known what was asked for.
func (r *Run) loadStaged() error {
	err := r.load()
	if err == nil {
		r.missingTests() // the steps report them
	}
	return err
}

// asked are files that note which names they are asked for.
type asked struct {
	fileset.Files
	names map[string]bool
}

// Stat implements [fileset.Files].
func (a *asked) Stat(name string) (fs.FileInfo, error) {
	a.names[name] = true
	return a.Files.Stat(name)
}

// Lstat implements [fileset.Files].
func (a *asked) Lstat(name string) (fs.FileInfo, error) {
	a.names[name] = true
	return a.Files.Lstat(name)
}

// concerns reports whether what a run says can depend on a file that is added, changed or removed. The run has read its configuration
// and what that names ([Run.loadStaged]), so that only what the steps read themselves has to be listed here.
func (r *Run) concerns(name string) bool {
	folder, base := path.Dir(name), path.Base(name)
	switch {
	case r.asked[name], slices.Contains(projectFiles, base): // the latter may be gone
		return true
	case r.config == nil: // it cannot be read
		return false
	case folder == registry.Folder, folder == workflowFolder, slices.Contains(linterConfigs, name):
		return true
	case r.config.Templates != "" && strings.HasPrefix(name, path.Clean(r.config.Templates)+"/"):
		return true
	case slices.Contains([]string{r.config.ToxFile(), tox.BuildConstraints, r.config.Outputs.Schema, r.config.Outputs.ReportMarkdown, r.config.Outputs.ReportJSON}, name):
		return true
	}
	for ; folder != "."; folder = path.Dir(folder) {
		if r.asked[folder] && !r.tree.Exists(folder) { // such as the folder of a suite's tests, which went with its last file
			return true
		}
	}
	return false
}

// CheckStaged ends a run over what is staged as [Run.Check] ends one over the folder. If something is out of sync, it names the
// files whose staged content is not that of the folder.
func (r *Run) CheckStaged(ctx context.Context) error {
	err := r.Check(ctx)
	if err != nil || r.findings.Worst() < finding.OutOfSync {
		return err
	}
	unstaged, err := git.Unstaged(ctx, r.world.Root)
	if err != nil {
		return hinted(err)
	}
	unstaged = slices.DeleteFunc(unstaged, func(name string) bool { return !r.concerns(name) })
	f := finding.Finding{Severity: finding.OutOfSync, Message: "this commit is refused, since what is staged for it is out of sync",
		Hint: "stage what the commands of the hints write; `git commit --no-verify` commits without this check"}
	if len(unstaged) > 0 {
		slices.Sort(unstaged)
		f.Message += ", and the folder has something else than what is staged"
		f.Detail = unstaged
		f.Hint = "if `mage check` finds nothing in the folder, stage these files; `git commit --no-verify` commits without this check"
	}
	r.add(f)
	return nil
}
