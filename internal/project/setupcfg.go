package project

import (
	"regexp"
	"strings"
	"unicode/utf8"

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
	find := func(section, option string) *option { return file.find(section, option) }
	open := ""
	if r.hasSetupPy() {
		open = setupDecides
	}
	if o := find("metadata", "name"); o != nil {
		sub.setName(o.lines[0].place, o.value())
	} else {
		sub.p.Name.Unknown = open
		if open == "" {
			sub.p.Name.Unknown = undeclaredMember
		}
	}
	if o := find("options", "python_requires"); o != nil {
		sub.setPython(o.lines[0].place, o.value())
	} else {
		sub.p.RequiresPython.Unknown = open
	}
	if o := find("options", "install_requires"); o != nil {
		sub.p.Requires = sub.iniList(o, true)
	} else {
		sub.p.Requires.Unknown = open
	}
	if o := find("options", "setup_requires"); o != nil {
		r.p.Build.Requires.Requires = append(r.p.Build.Requires.Requires, sub.iniList(o, false).Requires...)
	}
	if s := file.section("options.extras_require"); s != nil {
		for _, o := range s.options {
			sub.addGroup(&sub.p.Extras, "an extra", Group{Name: o.name, List: sub.iniList(o, true)})
		}
	} else {
		sub.p.ExtrasUnknown = open
	}
	r.findings = append(r.findings, sub.findings...)
	return sub.p
}

// find returns an option, whose name may have `-` for `_` as in older files, or that of [DEFAULT], or nil.
func (f *ini) find(name, option string) *option {
	s := f.section(name)
	if s == nil {
		return nil
	}
	for _, s := range []*section{s, f.defaults} {
		if s == nil {
			continue
		}
		for _, spelling := range []string{option, strings.ReplaceAll(option, "_", "-")} {
			if o := s.index[spelling]; o != nil {
				return o
			}
		}
	}
	return nil
}

// iniList returns the requirements of an option: one a line, or, on a single line, separated by semicolons; or, if they are allowed,
// those of the files that `file:` names.
func (r *reader) iniList(o *option, files bool) List {
	list := List{Place: o.place}
	value := o.value()
	if spec, found := strings.CutPrefix(value, "file:"); found && files {
		for name := range strings.SplitSeq(spec, ",") {
			list.Requires = append(list.Requires, r.requirementsFile(o.lines[0].place, trim(name))...)
		}
		return list
	}
	if strings.HasPrefix(value, "attr:") {
		r.fail(o.lines[0].place, "", "setuptools reads no requirements by attr:")
		return list
	}
	for _, l := range o.items() {
		if strings.HasPrefix(l.text, "#") {
			continue
		}
		text, _, _ := strings.Cut(l.text, " #")
		if _, err := pep508.ParseMarker(text); err == nil {
			r.fail(l.place, "put the requirements on lines of their own, below the key", "the marker %s stands alone: on one line a semicolon separates requirements", text)
			continue
		}
		if q, valid := r.requirement(l.place, text); valid {
			list.Requires = append(list.Requires, q)
		}
	}
	return list
}

// otherLineEnd matches the line ends at which setuptools splits a value that has several lines, except for the usual one.
var otherLineEnd = regexp.MustCompile("[\v\f\x1c\x1d\x1e\u0085\u2028\u2029]")

// items returns the items of a list as setuptools splits a value.
func (o *option) items() []line {
	separator := otherLineEnd
	if len(o.lines) == 1 {
		separator = regexp.MustCompile(";")
	}
	var items []line
	for _, l := range o.lines {
		start := 0
		for _, end := range append(separator.FindAllStringIndex(l.text, -1), []int{len(l.text), len(l.text)}) {
			part := l.text[start:end[0]]
			if text := trim(part); text != "" {
				place := l.place
				place.Column += utf8.RuneCountInString(l.text[:start+strings.Index(part, text)])
				items = append(items, line{text, place})
			}
			start = end[1]
		}
	}
	return items
}
