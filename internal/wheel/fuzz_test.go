package wheel

import (
	"strings"
	"testing"

	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/python"
	"toxgen/internal/vectors"
)

// wheelStep is the step with which wheels of the table are taken into the seed corpus.
const wheelStep = 5

// filenames returns file names of wheels and of source distributions from packaging's tests and recorded indexes, valid
// and invalid ones.
func filenames(tb testing.TB) (wheels, sdists []string) {
	tb.Helper()
	table := vectors.Read[struct {
		Wheels, Sdists [][]any
		WheelsInvalid  []string `json:"wheels_invalid"`
		SdistsInvalid  []string `json:"sdists_invalid"`
	}](tb, "filenames")
	wheels, sdists = table.WheelsInvalid, table.SdistsInvalid
	for i := 0; i < len(table.Wheels); i += wheelStep {
		wheels = append(wheels, table.Wheels[i][0].(string))
	}
	for _, row := range table.Sdists {
		sdists = append(sdists, row[0].(string))
	}
	return wheels, sdists
}

// FuzzParseWheel checks that a name put together from its parts parses to the same parts, and that it has at least one
// tag and not too many.
func FuzzParseWheel(f *testing.F) {
	wheels, _ := filenames(f)
	for _, filename := range wheels {
		f.Add(filename)
	}
	for _, filename := range []string{
		"Foo.Bar_baz-1.0-1P2abc-py2.py3-none-any.whl", "foo-1.0-py3-none-any.whl", "foo__bar-1.0-py3-none-any.whl",
		"foo-1.0-a1-py3-none-any.whl", "playlyfe-0.1.1-2.7.6-none-any.whl", "foo-1.0-py3..py2-none-any.whl",
		"foo-1.0-py3-none-.whl", "x-1!2.0.DEV1+A_b-cp310-abi3-manylinux1_x86_64.linux_x86_64.whl", "é-1-py3-none-any.whl",
		"foo-1.0-00-py3-none-any.whl", "a-1-py3-none-any.whl.metadata", "-1.0-py3-none-any.whl",
		"foo-1.0-200-py3-none-any-junk.whl",
	} {
		f.Add(filename)
	}
	f.Fuzz(func(t *testing.T, filename string) {
		w, err := ParseWheel(filename)
		if err != nil {
			return
		}
		again := strings.ReplaceAll(w.Name, "-", "_") + "-" + w.Version.String()
		if w.Build != (Build{}) {
			again += "-" + w.Build.Number + w.Build.Suffix
		}
		again += "-" + w.Tags + ".whl"
		x, err := ParseWheel(again)
		if err != nil || x.Name != w.Name || !x.Version.Equal(w.Version) || x.Build != w.Build || x.Tags != w.Tags {
			t.Errorf("%q is %+v; as %q it is %+v, %v", filename, w, again, x, err)
		}
		if n := len(ParseTags(w.Tags)); n == 0 || n > maximumTags {
			t.Errorf("%q has %d tags", filename, n)
		}
	})
}

// FuzzParseSdist checks that a name put together from its parts parses to the same parts.
func FuzzParseSdist(f *testing.F) {
	_, sdists := filenames(f)
	for _, filename := range sdists {
		f.Add(filename)
	}
	for _, filename := range []string{"foo-1.0.tar.gz", "Foo.Bar-2.0rc1.zip", "foo-1.0-1.tar.gz", "-1.0.zip", "foo-.tar.gz",
		"x-1!2.0.tar.gz", "foo-1.0.tgz"} {
		f.Add(filename)
	}
	f.Fuzz(func(t *testing.T, filename string) {
		s, err := ParseSdist(filename)
		if err != nil {
			return
		}
		again := s.Name + "-" + s.Version.String() + ".tar.gz"
		if x, err := ParseSdist(again); err != nil || x.Name != s.Name || !x.Version.Equal(s.Version) || s.Python != "" {
			t.Errorf("%q is %+v; as %q it is %+v, %v", filename, s, again, x, err)
		}
	})
}

