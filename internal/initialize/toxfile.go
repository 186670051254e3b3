package initialize

import (
	"fmt"
	"regexp"

	"toxgen/internal/config"
	"toxgen/internal/display"
	"toxgen/internal/tox"
)

// readTox reads a tox.ini that a person wrote. What configures tox now stays, so the generated file gets another name.
func (r *reader) readTox() {
	const name = config.DefaultToxFile
	data, err := r.files.Read(name)
	switch {
	case err != nil && r.files.Exists(name):
		r.leave("tox.ini cannot be read: %v", err)
		r.p.ToxFile = r.freeToxFile()
	case err != nil:
		if other := r.otherTox(); other != "" {
			r.p.ToxFile = r.freeToxFile()
			r.source("%s: tox is configured there, which stays and is not read", other)
		}
	case tox.Owned(data):
	default:
		r.p.ToxFile = r.freeToxFile()
		r.ini = readHandwritten(name, data)
		r.source("tox.ini: %s", display.Count(len(r.ini.environments), "environment"))
		if sections := r.ini.sections; len(sections) > 0 {
			r.leave("what tox.ini has for some environments alone is not read: %s", shortened(sections))
		}
		if r.ini.fault != "" {
			r.leave("%s", r.ini.fault)
		}
	}
	if r.p.ToxFile != "" {
		r.guess("what configures tox now stays as it is, so the matrix is in %s (`outputs.tox`): run it by `tox -c %s`", r.p.ToxFile, r.p.ToxFile)
		r.leave("to move over, delete your own configuration of tox and the line `outputs:` once nothing runs it; sections such as [testenv:lint] may stand between the marks of the generated file")
	}
	if r.files.Exists("noxfile.py") {
		r.source("noxfile.py: recognised, not executed")
		r.leave("the sessions of noxfile.py are not read: what they test beyond the suites is yours to add")
	}
}

var toxTable = regexp.MustCompile(`(?m)^\[tool\.tox[.\]]|^\[tox:tox\]`)

// otherTox returns the file besides tox.ini that configures tox, or "". A generated tox.ini would hide it.
func (r *reader) otherTox() string {
	if r.files.Exists("tox.toml") {
		return "tox.toml"
	}
	for _, name := range []string{"setup.cfg", "pyproject.toml"} {
		if data, err := r.files.Read(name); err == nil && toxTable.Match(data) {
			return name
		}
	}
	return ""
}

// freeToxFile returns a name for the generated tox.ini beside one that stays: one that no file has, or only a generated one.
func (r *reader) freeToxFile() string {
	return free("tox-matrix%s.ini", func(name string) bool {
		data, err := r.files.Read(name)
		return r.files.Exists(name) && (err != nil || !tox.Owned(data))
	})
}

// free returns the first name of a pattern that is not taken: the pattern without a number, or with -2, -3 and so on.
func free(pattern string, taken func(name string) bool) string {
	name := fmt.Sprintf(pattern, "")
	for n := 2; taken(name); n++ {
		name = fmt.Sprintf(pattern, fmt.Sprintf("-%d", n))
	}
	return name
}
