// Package trial runs tox on a tox.ini of its own, in folders of its own, and says what became of it.
//
// The tox.ini lies in a temporary folder outside the project, with tox's work folder and its result file; the folder is
// removed at the end. The environment variables TOX_ROOT_DIR, TOX_WORK_DIR and TOX_RESULT_JSON, which tox reads as the
// options of these names, tell tox where they are, and that its root is that of the project: so {tox_root}, paths that are
// relative to it and SDK_ROOT mean what they mean in a usual run. Anything that the command prints goes to a file.
//
// The command is the user's, and runs the code of what it installs, as every run of tox does. What that code writes is not
// trusted: [results.Read] reads the result file and the junit file {work_dir}/coverage/junit-{env_name}.xml, and nothing is
// concluded from them but an outcome.
//
// When the context ends, the command and all processes that it started are interrupted, and killed if it does not end within
// two seconds. After each run the processes that are left over are killed too, on systems that have process groups.
package trial

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"toxgen/internal/bisect"
	"toxgen/internal/results"
)

// DefaultCommand is the command if the user names no other.
const DefaultCommand = "tox -c {ini} run -e {env}"

const (
	// grace is how long an interrupted command may take to end. Mage gives the program five seconds after an interrupt.
	grace = 2 * time.Second
	// maximumOutput is the maximum number of bytes of the output that are kept.
	maximumOutput = 64 << 20
	// handedOver is the folder of the result files, and resultFile the one of tox in it.
	handedOver, resultFile = "results", "results/tox.json"
)

// A Trial is one run of a command.
type Trial struct {
	// Command are the words of the command. In each of them, `{ini}` stands for the path of the tox.ini and `{env}` for the
	// name of the environment.
	Command []string
	// Root is the project's folder, absolute.
	Root string
	// Environment is the name of the environment that the command runs, Ini the content of its tox.ini.
	Environment string
	Ini         []byte
	// MinTests is how many tests have to pass, or 0. If fewer do, they have failed, as in a row of CI.
	MinTests int
	// Log is the path of the file that takes the output.
	Log string
	// Limit is the time after which the command is interrupted. Its tests have then failed.
	Limit time.Duration
}

// Words returns the words of a command. It must name the tox.ini, since it would test something else otherwise.
func Words(command string) ([]string, error) {
	if !strings.Contains(command, "{ini}") {
		return nil, fmt.Errorf("the command %q does not name {ini}, which stands for the tox.ini of a run, as `%s` does", command, DefaultCommand)
	}
	return strings.Fields(command), nil
}

// A Report is what became of a trial.
type Report struct {
	Outcome bisect.Outcome
	// Last is the last line that tells why: text of the code that was run.
	Last string
	// Took is how long the run took.
	Took time.Duration
}

// Run runs the trial. The error says why there is no outcome.
func (t Trial) Run(ctx context.Context) (r Report, err error) {
	folder, err := os.MkdirTemp("", "toxgen-bisect-")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	ini := filepath.Join(folder, "tox.ini")
	if err := errors.Join(os.WriteFile(ini, t.Ini, 0o666), os.Mkdir(filepath.Join(folder, handedOver), 0o777)); err != nil {
		return r, err
	}
	limited, cancel := context.WithTimeout(ctx, t.Limit)
	defer cancel()
	began := time.Now()
	status, err := t.execute(limited, ini, folder)
	r.Took = time.Since(began)
	switch {
	case err != nil:
		return r, err
	case ctx.Err() != nil:
		return r, context.Cause(ctx)
	case limited.Err() != nil:
		r.Outcome, r.Last = bisect.Failed, fmt.Sprintf("it did not end within %s", t.Limit)
		return r, nil
	}
	r.Outcome, r.Last, err = t.outcome(status, folder)
	if err != nil {
		err = fmt.Errorf("the command `%s` ended with status %d: %w", strings.Join(t.Command, " "), status, err)
	}
	return r, err
}

// execute runs the command and returns its exit status.
func (t Trial) execute(ctx context.Context, ini, folder string) (status int, err error) {
	log, err := os.Create(t.Log)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	words := slices.Clone(t.Command)
	for i, word := range words {
		words[i] = strings.NewReplacer("{ini}", ini, "{env}", t.Environment).Replace(word)
	}
	command := exec.CommandContext(ctx, words[0], words[1:]...)
	output := &limitedWriter{log, maximumOutput}
	command.Dir, command.Stdout, command.Stderr = t.Root, output, output
	command.Env = append(os.Environ(), "TOX_ROOT_DIR="+t.Root, "TOX_WORK_DIR="+filepath.Join(folder, "work"), "TOX_RESULT_JSON="+filepath.Join(folder, resultFile))
	command.WaitDelay = grace
	own(command)
	err = command.Run()
	end(command)
	exit, failed := errors.AsType[*exec.ExitError](err)
	switch {
	case ctx.Err() != nil || err == nil || errors.Is(err, exec.ErrWaitDelay): // the latter of a command that succeeded
		return 0, nil
	case failed:
		return exit.ExitCode(), nil
	}
	return 0, err
}

// outcome returns what the results say of a command that ended with a status.
func (t Trial) outcome(status int, folder string) (bisect.Outcome, string, error) {
	root, err := os.OpenRoot(folder) // a link does not lead out of it
	if err != nil {
		return "", "", err
	}
	defer root.Close()
	if _, err := root.Lstat(resultFile); errors.Is(err, fs.ErrNotExist) {
		return "", "", errors.New("it wrote no result of tox, which TOX_RESULT_JSON asks for")
	}
	junit := "junit-" + t.Environment + ".xml"
	_ = root.Rename("work/coverage/"+junit, handedOver+"/"+junit) // where there is none, what tox says counts
	run, err := results.Read(root.FS(), handedOver, results.Rows{t.Environment: ""})
	e := run.Environments[t.Environment]
	switch {
	case err != nil:
		return "", "", err
	case e.Outcome == results.NotRun && len(run.Faults) > 0:
		return "", "", errors.New(run.Faults[0])
	case e.Outcome == results.NotRun:
		return bisect.NotInstalled, "tox did not run it", nil
	case e.Outcome != results.NotInstalled && e.Tests < t.MinTests:
		return bisect.Failed, cmp.Or(e.Line, fmt.Sprintf("%d tests passed, and min-tests is %d", e.Tests, t.MinTests)), nil
	case e.Untested:
		return bisect.NothingTested, e.Line, nil
	case e.Outcome == results.Passed && status != 0: // something that the user's command does after tox
		return bisect.Failed, fmt.Sprintf("the command ended with status %d", status), nil
	default:
		return bisect.Outcome(e.Outcome), e.Line, nil
	}
}

// A limitedWriter passes on a number of bytes, and drops the rest.
type limitedWriter struct {
	to   io.Writer
	left int
}

// Write implements [io.Writer].
func (w *limitedWriter) Write(p []byte) (int, error) {
	n := min(len(p), w.left)
	w.left -= n
	if _, err := w.to.Write(p[:n]); err != nil {
		return 0, err
	}
	return len(p), nil
}
