package registry

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/python"
)

// release reads the release that the line holds.
func (r *reader) release() (Release, error) {
	var release Release
	err := r.object("the line", func(key string) (err error) {
		switch key {
		case "version":
			release.Version, err = r.version()
		case "uploaded":
			release.Uploaded, err = r.uploaded()
		case "yanked":
			release.Yanked, err = r.yanked()
		case "requires-python":
			release.RequiresPython, err = r.nonEmptyText(key)
		case "sdist":
			release.Sdist, err = r.isTrue(key)
		case "wheels":
			release.Wheels, err = r.wheels()
		case "files":
			err = r.nonEmptyList(key, func() error { return r.file(&release) })
		case "metadata":
			err = r.nonEmptyList(key, func() error { return r.metadata(&release) })
		case "unreadable":
			release.Unreadable, err = r.nonEmptyText(key)
		case "verdicts":
			err = r.nonEmptyList(key, func() error { return r.verdict(&release) })
		case "unresolvable":
			err = r.nonEmptyList(key, func() error { return r.unresolvable(&release) })
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
	if release.Version.IsZero() {
		return Release{}, r.fail("the release has no version")
	}
	return release, r.checkRelease(&release)
}

// unknown returns the error for a key that what, such as "a release", does not have.
func (r *reader) unknown(what, key string) error {
	return &columnError{column: r.start + 1, message: fmt.Sprintf("%s has no key %q", what, key), perhapsNewer: true}
}

// nonEmptyList reads a list that has to have an element. It calls each for every element.
func (r *reader) nonEmptyList(what string, each func() error) error {
	count := 0
	err := r.list(what, func() error {
		count++
		return each()
	})
	if err == nil && count == 0 {
		err = r.fail("%s is empty: leave the key out instead", what)
	}
	return err
}

// isTrue reads the value true.
func (r *reader) isTrue(what string) (bool, error) {
	is, err := r.boolean(what)
	if err == nil && !is {
		err = r.fail("%s is false: leave the key out instead", what)
	}
	return is, err
}

// version reads a version in normal form.
func (r *reader) version() (pep440.Version, error) {
	text, err := r.text("version")
	if err != nil {
		return pep440.Version{}, err
	}
	v, err := pep440.Parse(text)
	switch {
	case err != nil:
		return v, r.fail("version is %q, not a valid PEP 440 version", text)
	case v.String() != text:
		return v, r.fail("version is %q, not in its normal form %q", text, v)
	}
	return v, nil
}

// uploaded reads a time in the form that Format writes.
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

// yanked reads true or a reason.
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

// wheels reads the tag sets of wheels.
func (r *reader) wheels() ([]string, error) {
	all, err := r.ascending("wheels")
	if err != nil {
		return nil, err
	}
	for _, set := range all {
		tag, rest, _ := strings.Cut(set, "-")
		abi, platform, _ := strings.Cut(rest, "-")
		if tag == "" || abi == "" || platform == "" || strings.Contains(platform, "-") {
			return nil, r.fail("wheels has %q, not a tag set like py3-none-any", set)
		}
	}
	return all, nil
}

// file reads an element of files, which has to be in ascending order.
func (r *reader) file(release *Release) error {
	var f File
	if err := r.object("files", func(key string) (err error) {
		switch key {
		case "file":
			f.File, err = r.nonEmptyText(key)
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
	switch n := len(release.Files); {
	case f.File == "":
		return r.fail("files has an element without a file")
	case f.RequiresPython == nil && !f.Yanked.Is:
		return r.fail("the entry of files for %q has neither requires-python nor yanked", f.File)
	case n > 0 && f.File <= release.Files[n-1].File:
		return r.fail("files is not in order: %q comes after %q", f.File, release.Files[n-1].File)
	}
	release.Files = append(release.Files, f)
	return nil
}

// optional reads a string, which may be empty.
func (r *reader) optional(what string) (*string, error) {
	text, err := r.text(what)
	return &text, err
}

// metadata reads an element of metadata.
func (r *reader) metadata(release *Release) error {
	var m Metadata
	var q Requirements
	required, detailed := false, false // whether it has requires, and whether it has keys that need requires
	if err := r.object("metadata", func(key string) (err error) {
		switch key {
		case "for":
			m.For, err = r.ascending(key)
		case "file":
			m.File, err = r.nonEmptyText(key)
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
				err = r.fail("extras is empty: leave the key out instead")
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
	release.Metadata = append(release.Metadata, m)
	return nil
}

// digest reads a SHA-256 digest in hexadecimal digits.
func (r *reader) digest(what string) (string, error) {
	text, err := r.text(what)
	if err == nil && (len(text) != 64 || strings.Trim(text, "0123456789abcdef") != "") {
		err = r.fail("%s is not 64 digits of 0-9 and a-f", what)
	}
	return text, err
}

// source reads SourceRequires or SourceDynamic.
func (r *reader) source() (string, error) {
	text, err := r.text("source")
	if err == nil && text != SourceRequires && text != SourceDynamic {
		err = r.fail("source is %q, neither %s nor %s", text, SourceRequires, SourceDynamic)
	}
	return text, err
}

// verdict reads an element of verdicts, which has to be in ascending order of Python, then of extras.
func (r *reader) verdict(release *Release) error {
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
			v.Supported, err = r.boolean(key)
		case "reason":
			v.Reason, err = r.nonEmptyText(key)
		default:
			err = r.unknown("a verdict", key)
		}
		return err
	}); err != nil {
		return err
	}
	switch n := len(release.Verdicts); {
	case v.Python == "" || !stated || v.Reason == "":
		return r.fail("a verdict lacks python, supported or reason")
	case slices.ContainsFunc(v.Extras, func(e string) bool { return !pep508.IsNormalizedName(e) }):
		return r.fail("a verdict has extras that are not normalised names")
	case n > 0 && release.Verdicts[n-1].Compare(v) >= 0:
		return r.fail("verdicts is not in order: py%s comes after py%s", v.Python, release.Verdicts[n-1].Python)
	}
	release.Verdicts = append(release.Verdicts, v)
	return nil
}

// unresolvable reads an element of unresolvable, which has to be in ascending order of suite, then of Python.
func (r *reader) unresolvable(release *Release) error {
	var u Unresolvable
	if err := r.object("unresolvable", func(key string) (err error) {
		switch key {
		case "suite":
			u.Suite, err = r.nonEmptyText(key)
		case "python":
			u.Python, err = r.interpreter()
		case "reason":
			u.Reason, err = r.nonEmptyText(key)
		case "roots":
			u.Roots, err = r.digest(key)
		default:
			err = r.unknown("a verdict of unresolvable", key)
		}
		return err
	}); err != nil {
		return err
	}
	switch n := len(release.Unresolvable); {
	case u.Suite == "" || u.Python == "" || u.Reason == "" || u.Roots == "":
		return r.fail("a verdict of unresolvable lacks suite, python, reason or roots")
	case n > 0 && release.Unresolvable[n-1].Compare(u) >= 0:
		return r.fail("unresolvable is not in order: %q comes after %q", u.Suite, release.Unresolvable[n-1].Suite)
	}
	release.Unresolvable = append(release.Unresolvable, u)
	return nil
}

// interpreter reads a Python such as `3.10` or `3.14t`.
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

// build reads a free-threaded build such as `3.14t`.
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

// checkRelease returns an error if the parts of a release contradict each other.
func (r *reader) checkRelease(release *Release) error {
	for _, f := range release.Files {
		if !release.has(f.File) {
			return r.fail("files names %q, which the release does not have", f.File)
		}
		if f.Yanked.Is && release.Yanked.Is {
			return r.fail("files repeats for %q that it is yanked: the whole release is", f.File)
		}
		if f.RequiresPython != nil && *f.RequiresPython == release.RequiresPython {
			return r.fail("files repeats for %q the requires-python of the release", f.File)
		}
	}
	return r.checkMetadata(release)
}

// checkMetadata returns an error if the metadata of a release name a file that it does not have, give a file two
// entries, or are not in order.
func (r *reader) checkMetadata(release *Release) error {
	covered := map[string]bool{}
	for i, m := range release.Metadata {
		if len(m.For) == 0 && len(release.Metadata) > 1 {
			return r.fail("metadata has several entries, and one does not say which files it is for")
		}
		names := m.For
		if m.File != "" {
			names = append(slices.Clip(names), m.File)
		}
		for _, name := range names {
			if !release.has(name) {
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
			return r.fail("metadata was read from %q but does not apply to it", m.File)
		}
		if i > 0 && slices.Compare(m.For, release.Metadata[i-1].For) < 0 {
			return r.fail("metadata is not in order: the entry for %q comes after that for %q", m.For[0], release.Metadata[i-1].For[0])
		}
	}
	return nil
}
