// Package trial runs tox on a tox.ini of its own, in folders of its own, and says what became of it.
//
// The tox.ini lies in a temporary folder outside the project, with tox's work folder and its result file; the folder is
// removed at the end. The environment variables TOX_ROOT_DIR, TOX_WORK_DIR and TOX_RESULT_JSON, which tox reads as the
// options of these names, tell tox where they are, and that its root is that of the project: so {tox_root}, paths that are
// relative to it and SDK_ROOT mean what they mean in a usual run. Anything that the command prints goes to a file.
//
// The command is the user's, and runs the code of what it installs, as every run of tox does. What that code writes is not
// trusted: the result file is read within bounds, and nothing is concluded from it but an outcome.
//
// When the context ends, the command and all processes that it started are interrupted, and killed if it does not end within
// two seconds. After each run the processes that are left over are killed too, on systems that have process groups.
package trial

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"toxgen/internal/bisect"
)

// DefaultCommand is the command if the user names no other.
const DefaultCommand = "tox -c {ini} run -e {env}"

const (
	// grace is how long an interrupted command may take to end. Mage gives the program five seconds after an interrupt.
	grace = 2 * time.Second
	// The maximum numbers of bytes of the result file that are read, and of the output that is kept.
	maximumResult = 64 << 20
	maximumOutput = 64 << 20
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
	ini, result := filepath.Join(folder, "tox.ini"), filepath.Join(folder, "result.json")
	if err := os.WriteFile(ini, t.Ini, 0o666); err != nil {
		return r, err
	}
	limited, cancel := context.WithTimeout(ctx, t.Limit)
	defer cancel()
	began := time.Now()
	status, err := t.execute(limited, ini, folder, result)
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
	r.Outcome, r.Last, err = t.outcome(status, result)
	if err != nil {
		err = fmt.Errorf("the command `%s` ended with status %d: %w", strings.Join(t.Command, " "), status, err)
	}
	return r, err
}

// execute runs the command and returns its exit status.
func (t Trial) execute(ctx context.Context, ini, folder, result string) (status int, err error) {
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
	command.Env = append(os.Environ(), "TOX_ROOT_DIR="+t.Root, "TOX_WORK_DIR="+filepath.Join(folder, "work"), "TOX_RESULT_JSON="+result)
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

// An environment is what tox reports of one.
type environment struct {
	Result *struct {
		Success bool `json:"success"`
		Skipped bool `json:"skipped"`
	} `json:"result"`
	Setup []command `json:"setup"`
	Test  []command `json:"test"`
}

// A command is one that tox ran in an environment.
type command struct {
	Output string `json:"output"`
	Err    string `json:"err"`
	// Status is its exit status.
	Status int `json:"retcode"`
}

// outcome returns what a result file says of a command that ended with a status.
func (t Trial) outcome(status int, result string) (bisect.Outcome, string, error) {
	e, err := t.read(result)
	switch {
	case err != nil:
		return "", "", err
	case e.Result.Skipped:
		return bisect.NotInstalled, "tox skipped it", nil
	case status == 0 && e.Result.Success:
		return bisect.Passed, last(e.Test), nil
	case len(e.Test) == 0:
		return bisect.NotInstalled, last(e.Setup), nil
	default:
		return bisect.Failed, last(e.Test), nil
	}
}

// read returns what a result file says of the environment.
func (t Trial) read(result string) (e environment, err error) {
	file, err := os.Open(result)
	if err != nil {
		return e, errors.New("it wrote no result of tox, which TOX_RESULT_JSON asks for")
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maximumResult+1))
	if err != nil {
		return e, err
	}
	if len(data) > maximumResult {
		return e, fmt.Errorf("its result has more than %d bytes", maximumResult)
	}
	var all struct {
		Environments map[string]environment `json:"testenvs"`
	}
	if err := json.Unmarshal(data, &all); err != nil {
		return e, errors.New("its result is not one of tox")
	}
	if e = all.Environments[t.Environment]; e.Result == nil {
		return e, fmt.Errorf("its result has nothing of the environment %s", t.Environment)
	}
	return e, nil
}

// last returns the last line that a command printed, or "": the last command that failed, or else the last one.
func last(commands []command) string {
	if len(commands) == 0 {
		return ""
	}
	c := commands[len(commands)-1]
	for _, one := range commands {
		if one.Status != 0 {
			c = one
		}
	}
	final := func(text string) string {
		text = strings.TrimSpace(text)
		return strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
	}
	return cmp.Or(final(c.Output), final(c.Err))
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
