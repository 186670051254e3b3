package tox

import (
	"maps"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/lock"
	"toxgen/internal/pep440"
)

// Fault is what is wrong with a file as the lock.
type Fault struct {
	// Line counts from 1.
	Line int
	// Message is one sentence, Hint the cure.
	Message, Hint string
}

// ReadLock reads what a tox.ini and the build constraints pin; nil is a file that is not there. tox.ini is never
// unreadable: what is wrong with it is a fault, and the pins count as far as they can be told.
//
// Where git left the marks of a merge that it could not finish, the lock has what both sides say. A pin that they
// disagree on is that of the side which moved it, if git states what it was before, else the newer one; should the
// result not hold, the sides by themselves are alternatives.
func ReadLock(c *config.Config, data, constraints []byte) (lock.Lock, *Fault) {
	l, fault := readLock(data)
	if constraints != nil && len(c.Build) > 0 {
		l.Builds = ParseBuild(constraints, c.Interpreters(), c.Target())
	}
	return l, fault
}

func readLock(data []byte) (lock.Lock, *Fault) {
	if data == nil {
		return lock.Lock{}, nil
	}
	s := split3(data)
	if s.line == 0 {
		file, fault := readable(data)
		return file.lock(), fault
	}
	var sides []lock.Lock
	for _, text := range s.texts() {
		file, _ := readable(text)
		sides = append(sides, file.lock())
	}
	return united(sides), &Fault{s.line, "a conflict mark of git: both sides' pins count as far as they hold",
		"resolve toxgen.yaml and registry/ first if they have marks too; then run `mage toxgen`, which writes the file anew"}
}

// readable parses a tox.ini. Of one that is no ini file it reads env_list and deps alone, if these can be found.
func readable(data []byte) (*File, *Fault) {
	file, err := Parse(data)
	if err == nil {
		return file, nil
	}
	fault := &Fault{1, "the file cannot be read: " + err.Error(), "undo the edit, or run `mage toxgen`, which writes the file anew"}
	if file, err = Parse(essence(data)); err == nil {
		fault.Message += "; its pins count all the same"
		return file, fault
	}
	fault.Message += "; none of its pins counts"
	return &File{}, fault
}

// essence returns an ini file that has nothing but the env_list and deps of another text.
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

// united returns the lock of the sides of a merge: ours, theirs, and what both come from, if that is known.
func united(sides []lock.Lock) lock.Lock {
	ours, theirs := sides[0].Environments, sides[1].Environments
	var base map[string]lock.Pins
	if len(sides) > 2 {
		base = sides[2].Environments
	}
	l := lock.Lock{Environments: map[string]lock.Pins{}, Alternatives: map[string][]lock.Pins{}, Undeclared: sides[0].Undeclared}
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

// merged returns what two sides make of pins. base is what both come from, nil if that is not known.
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

// sides are the texts that an unfinished merge of git stands for.
type sides struct {
	// line is that of the first mark; 0 if there is none.
	line               int
	ours, theirs, base strings.Builder
	hasBase            bool
}

func (s *sides) texts() [][]byte {
	texts := [][]byte{[]byte(s.ours.String()), []byte(s.theirs.String())}
	if s.hasBase {
		texts = append(texts, []byte(s.base.String()))
	}
	return texts
}

// split3 takes a text apart at the conflict marks of git.
func split3(data []byte) *sides {
	s := &sides{}
	all := []*strings.Builder{&s.ours, &s.theirs, &s.base}
	into := all
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		switch mark(line) {
		case '<':
			into = all[:1]
		case '|':
			into, s.hasBase = all[2:], true
		case '=':
			if len(into) == len(all) {
				break // no mark of a conflict: it has not begun
			}
			into = all[1:2]
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

// mark returns the character of git's mark that a line is, or 0.
func mark(line string) byte {
	line = strings.TrimRight(line, "\r\n")
	for _, c := range []byte("<|=>") {
		rest, found := strings.CutPrefix(line, strings.Repeat(string(c), 7))
		if found && (rest == "" || rest[0] == ' ') {
			return c
		}
	}
	return 0
}
