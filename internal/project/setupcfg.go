package project

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"toxgen/internal/configparser"
	"toxgen/internal/pep508"
)

// Reasons why something is unknown.
const (
	setupDecides     = "setup.py may decide it, and is not executed"
	undeclaredMember = "no file states it"
)

// hasSetupPy reports whether there is a setup.py.
func (r *reader) hasSetupPy() bool {
	_, err := r.files.Read(r.beside("setup.py"))
	return err == nil
}

// setupcfgWith reads a setup.cfg and what the pyproject.toml beside it says of the build and of groups.
func (r *reader) setupcfgWith(name string, data []byte) {
	r.build(nil)
	file := r.beside("pyproject.toml")
	if data, found := r.read(Place{File: file}, file, false); found {
		if root := r.parseTOML(file, data); root != nil {
			r.common(root)
			r.p.Groups = r.resolveGroups()
			if v := root.get("project"); v != nil {
				r.fail(v.place, "name pyproject.toml instead of "+name, "%s has [project], which setuptools reads in place of setup.cfg", file)
			}
		}
	}
	r.take(r.setupcfg(name, data))
}

// setupcfg returns what a setup.cfg states. What it leaves open is unknown if there is a setup.py. setup_requires go to the build
// requirements of the reader's project.
func (r *reader) setupcfg(name string, data []byte) *Project {
	sub := &reader{files: r.files, dir: r.dir, p: &Project{}}
	file := sub.parseINI(name, data)
	find := func(section, name string) *configparser.Option { return option(file, section, name) }
	open := ""
	if r.hasSetupPy() {
		open = setupDecides
	}
	if o := find("metadata", "name"); o != nil {
		sub.setName(Place(o.Lines[0].Place), o.Value())
	} else {
		sub.p.Name.Unknown = open
		if open == "" {
			sub.p.Name.Unknown = undeclaredMember
		}
	}
	if o := find("options", "python_requires"); o != nil {
		sub.setPython(Place(o.Lines[0].Place), o.Value())
	} else {
		sub.p.RequiresPython.Unknown = open
	}
	if o := find("metadata", "classifiers"); o != nil {
		for _, l := range o.Lines {
			sub.p.Classifiers = append(sub.p.Classifiers, l.Text)
		}
	}
	if o := find("options", "install_requires"); o != nil {
		sub.p.Requires = sub.iniList(o, true)
	} else {
		sub.p.Requires.Unknown = open
	}
	if o := find("options", "setup_requires"); o != nil {
		r.p.Build.Requires.Requires = append(r.p.Build.Requires.Requires, sub.iniList(o, false).Requires...)
	}
	if s := file.Section("options.extras_require"); s != nil {
		for _, o := range s.Options {
			sub.addGroup(&sub.p.Extras, "an extra", Group{Name: o.Name, List: sub.iniList(o, true)})
		}
	} else {
		sub.p.ExtrasUnknown = open
	}
	r.findings = append(r.findings, sub.findings...)
	return sub.p
}

// parseINI reads a file. It reports every fault.
func (r *reader) parseINI(name string, data []byte) *configparser.File {
	file, faults := configparser.Parse(name, string(data))
	for _, f := range faults {
		r.fail(Place(f.Place), f.Hint, "%s", f.Message)
	}
	return file
}

// option returns an option, whose name may have `-` for `_` as in older files, or that of [DEFAULT], or nil.
func option(f *configparser.File, section, name string) *configparser.Option {
	s := f.Section(section)
	if s == nil {
		return nil
	}
	for _, s := range []*configparser.Section{s, f.Defaults} {
		for _, spelling := range []string{name, strings.ReplaceAll(name, "_", "-")} {
			if o := s.Option(spelling); o != nil {
				return o
			}
		}
	}
	return nil
}

// iniList returns the requirements of an option: one a line, or, on a single line, separated by semicolons; or, if they are allowed,
// those of the files that `file:` names.
func (r *reader) iniList(o *configparser.Option, files bool) List {
	list := List{Place: Place(o.Place)}
	value := o.Value()
	if spec, found := strings.CutPrefix(value, "file:"); found && files {
		for name := range strings.SplitSeq(spec, ",") {
			list.Requires = append(list.Requires, r.requirementsFile(Place(o.Lines[0].Place), configparser.Trim(name))...)
		}
		return list
	}
	if strings.HasPrefix(value, "attr:") {
		r.fail(Place(o.Lines[0].Place), "", "setuptools reads no requirements by attr:")
		return list
	}
	for _, l := range items(o) {
		if strings.HasPrefix(l.Text, "#") {
			continue
		}
		text, _, _ := strings.Cut(l.Text, " #")
		if _, err := pep508.ParseMarker(text); err == nil {
			r.fail(Place(l.Place), "put the requirements on lines of their own, below the key", "the marker %s stands alone: on one line a semicolon separates requirements", text)
			continue
		}
		if q, valid := r.requirement(Place(l.Place), text); valid {
			list.Requires = append(list.Requires, q)
		}
	}
	return list
}

// otherLineEnd matches the line ends at which setuptools splits a value that has several lines, except for the usual one.
var otherLineEnd = regexp.MustCompile("[\v\f\x1c\x1d\x1e\u0085\u2028\u2029]")

// items returns the items of a list as setuptools splits a value.
func items(o *configparser.Option) []configparser.Line {
	separator := otherLineEnd
	if len(o.Lines) == 1 {
		separator = regexp.MustCompile(";")
	}
	var items []configparser.Line
	for _, l := range o.Lines {
		start := 0
		for _, end := range append(separator.FindAllStringIndex(l.Text, -1), []int{len(l.Text), len(l.Text)}) {
			part := l.Text[start:end[0]]
			if text := configparser.Trim(part); text != "" {
				place := l.Place
				place.Column += utf8.RuneCountInString(l.Text[:start+strings.Index(part, text)])
				items = append(items, configparser.Line{Text: text, Place: place})
			}
			start = end[1]
		}
	}
	return items
}
