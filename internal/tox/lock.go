package tox

import (
	"maps"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/lock"
	"toxgen/internal/pep440"
)

// A Fault is an error in a tox.ini that is read as the lock.
type Fault struct {
	// Line counts from 1.
	Line int
	// Message is one sentence, and Hint is how to fix the fault.
	Message, Hint string
}

// ReadLock returns what a tox.ini and the build constraints pin; nil stands for a missing file. If tox.ini has an error,
// ReadLock returns a fault and the pins that it could read; otherwise it returns the parsed file, for [Render], or nil.
//
// If tox.ini has the conflict markers of an unfinished merge, the lock combines both sides. Where they differ, it has the
// pin of the side that changed it, if the markers include the common ancestor and only one side changed it, and otherwise
// the newer pin. The combination may be invalid, so the pins of each side are alternatives.
func ReadLock(c *config.Config, data, constraints []byte) (lock.Lock, *File, *Fault) {
	l, file, fault := readLock(data)
	if constraints != nil && len(c.Build) > 0 {
		l.Builds = ParseBuild(constraints, c.Targets())
	}
	return l, file, fault
}

// readLock returns what a tox.ini pins.
func readLock(data []byte) (lock.Lock, *File, *Fault) {
	if data == nil {
		return lock.Lock{}, nil, nil
	}
	s := split3(data)
	if s.line == 0 {
		file, fault := readable(data)
		l := file.lock()
		l.Platforms = readPlatforms(data)
		if fault != nil {
			return l, nil, fault
		}
		return l, file, nil
	}
	var sides []lock.Lock
	for _, text := range s.texts() {
		file, _ := readable(text)
		l := file.lock()
		l.Platforms = readPlatforms(text)
		sides = append(sides, l)
	}
	return united(sides), nil, &Fault{s.line, "a git conflict marker: the valid pins of both sides are kept",
		"resolve toxgen.yaml and registry/ first if they have conflict markers too; then run `mage toxgen`, which rewrites the file"}
}

// readable parses a tox.ini. If it is not a valid ini file, readable parses its env_list and deps alone, if it finds them.
func readable(data []byte) (*File, *Fault) {
	file, err := Parse(data)
	if err == nil {
		return file, nil
	}
	fault := &Fault{1, "the file cannot be read: " + err.Error(), "undo the edit, or run `mage toxgen`, which rewrites the file"}
	if file, err = Parse(essence(generated(data))); err == nil {
		fault.Message += "; its pins are kept"
		return file, fault
	}
	fault.Message += "; none of its pins are kept"
	return &File{}, fault
}

// essence returns an ini file with nothing but the env_list and deps of a text.
func essence(data []byte) []byte {
	keys := map[string]string{"env_list": "[tox]", "deps": "[testenv]"}
	var b strings.Builder
	inside := false
	for line := range strings.Lines(string(data)) {
		switch key, _, found := strings.Cut(line, "="); {
		case strings.TrimSpace(line) == "" || line[0] == '#' || line[0] == ';':
		case line[0] == ' ' || line[0] == '\t':
			if inside {
				b.WriteString(line)
			}
		default:
			section := keys[strings.TrimSpace(key)]
			if inside = found && section != ""; inside {
				b.WriteString(section + "\n" + line)
			}
		}
	}
	return []byte(b.String())
}

// lock returns what the file pins.
func (f *File) lock() lock.Lock {
	l := lock.Lock{Environments: map[string]lock.Pins{}, Undeclared: f.Pins}
	for _, name := range f.environments {
		l.Environments[name] = f.Pins(name)
	}
	return l
}

// united returns the lock that combines the sides of a merge: ours, theirs and, if it is known, their common ancestor.
func united(sides []lock.Lock) lock.Lock {
	ours, theirs := sides[0].Environments, sides[1].Environments
	var base map[string]lock.Pins
	if len(sides) > 2 {
		base = sides[2].Environments
	}
	l := lock.Lock{Environments: map[string]lock.Pins{}, Alternatives: map[string][]lock.Pins{}, Undeclared: sides[0].Undeclared,
		Platforms: maps.Clone(sides[0].Platforms)}
	maps.DeleteFunc(l.Platforms, func(factor, platform string) bool { return sides[1].Platforms[factor] != platform })
	for _, name := range slices.Concat(slices.Collect(maps.Keys(ours)), slices.Collect(maps.Keys(theirs))) {
		a, b := ours[name], theirs[name]
		switch {
		case len(a) == 0:
			l.Environments[name] = b
		case len(b) == 0 || maps.EqualFunc(a, b, pep440.Version.Equal):
			l.Environments[name] = a
		default:
			l.Environments[name] = merged(a, b, base[name])
			l.Alternatives[name] = []lock.Pins{a, b}
		}
	}
	return l
}

// merged returns the combination of the pins of two sides. base is their common ancestor, or nil if it is not known.
func merged(a, b, base lock.Pins) lock.Pins {
	pins := lock.Pins{}
	for _, project := range slices.Concat(slices.Collect(maps.Keys(a)), slices.Collect(maps.Keys(b))) {
		v, inA := a[project]
		w, inB := b[project]
		was, inBase := base[project]
		moved := func(v pep440.Version, in bool) bool { return base != nil && (in != inBase || in && !v.Equal(was)) }
		switch movedA, movedB := moved(v, inA), moved(w, inB); {
		case movedA != movedB && movedA:
			inB = false
		case movedA != movedB:
			inA = false
		}
		switch {
		case inA && (!inB || v.Compare(w) >= 0):
			pins[project] = v
		case inB:
			pins[project] = w
		}
	}
	return pins
}

// sides are the texts of the sides of an unfinished merge.
type sides struct {
	// line is the number of the line with the first conflict marker, or 0 if there is no marker.
	line               int
	ours, theirs, base strings.Builder
	hasBase            bool
}

// texts returns ours, theirs and, if there is one, base.
func (s *sides) texts() [][]byte {
	texts := [][]byte{[]byte(s.ours.String()), []byte(s.theirs.String())}
	if s.hasBase {
		texts = append(texts, []byte(s.base.String()))
	}
	return texts
}

// split3 splits a text at git's conflict markers.
func split3(data []byte) *sides {
	s := &sides{}
	all := []*strings.Builder{&s.ours, &s.theirs, &s.base}
	into := all
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		switch conflictMarker(line) {
		case '<':
			into = all[:1]
		case '|':
			if len(into) < len(all) { // otherwise it was left over: no conflict has started
				into, s.hasBase = all[2:], true
			}
		case '=':
			if len(into) < len(all) {
				into = all[1:2]
			}
		case '>':
			into = all
		default:
			for _, b := range into {
				b.WriteString(line)
			}
			continue
		}
		if s.line == 0 {
			s.line = number
		}
	}
	return s
}

// conflictMarker returns the character of a git conflict marker, or 0 if the line is not one.
func conflictMarker(line string) byte {
	line = strings.TrimRight(line, "\r\n")
	for _, c := range []byte("<|=>") {
		rest, found := strings.CutPrefix(line, strings.Repeat(string(c), 7))
		if found && (rest == "" || rest[0] == ' ') {
			return c
		}
	}
	return 0
}
