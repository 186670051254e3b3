package registry

import (
	"slices"
	"strings"
	"time"

	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/python"
)

// release reads the release of a line.
func (r *reader) release() (Release, error) {
	var one Release
	err := r.object("the line", func(key string) (err error) {
		switch key {
		case "version":
			one.Version, err = r.version()
		case "uploaded":
			one.Uploaded, err = r.uploaded()
		case "yanked":
			one.Yanked, err = r.yanked()
		case "requires-python":
			one.RequiresPython, err = r.filled(key)
		case "sdist":
			one.Sdist, err = r.isTrue(key)
		case "wheels":
			one.Wheels, err = r.wheels()
		case "files":
			err = r.some(key, func() error { return r.file(&one) })
		case "metadata":
			err = r.some(key, func() error { return r.metadata(&one) })
		case "unreadable":
			one.Unreadable, err = r.filled(key)
		case "verdicts":
			err = r.some(key, func() error { return r.verdict(&one) })
		case "unresolvable":
			err = r.some(key, func() error { return r.unresolvable(&one) })
		default:
			err = r.unknown("a release", key)
		}
		return err
	})
	if err != nil {
		return Release{}, err
	}
	if err := r.end(); err != nil {
		return Release{}, err
	}
	if one.Version.IsZero() {
		return Release{}, r.fail("the release has no version")
	}
	return one, r.consistent(&one)
}

func (r *reader) unknown(what, key string) error { return r.fail("%s has no key %q", what, key) }

// some reads a list that is not empty.
func (r *reader) some(what string, each func() error) error {
	count := 0
	err := r.list(what, func() error {
		count++
		return each()
	})
	if err == nil && count == 0 {
		err = r.fail("%s is empty: what says nothing is left out", what)
	}
	return err
}

func (r *reader) isTrue(what string) (bool, error) {
	is, err := r.truth(what)
	if err == nil && !is {
		err = r.fail("%s is false: what says nothing is left out", what)
	}
	return is, err
}

func (r *reader) version() (pep440.Version, error) {
	text, err := r.text("version")
	if err != nil {
		return pep440.Version{}, err
	}
	v, err := pep440.Parse(text)
	switch {
	case err != nil:
		return v, r.fail("version is %q, which PEP 440 does not know", text)
	case v.String() != text:
		return v, r.fail("version is %q, not in its normal form %q", text, v)
	}
	return v, nil
}

func (r *reader) uploaded() (time.Time, error) {
	text, err := r.text("uploaded")
	if err != nil {
		return time.Time{}, err
	}
	moment, err := time.Parse(time.RFC3339Nano, text)
	var normal [len(time.RFC3339Nano)]byte
	if err != nil || moment.IsZero() || string(moment.UTC().AppendFormat(normal[:0], time.RFC3339Nano)) != text {
		return time.Time{}, r.fail("uploaded is %q, not a time like 2026-08-10T04:00:00Z", text)
	}
	return moment.UTC(), nil
}

func (r *reader) yanked() (Yanked, error) {
	v, err := r.value()
	switch {
	case err != nil:
		return Yanked{}, err
	case v.Kind() == 't':
		return Yanked{Is: true}, nil
	case v.Kind() != '"' || len(v) == len(`""`):
		return Yanked{}, r.fail("yanked is neither true nor a reason")
	}
	return Yanked{Is: true, Reason: r.unquoted(v)}, nil
}

func (r *reader) wheels() ([]string, error) {
	all, err := r.ascending("wheels")
	if err != nil {
		return nil, err
	}
	for _, set := range all {
		tag, rest, _ := strings.Cut(set, "-")
		abi, platform, _ := strings.Cut(rest, "-")
		if tag == "" || abi == "" || platform == "" || strings.Contains(platform, "-") {
			return nil, r.fail("wheels has %q, which is no set of tags like py3-none-any", set)
		}
	}
	return all, nil
}

// file reads an element of files; the list ascends.
func (r *reader) file(one *Release) error {
	var f File
	if err := r.object("files", func(key string) (err error) {
		switch key {
		case "file":
			f.File, err = r.filled(key)
		case "requires-python":
			f.RequiresPython, err = r.optional(key)
		case "yanked":
			f.Yanked, err = r.yanked()
		default:
			err = r.unknown("a file", key)
		}
		return err
	}); err != nil {
		return err
	}
	switch n := len(one.Files); {
	case f.File == "":
		return r.fail("files has an element without a file")
	case f.RequiresPython == nil && !f.Yanked.Is:
		return r.fail("files says nothing of %q", f.File)
	case n > 0 && f.File <= one.Files[n-1].File:
		return r.fail("files is not in order: %q stands after %q", f.File, one.Files[n-1].File)
	}
	one.Files = append(one.Files, f)
	return nil
}

func (r *reader) optional(what string) (*string, error) {
	text, err := r.text(what)
	return &text, err
}

func (r *reader) metadata(one *Release) error {
	var m Metadata
	var q Requirements
	required, detailed := false, false // whether it has requires, and what goes along with them
	if err := r.object("metadata", func(key string) (err error) {
		switch key {
		case "for":
			m.For, err = r.ascending(key)
		case "file":
			m.File, err = r.filled(key)
		case "sha256":
			m.SHA256, err = r.digest(key)
		case "classifiers":
			m.Classifiers = &Classifiers{}
			m.Classifiers.Pythons, err = r.texts(key)
		case "requires-python":
			detailed = true
			q.Python, err = r.optional(key)
		case "requires":
			required = true
			q.Dist, err = r.texts(key)
		case "extras":
			detailed = true
			if q.Extras, err = r.texts(key); err == nil && len(q.Extras) == 0 {
				err = r.fail("extras is empty: what says nothing is left out")
			}
		case "source":
			detailed = true
			q.Source, err = r.source()
		default:
			err = r.unknown("metadata", key)
		}
		return err
	}); err != nil {
		return err
	}
	switch {
	case required:
		m.Requirements = &q
	case detailed:
		return r.fail("metadata has requires-python, extras or a source, and no requires")
	case m.Classifiers == nil:
		return r.fail("metadata has neither classifiers nor requires")
	}
	one.Metadata = append(one.Metadata, m)
	return nil
}

