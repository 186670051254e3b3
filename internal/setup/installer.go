package setup

import (
	"slices"
	"strings"
)

// An installer is how something is installed on a system.
type installer struct {
	// command is the beginning of the command.
	command string
	// names are the names of packages, for things that have another name there. An empty one is of something that the installer
	// does not have.
	names map[string]string
}

// installers are those of systems, and of Linux distributions by the names that /etc/os-release gives them. The Go of Debian and its
// kin is too old to get a newer one.
var installers = map[string]installer{
	"debian": {"sudo apt install ", map[string]string{"python": "python3", "go": "", "uv": ""}},
	"fedora": {"sudo dnf install ", map[string]string{"python": "python3", "go": "golang"}},
	"arch":   {"sudo pacman -S ", nil},
	"alpine": {"sudo apk add ", map[string]string{"python": "python3"}},
	"suse":   {"sudo zypper install ", map[string]string{"python": "python3", "uv": ""}},
	"darwin": {"brew install ", nil},
	"windows": {"winget install ", map[string]string{"git": "Git.Git", "python": "Python.Python.3.14", "go": "GoLang.Go",
		"uv": "astral-sh.uv"}},
}

// pages say how to install things that the installer of a system does not have.
var pages = map[string]string{
	"git":    "https://git-scm.com/downloads",
	"python": "https://www.python.org/downloads/",
	"go":     "https://go.dev/doc/install",
	"uv":     "https://docs.astral.sh/uv/getting-started/installation/",
}

// installerOf returns the installer of an operating system, and of the distribution that the text of /etc/os-release describes.
func installerOf(system, distribution string) installer {
	if system != "linux" {
		return installers[system]
	}
	var names []string
	for _, key := range []string{"ID=", "ID_LIKE="} {
		for line := range strings.Lines(distribution) {
			if value, found := strings.CutPrefix(line, key); found {
				names = append(names, strings.Fields(strings.Trim(strings.TrimSpace(value), `"'`))...)
			}
		}
	}
	for _, name := range names {
		if strings.HasPrefix(name, "opensuse") || name == "sles" {
			name = "suse"
		}
		if name == "rhel" || name == "centos" {
			name = "fedora"
		}
		if i, known := installers[name]; known && !slices.Contains([]string{"darwin", "windows"}, name) {
			return i
		}
	}
	return installer{}
}

// hint returns how to get something.
func (i installer) hint(thing string) string {
	name, renamed := i.names[thing]
	if !renamed {
		name = thing
	}
	if i.command == "" || name == "" {
		return pages[thing]
	}
	return "`" + i.command + name + "`"
}
