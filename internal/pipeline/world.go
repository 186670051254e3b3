package pipeline

import (
	"cmp"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/term"

	"toxgen/internal/config"
	"toxgen/internal/display"
	"toxgen/internal/private"
	"toxgen/internal/progress"
)

// World holds what a run may know of its surroundings.
type World struct {
	// Root is the folder of the project.
	Root string
	// Config is the path of the configuration below Root.
	Config string
	// Now is the time at which the program began, read once.
	Now time.Time
	// IndexURL is the index that the environment names; IndexFallback the one to use if the configuration names
	// none either. Both may be empty.
	IndexURL, IndexFallback string
	// Offline forbids requests.
	Offline bool
	// Cache is the folder for what can be fetched again. If it is empty, there is none, and NoCache is the reason.
	Cache, NoCache string
	// State is the folder for the lock and the journals of projects outside git.
	State string
	// Netrc is the file that may hold credentials for the index.
	Netrc string
	// Path is where programs are looked for, Home the user's home folder, and PyenvRoot the folder of pyenv if it is another one than
	// usual. The last two may be empty.
	Path, Home, PyenvRoot string
	// Terminal is where a person answers questions; nil if there is none.
	Terminal io.Reader
	// Program is the command by which the reader runs the program, which hints name.
	Program display.Program
	// Stdout takes data, Stderr everything else.
	Stdout, Stderr io.Writer
	// Display shows what a run is doing; nil shows nothing. Stdout and Stderr write through it.
	Display *progress.Display
	// Commands takes the findings as workflow commands too; nil outside of GitHub Actions.
	Commands io.Writer
	// StepSummary is the file that GitHub shows as the summary of a step; empty outside of GitHub Actions.
	StepSummary string
}

// TheWorld returns the world of this process at a moment. No other function reads the environment.
func TheWorld(now time.Time) World {
	home, _ := os.UserHomeDir()                                     // without one there is no .netrc
	detailed, _ := strconv.ParseBool(os.Getenv("MAGEFILE_VERBOSE")) // mage sets it for -v
	screen := progress.NewDisplay(progress.NewMeter(detailed), os.Stderr, columns(os.Getenv("CI"), os.Getenv("TERM")))
	w := World{
		Root:          ".",
		Config:        cmp.Or(os.Getenv("TOXGEN_CONFIG"), config.FileName),
		Now:           now,
		IndexURL:      os.Getenv("TOXGEN_INDEX_URL"),
		IndexFallback: os.Getenv("PIP_INDEX_URL"),
		Offline:       os.Getenv("TOXGEN_OFFLINE") == "1",
		Netrc:         cmp.Or(os.Getenv("NETRC"), filepath.Join(home, ".netrc")),
		Path:          os.Getenv("PATH"),
		Home:          home,
		PyenvRoot:     os.Getenv("PYENV_ROOT"),
		Program:       programOf(os.Args[0]),
		Stdout:        display.NewWriter(screen.Writer(os.Stdout)),
		Stderr:        display.NewWriter(screen.Writer(os.Stderr)),
		Display:       screen,
	}
	if os.Getenv("CI") == "" && term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stderr.Fd())) {
		w.Terminal = os.Stdin
	}
	if os.Getenv("GITHUB_ACTIONS") == "true" {
		w.Commands, w.StepSummary = os.Stderr, os.Getenv("GITHUB_STEP_SUMMARY")
	}
	w.Cache = cmp.Or(os.Getenv("TOXGEN_CACHE"), userCache())
	if w.State = filepath.Join(w.Cache, "checkouts"); w.Cache == "" {
		w.NoCache = "there is no folder of your own for it: name one in TOXGEN_CACHE"
		w.State = filepath.Join(os.TempDir(), "toxgen-"+strconv.Itoa(os.Geteuid()))
	}
	return w
}

// columns returns a function that returns the number of columns of standard error. It returns 0 if a line that is written anew can
// not stand there. ci and terminal are the environment variables CI and TERM.
func columns(ci, terminal string) func() int {
	if ci != "" && ci != "false" || terminal == "dumb" || terminal == "" && runtime.GOOS != "windows" {
		return func() int { return 0 }
	}
	return func() int { return progress.Columns(int(os.Stderr.Fd())) }
}

// digestSize is the number of bytes of the SHA-256 by which mage names what it compiles for itself.
const digestSize = 32

// programOf returns the command that runs an executable. A file with any other name than mage gives it is the compiled binary.
func programOf(executable string) display.Program {
	name := strings.TrimSuffix(filepath.Base(executable), ".exe")
	if digest, err := hex.DecodeString(name); err == nil && len(digest) == digestSize {
		return display.Mage
	}
	return display.Binary
}

// userCache returns the folder of this program in the user's cache folder. It returns "" if the user has no cache folder,
// or if it belongs to another user, as the home of a service or of the user who started a container does. Where a folder
// does not exist yet, the one above it counts.
func userCache() string {
	caches, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	own := filepath.Join(caches, "toxgen")
	for _, folder := range []string{own, caches, filepath.Dir(caches)} {
		if _, err := os.Lstat(folder); err == nil {
			if private.IsUsers(folder) {
				return own
			}
			break
		}
	}
	return ""
}