func (r *reader) digest(what string) (string, error) {
	text, err := r.text(what)
	if err == nil && (len(text) != 64 || strings.Trim(text, "0123456789abcdef") != "") {
		err = r.fail("%s is not 64 digits of 0-9 and a-f", what)
	}
	return text, err
}

func (r *reader) source() (string, error) {
	text, err := r.text("source")
	if err == nil && text != SourceRequires && text != SourceDynamic {
		err = r.fail("source is %q, neither %s nor %s", text, SourceRequires, SourceDynamic)
	}
	return text, err
}

// verdict reads an element of verdicts; the list ascends by Python, then by extras.
func (r *reader) verdict(one *Release) error {
	var v Verdict
	stated := false
	if err := r.object("verdicts", func(key string) (err error) {
		switch key {
		case "python":
			v.Python, err = r.build()
		case "extras":
			v.Extras, err = r.ascending(key)
		case "supported":
			stated = true
			v.Supported, err = r.truth(key)
		case "reason":
			v.Reason, err = r.filled(key)
		default:
			err = r.unknown("a verdict", key)
		}
		return err
	}); err != nil {
		return err
	}
	switch n := len(one.Verdicts); {
	case v.Python == "" || !stated || v.Reason == "":
		return r.fail("a verdict lacks python, supported or reason")
	case slices.ContainsFunc(v.Extras, func(e string) bool { return !pep508.IsNormalizedName(e) }):
		return r.fail("a verdict has extras that are not normalised names")
	case n > 0 && one.Verdicts[n-1].Compare(v) >= 0:
		return r.fail("verdicts is not in order: py%s stands after py%s", v.Python, one.Verdicts[n-1].Python)
	}
	one.Verdicts = append(one.Verdicts, v)
	return nil
}

// unresolvable reads an element of unresolvable; the list ascends by suite, then by Python.
func (r *reader) unresolvable(one *Release) error {
	var u Unresolvable
	if err := r.object("unresolvable", func(key string) (err error) {
		switch key {
		case "suite":
			u.Suite, err = r.filled(key)
		case "python":
			u.Python, err = r.interpreter()
		case "reason":
			u.Reason, err = r.filled(key)
		case "roots":
			u.Roots, err = r.digest(key)
		default:
			err = r.unknown("a verdict of unresolvable", key)
		}
		return err
	}); err != nil {
		return err
	}
	switch n := len(one.Unresolvable); {
	case u.Suite == "" || u.Python == "" || u.Reason == "" || u.Roots == "":
		return r.fail("a verdict of unresolvable lacks suite, python, reason or roots")
	case n > 0 && one.Unresolvable[n-1].Compare(u) >= 0:
		return r.fail("unresolvable is not in order: %q stands after %q", u.Suite, one.Unresolvable[n-1].Suite)
	}
	one.Unresolvable = append(one.Unresolvable, u)
	return nil
}

func (r *reader) interpreter() (string, error) {
	text, err := r.text("python")
	if err != nil {
		return "", err
	}
	if v, hasPatch, err := python.Parse(text); err != nil || hasPatch || v.Short() != text {
		return "", r.fail("python is %q, not a Python like 3.10 or 3.14t", text)
	}
	return text, nil
}

func (r *reader) build() (string, error) {
	text, err := r.text("python")
	if err != nil {
		return "", err
	}
	if v, hasPatch, err := python.Parse(text); err != nil || hasPatch || !v.FreeThreaded {
		return "", r.fail("python is %q, not a free-threaded build like 3.14t", text)
	}
	return text, nil
}

// consistent refuses a release whose parts contradict each other.
func (r *reader) consistent(one *Release) error {
	for _, f := range one.Files {
		if !one.has(f.File) {
			return r.fail("files names %q, which the release does not have", f.File)
		}
		if f.Yanked.Is && one.Yanked.Is {
			return r.fail("files says that %q is yanked, as the whole release is", f.File)
		}
		if f.RequiresPython != nil && *f.RequiresPython == one.RequiresPython {
			return r.fail("files says of %q what the release says", f.File)
		}
	}
	return r.covering(one)
}

// covering refuses metadata of files that the release does not have, or of one file twice.
func (r *reader) covering(one *Release) error {
	covered := map[string]bool{}
	for i, m := range one.Metadata {
		if len(m.For) == 0 && len(one.Metadata) > 1 {
			return r.fail("metadata has several entries, and one does not say which files it is for")
		}
		names := m.For
		if m.File != "" {
			names = append(slices.Clip(names), m.File)
		}
		for _, name := range names {
			if !one.has(name) {
				return r.fail("metadata names %q, which the release does not have", name)
			}
		}
		for _, name := range m.For {
			if covered[name] {
				return r.fail("metadata has two entries for %q", name)
			}
			covered[name] = true
		}
		if m.File != "" && len(m.For) > 0 && !slices.Contains(m.For, m.File) {
			return r.fail("metadata is of %q, for which it is not", m.File)
		}
		if i > 0 && slices.Compare(m.For, one.Metadata[i-1].For) < 0 {
			return r.fail("metadata is not in order: the entry for %q stands after that for %q", m.For[0], one.Metadata[i-1].For[0])
		}
	}
	return nil
}
