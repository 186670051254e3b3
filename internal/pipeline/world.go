package pipeline

import (
	"cmp"
	"io"
	"os"
	"path/filepath"
	"time"

	"toxgen/internal/config"
	"toxgen/internal/display"
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
	// Cache is the folder for what can be fetched again.
	Cache string
	// Netrc is the file that may hold credentials for the index.
	Netrc string
	// Stdout takes data, Stderr everything else.
	Stdout, Stderr io.Writer
	// Commands takes the findings as workflow commands too; nil outside of GitHub Actions.
	Commands io.Writer
}

// TheWorld returns the world of this process at a moment. No other function reads the environment.
func TheWorld(now time.Time) World {
	home, _ := os.UserHomeDir() // without one there is no .netrc
	cache := os.Getenv("TOXGEN_CACHE")
	if cache == "" {
		folder, err := os.UserCacheDir()
		if err != nil {
			folder = os.TempDir()
		}
		cache = filepath.Join(folder, "toxgen")
	}
	w := World{
		Root:          ".",
		Config:        cmp.Or(os.Getenv("TOXGEN_CONFIG"), config.FileName),
		Now:           now,
		IndexURL:      os.Getenv("TOXGEN_INDEX_URL"),
		IndexFallback: os.Getenv("PIP_INDEX_URL"),
		Offline:       os.Getenv("TOXGEN_OFFLINE") == "1",
		Cache:         cache,
		Netrc:         cmp.Or(os.Getenv("NETRC"), filepath.Join(home, ".netrc")),
		Stdout:        display.NewWriter(os.Stdout),
		Stderr:        display.NewWriter(os.Stderr),
	}
	if os.Getenv("GITHUB_ACTIONS") == "true" {
		w.Commands = os.Stderr
	}
	return w
}
