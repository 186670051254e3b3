package wheel

import (
	"strings"
	"testing"
)

func TestParseWheelParts(t *testing.T) {
	for _, c := range []struct{ filename, name, version, number, suffix, tags string }{
		{"Flask-2.3.3-py3-none-any.whl", "flask", "2.3.3", "", "", "py3-none-any"},
		{"zope.interface-5.4.0-cp39-cp39-manylinux2014_x86_64.whl", "zope-interface", "5.4.0", "", "", "cp39-cp39-manylinux2014_x86_64"},
		{"foo-1.0-007abC-PY3-none-ANY.whl", "foo", "1.0", "7", "abC", "py3-none-any"},
		{"foo-1.0-0-py3-none-any.whl", "foo", "1.0", "0", "", "py3-none-any"},
		{"x-1!2.0RC1+Local.1-py2.py3-none-any.whl", "x", "1!2.0rc1+local.1", "", "", "py2.py3-none-any"},
	} {
		t.Run(c.filename, func(t *testing.T) {
			w, err := ParseWheel(c.filename)
			if err != nil {
				t.Fatal(err)
			}
			if w.Name != c.name || w.Version.String() != c.version || w.Build != (Build{c.number, c.suffix}) || w.Tags != c.tags {
				t.Errorf("got %+v, want %+v", w, c)
			}
		})
	}
}

func TestParseSdistOf(t *testing.T) {
	for _, c := range []struct{ project, filename, version, python string }{
		{"flask", "Flask-2.3.3.tar.gz", "2.3.3", ""},
		{"zope-interface", "zope.interface-5.4.0.zip", "5.4.0", ""},
		{"backports-ssl-match-hostname", "backports.ssl_match_hostname-3.7.0.1.tar.gz", "3.7.0.1", ""},
		{"foo", "foo-1.0-1.tar.gz", "1.0.post1", ""},
		{"foo", "foo-1.0-rc1.tar.gz", "1.0rc1", ""},
		{"foo", "foo-1.0-py3.9.tar.gz", "1.0", "3.9"},
		{"foo", "foo-1.0-py3.tar.gz", "1.0", "3"},
		{"foo", "foo-1.0-py39.tar.gz", "1.0", "39"},
		{"foo-2", "foo-2-1.0.tar.gz", "1.0", ""},
		{"foo-bar", "foo__.-bar-1.0.tar.gz", "1.0", ""},
	} {
		t.Run(c.filename, func(t *testing.T) {
			s, err := ParseSdistOf(c.project, c.filename)
			if err != nil {
				t.Fatal(err)
			}
			if s.Name != c.project || s.Version.String() != c.version || s.Python != c.python {
				t.Errorf("got %+v, want %+v", s, c)
			}
		})
	}
}

func TestInvalidNames(t *testing.T) {
	wheel := func(_, filename string) error { _, err := ParseWheel(filename); return err }
	sdist := func(_, filename string) error { _, err := ParseSdist(filename); return err }
	sdistOf := func(project, filename string) error { _, err := ParseSdistOf(project, filename); return err }
	for _, c := range []struct {
		parse                   func(project, filename string) error
		project, filename, want string
	}{
		{wheel, "", "foo-1.0.tar.gz", `"foo-1.0.tar.gz": the name of a wheel must end with .whl`},
		{wheel, "", "foo-1.0.whl", `"foo-1.0.whl": the name of a wheel must have five or six parts`},
		{wheel, "", "a__b-1-py3-none-any.whl", `"a__b-1-py3-none-any.whl": the project's name is invalid`},
		{wheel, "", "a-x-py3-none-any.whl", `"a-x-py3-none-any.whl": the version is invalid`},
		{wheel, "", "a-1-x-py3-none-any.whl", `"a-1-x-py3-none-any.whl": the build tag does not begin with a digit`},
		{wheel, "", "a-1-3py-none-any.whl", `"a-1-3py-none-any.whl": a tag is invalid`},
		{sdist, "", "a-1.tgz", `"a-1.tgz": the name of a source distribution must end with .tar.gz or .zip`},
		{sdist, "", "a.tar.gz", `"a.tar.gz": the name of a source distribution must have a project and a version`},
		{sdist, "", "a-x.zip", `"a-x.zip": the version is invalid`},
		{sdistOf, "a", "a-1.exe", `"a-1.exe": the name of a source distribution must end as that of an archive, such as .tar.gz or .zip`},
		{sdistOf, "a", "a-1.TGZ", `"a-1.TGZ": the name of a source distribution must end as that of an archive, such as .tar.gz or .zip`},
		{sdistOf, "a", "a-1.macosx10.zip", `"a-1.macosx10.zip": the name of a source distribution must end as that of an archive, such as .tar.gz or .zip`},
		{sdistOf, "a", "a-1.tar.tgz", `"a-1.tar.tgz": the version is invalid`},
		{sdistOf, "a", "b-1.zip", `"b-1.zip": the file does not belong to the project a`},
		{sdistOf, "a", "a_-1.zip", `"a_-1.zip": the file does not belong to the project a`},
		{sdistOf, "a", "a.zip", `"a.zip": the file does not belong to the project a`},
		{sdistOf, "a", "a-b-1.zip", `"a-b-1.zip": the version is invalid`},
		{sdistOf, "a", "a-1-py3.10.zip", `"a-1-py3.10.zip": the version is invalid`}, // pip's reading: one digit
		{sdistOf, "a", "a-1-py.zip", `"a-1-py.zip": the version is invalid`},
	} {
		t.Run(c.filename, func(t *testing.T) {
			if err := c.parse(c.project, c.filename); err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestBuildOrder(t *testing.T) {
	order := []Build{{}, {"0", ""}, {"0", "a"}, {"1", ""}, {"1", "a"}, {"1", "b"}, {"2", ""}, {"10", ""}, {"99999999999999999999", ""},
		{"100000000000000000000", ""}}
	for i, a := range order {
		for j, b := range order {
			if got := a.Compare(b); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%v ? %v: got %d", a, b, got)
			}
		}
	}
}

// Parsing an untrusted file name takes time linear in its length. With quadratic time this test would not finish.
func TestBoundedWork(t *testing.T) {
	const many = 1 << 18
	for name, filename := range map[string]string{
		"dashes":   "a" + strings.Repeat("-", many) + "1.tar.gz",
		"parts":    "a" + strings.Repeat("-a", many) + "-1.tar.gz",
		"pythons":  "a-1.0" + strings.Repeat("-py3", many) + ".tar.gz",
		"tags":     "a-1-" + strings.Repeat("a.", many) + "a-" + strings.Repeat("a.", many) + "a-" + strings.Repeat("a.", many) + "a.whl",
		"platform": "a-1-py3-none-" + strings.Repeat("a.", many) + "a.whl",
		"name":     strings.Repeat("a", many) + "-1-py3-none-any.whl",
	} {
		t.Run(name, func(t *testing.T) {
			if w, err := ParseWheel(filename); err == nil && len(ParseTags(w.Tags)) > maximumTags {
				t.Errorf("it has %d tags", len(ParseTags(w.Tags)))
			}
			if s, err := ParseSdistOf("a", filename); err == nil {
				t.Errorf("got the version %.100s", s.Version)
			}
		})
	}
}