// sdistAsPip finds the version as pip does: after the first dash that follows the project's name.
func sdistAsPip(project, stem string) (version string, found bool) {
	for i := range len(stem) {
		if stem[i] == '-' && pep508.NormalizeName(stem[:i]) == project {
			return stem[i+1:], true
		}
	}
	return "", false
}

// FuzzParseSdistOf checks that the version begins where pip finds it.
func FuzzParseSdistOf(f *testing.F) {
	_, sdists := filenames(f)
	for _, filename := range sdists {
		s, _ := ParseSdist(filename)
		f.Add(s.Name, filename)
	}
	for _, row := range [][2]string{
		{"foo", "foo-1.0.tar.gz"}, {"zope-interface", "zope.interface-5.4.0.zip"}, {"foo", "foo-1.0-py3.9.tar.gz"}, {"foo", "foo-1.0-1.tar.gz"},
		{"foo-2", "foo-2-1.0.tar.gz"}, {"foo-bar", "foo__.-bar-1.0.tar.gz"}, {"foo", "foo_-1.0.zip"}, {"foo", "-foo-1.0.zip"}, {"a",
			"a-1-py3.10.zip"}, {"a", "a-1-py3.-py2.zip"}, {"a", "a-1.tar.lzma"}, {"a", "a-1.tar.tgz"}, {"a", "a-1.macosx10.zip"},
	} {
		f.Add(row[0], row[1])
	}
	f.Fuzz(func(t *testing.T, project, filename string) {
		if !pep508.IsNormalizedName(project) || len(filename) > 1000 {
			return
		}
		s, err := ParseSdistOf(project, filename)
		stem, ending := CutSdist(filename)
		text, found := sdistAsPip(project, stem)
		version, python := cutPython(text)
		want, invalid := pep440.Parse(version)
		if (err == nil) != (found && ending != "" && !(ending == ".zip" && strings.Contains(stem, "macosx10")) && invalid == nil) {
			t.Fatalf("%q of %s: %v; as pip reads it: %q, %v, %v", filename, project, err, version, found, invalid)
		}
		if err == nil && (s.Name != project || !s.Version.Equal(want) || s.Python != python) {
			t.Errorf("%q of %s is %+v, want %s for %q", filename, project, s, want, python)
		}
	})
}

// FuzzTags checks that a set expands to all combinations of its parts, that each of them is a valid tag, and that Best
// returns the least rank of those that are compatible.
func FuzzTags(f *testing.F) {
	wheels, _ := filenames(f)
	for _, filename := range wheels {
		if w, err := ParseWheel(filename); err == nil {
			f.Add(w.Tags)
		}
	}
	for _, set := range []string{
		"py2.py3-none-any", "cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64", "py3-none-any-x", "py3..py2-none-any",
		"3py.py3-none-any", "", "--", "cp314.cp313-abi3t.abi3.none-linux_x86_64.any",
	} {
		f.Add(set)
	}
	tags := Compatible(python.Version{Major: 3, Minor: 14, FreeThreaded: true}.On(linux))
	f.Fuzz(func(t *testing.T, set string) {
		members := ParseTags(set)
		parts := strings.Split(set, "-")
		if len(members) > 0 {
			count := 1
			for _, part := range parts {
				count *= strings.Count(part, ".") + 1
			}
			if len(parts) != 3 || len(members) != count || count > maximumTags {
				t.Errorf("%q has %d tags", set, len(members))
			}
		}
		for _, tag := range members {
			if one := ParseTags(tag.String()); len(one) != 1 || one[0] != tag {
				t.Errorf("%q has the tag %s, which reads as %v", set, tag, one)
			}
		}
		got, ok := tags.Best(set)
		if want, wantOK := least(tags, set); got != want || ok != wantOK {
			t.Errorf("%q: got %d, %v, want %d, %v", set, got, ok, want, wantOK)
		}
	})
}
