package snapshot

import (
	"strings"
	"testing"

	"toxgen/internal/metadata"
	"toxgen/internal/pypi"
	"toxgen/internal/registry"
)

// described returns metadata entries as a line of the registry has them.
func described(entries []registry.Metadata) string {
	if len(entries) == 0 {
		return ""
	}
	line := text(registry.Release{Metadata: entries})
	return line[strings.IndexByte(line, '[')+1 : len(line)-len("]}")]
}

// Digests, as the registry wants them.
var (
	aa = strings.Repeat("a", 64)
	bb = strings.Repeat("b", 64)
)

// TestClassified: of the classifiers those of Pythons are kept, each once, in their order.
func TestClassified(t *testing.T) {
	const prefix = "Programming Language :: Python :: "
	f := file(t, "1.0.tar.gz sha="+aa)
	for _, test := range []struct {
		name        string
		classifiers []string
		want        string
	}{
		{"of Pythons", []string{prefix + "3.9", "License :: OSI Approved", prefix + "3", prefix + "3.9", "Programming Language :: Python", prefix + "Implementation :: CPython"},
			`{"file":"sdist","sha256":"` + aa + `","classifiers":["3.9","3","Implementation :: CPython"]}`},
		{"none", nil, `{"file":"sdist","sha256":"` + aa + `","classifiers":[]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := described([]registry.Metadata{targets.Classified(&f, test.classifiers)}); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// TestRequired: Requires-Python is kept only where the index does not say the same.
func TestRequired(t *testing.T) {
	for _, test := range []struct {
		name, file, line string
		metadata         pypi.Metadata
		want             string
	}{
		{"nothing", "1.0.tar.gz", "", pypi.Metadata{}, `{"file":"sdist","requires":[]}`},
		{"everything", "1.0.tar.gz sha=" + aa, "", pypi.Metadata{Metadata: metadata.Metadata{RequiresDist: []string{"b>1", "a"}, ProvidesExtra: []string{"X"}, RequiresPython: ">=3.8"}, Source: pypi.FromDynamic},
			`{"file":"sdist","sha256":"` + aa + `","requires-python":">=3.8","requires":["b>1","a"],"extras":["X"],"source":"dynamic"}`},
		{"requires-python as of the file", "1.0-py3-none-any.whl python=>=3.8", "", pypi.Metadata{Metadata: metadata.Metadata{RequiresPython: ">=3.8"}}, `{"file":"py3-none-any","requires":[]}`},
		{"requires-python as of the release", "1.0-py3-none-any.whl", ">=3.8", pypi.Metadata{Metadata: metadata.Metadata{RequiresPython: ">=3.8"}}, `{"file":"py3-none-any","requires":[]}`},
		{"no requires-python, though the index has one", "1.0-py3-none-any.whl python=>=3.8", ">=3.8", pypi.Metadata{}, `{"file":"py3-none-any","requires":[]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := file(t, test.file)
			if got := described([]registry.Metadata{targets.Required(&f, &test.metadata, &registry.Release{RequiresPython: test.line})}); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// entry returns the metadata entry that came of reading the requirements of a file.
func entry(name string, requires ...string) Read {
	return Read{Entry: registry.Metadata{File: name, SHA256: aa, Requirements: &registry.Requirements{Dist: append([]string{}, requires...)}}}
}

// TestCombined: files that agree have one entry, of the file that the newest Python takes; the classifiers stand with
// the file that they were read of.
func TestCombined(t *testing.T) {
	classifiers := func(name string) *registry.Metadata {
		return &registry.Metadata{File: name, SHA256: bb, Classifiers: &registry.Classifiers{Pythons: []string{"3.8"}}}
	}
	for _, test := range []struct {
		name        string
		reads       []Read
		classifiers *registry.Metadata
		want        string
	}{
		{"nothing was read", nil, nil, ""},
		{"one file", []Read{entry("cp38", "a")}, nil, `{"file":"cp38","sha256":"` + aa + `","requires":["a"]}`},
		{"files that agree", []Read{entry("cp38", "a"), entry("cp312", "a")}, nil, `{"file":"cp312","sha256":"` + aa + `","requires":["a"]}`},
		{"files that disagree", []Read{entry("cp38", "a"), entry("cp312", "b"), entry("cp39", "a")}, nil,
			`{"for":["cp312"],"file":"cp312","sha256":"` + aa + `","requires":["b"]},{"for":["cp38","cp39"],"file":"cp39","sha256":"` + aa + `","requires":["a"]}`},
		{"the order of requirements is a difference", []Read{entry("cp38", "a", "b"), entry("cp312", "b", "a")}, nil,
			`{"for":["cp312"],"file":"cp312","sha256":"` + aa + `","requires":["b","a"]},{"for":["cp38"],"file":"cp38","sha256":"` + aa + `","requires":["a","b"]}`},
		{"classifiers alone", nil, classifiers("cp38"), `{"file":"cp38","sha256":"` + bb + `","classifiers":["3.8"]}`},
		{"classifiers of another file that agrees", []Read{entry("cp38", "a"), entry("cp312", "a")}, classifiers("cp38"),
			`{"file":"cp38","sha256":"` + bb + `","classifiers":["3.8"],"requires":["a"]}`},
		{"classifiers of one of the files that disagree", []Read{entry("cp38", "a"), entry("cp312", "b")}, classifiers("cp38"),
			`{"for":["cp312"],"file":"cp312","sha256":"` + aa + `","requires":["b"]},{"for":["cp38"],"file":"cp38","sha256":"` + bb + `","classifiers":["3.8"],"requires":["a"]}`},
		{"classifiers of a file that no Python takes", []Read{entry("cp38", "a"), entry("cp312", "b")}, classifiers("sdist"),
			`{"for":["cp312"],"file":"cp312","sha256":"` + aa + `","requires":["b"]},{"for":["cp38"],"file":"cp38","sha256":"` + aa + `","requires":["a"]},{"for":["sdist"],"file":"sdist","sha256":"` + bb + `","classifiers":["3.8"]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := described(Combined(test.reads, test.classifiers)); got != test.want {
				t.Errorf("\ngot  %s\nwant %s", got, test.want)
			}
		})
	}
}

// TestWithClassifiers: new classifiers take the place of those that were known, and the known entries are not changed.
func TestWithClassifiers(t *testing.T) {
	had := []registry.Metadata{{File: "cp38", SHA256: aa, Classifiers: &registry.Classifiers{Pythons: []string{"3.7"}}, Requirements: &registry.Requirements{}}}
	before := described(had)
	got := described(WithClassifiers(had, registry.Metadata{File: "cp312", SHA256: bb, Classifiers: &registry.Classifiers{Pythons: []string{"3.8"}}}))
	if want := `{"file":"cp312","sha256":"` + bb + `","classifiers":["3.8"],"requires":[]}`; got != want || described(had) != before {
		t.Errorf("got %s, want %s; the entries that were known are %s", got, want, described(had))
	}
	// A file without a name cannot be named in the place of those that disagree.
	several := []registry.Metadata{{For: []string{"cp312"}, File: "cp312", SHA256: aa, Requirements: &registry.Requirements{}}, {For: []string{"sdist"}, File: "sdist", SHA256: aa, Requirements: &registry.Requirements{Dist: []string{"a"}}}}
	got = described(WithClassifiers(several, registry.Metadata{SHA256: bb, Classifiers: &registry.Classifiers{Pythons: []string{"3.8"}}}))
	if want := `{"for":["cp312"],"file":"cp312","sha256":"` + aa + `","classifiers":["3.8"],"requires":[]},{"for":["sdist"],"file":"sdist","sha256":"` + aa + `","requires":["a"]}`; got != want {
		t.Errorf("of a file without a name: got %s, want %s", got, want)
	}
}

// TestCarry: metadata remain as long as their file is there and not known to have changed.
func TestCarry(t *testing.T) {
	const wheels = `"wheels":["cp312-cp312-linux_x86_64","cp38-cp38-linux_x86_64"],`
	both := `{"version":"1.0",` + wheels + `"metadata":[{"for":["cp312-cp312-linux_x86_64"],"file":"cp312-cp312-linux_x86_64","sha256":"` + aa + `","classifiers":["3.12"],"requires":["b"]},` +
		`{"for":["cp38-cp38-linux_x86_64"],"file":"cp38-cp38-linux_x86_64","sha256":"` + bb + `","requires":["a"]}]}`
	one := `{"version":"1.0","sdist":true,"wheels":["py3-none-any"],"metadata":[{"file":"py3-none-any","sha256":"` + aa + `","classifiers":["3.8"],"requires":["a"]}]}`
	onlyClassifiers := `{"version":"1.0","wheels":["py3-none-any"],"metadata":[{"file":"py3-none-any","sha256":"` + aa + `","classifiers":["3.8"]}]}`
	elsewhere := `{"version":"1.0","sdist":true,"metadata":[{"sha256":"` + aa + `","classifiers":["3.8"],"requires":["a"]}]}`
	timeless := `{"version":"1.0","wheels":["py3-none-any"],"metadata":[{"file":"py3-none-any","classifiers":["3.8"]}]}`
	for _, test := range []struct {
		name, known string
		files       []string
		want        string
		doubtful    bool
	}{
		{"nothing was read", `{"version":"1.0","sdist":true}`, []string{"1.0.tar.gz"}, "", false},
		{"the file is the same", one, []string{"1.0-py3-none-any.whl sha=" + aa, "1.0.tar.gz sha=" + bb},
			`{"file":"py3-none-any","sha256":"` + aa + `","classifiers":["3.8"],"requires":["a"]}`, false},
		{"the file is another", one, []string{"1.0-py3-none-any.whl sha=" + bb, "1.0.tar.gz sha=" + bb}, "", false},
		{"the file is gone", one, []string{"1.0.tar.gz sha=" + bb}, "", false},
		{"the index states no digest any more", one, []string{"1.0-py3-none-any.whl"}, "", false},
		{"the index states a digest now", timeless, []string{"1.0-py3-none-any.whl sha=" + aa}, "", false},
		{"the index never stated one", timeless, []string{"1.0-py3-none-any.whl"}, `{"file":"py3-none-any","classifiers":["3.8"]}`, true},
		{"a higher build tag is another file", one, []string{"1.0-py3-none-any.whl sha=" + aa, "1.0-1-py3-none-any.whl sha=" + bb}, "", false},
		{"a yanked build is not", one, []string{"1.0-py3-none-any.whl sha=" + aa, "1.0-1-py3-none-any.whl yanked sha=" + bb},
			`{"file":"py3-none-any","sha256":"` + aa + `","classifiers":["3.8"],"requires":["a"]}`, false},
		{"another file stands for the release now", one, []string{"1.0-py3-none-any.whl sha=" + aa, "1.0-cp312-cp312-linux_x86_64.whl sha=" + bb},
			`{"file":"py3-none-any","sha256":"` + aa + `","requires":["a"]}`, false},
		{"and nothing else was read", onlyClassifiers, []string{"1.0-py3-none-any.whl sha=" + aa, "1.0-cp312-cp312-linux_x86_64.whl sha=" + bb}, "", false},
		{"one of two files is another", both, []string{"1.0-cp312-cp312-linux_x86_64.whl sha=" + aa, "1.0-cp38-cp38-linux_x86_64.whl sha=" + aa},
			`{"file":"cp312-cp312-linux_x86_64","sha256":"` + aa + `","classifiers":["3.12"],"requires":["b"]}`, false},
		{"the wheel is for another system, as others are", elsewhere, []string{"1.0-cp38-cp38-win32.whl sha=" + aa, "1.0-cp38-cp38-win_amd64.whl sha=" + bb, "1.0.tar.gz sha=" + bb},
			`{"sha256":"` + aa + `","classifiers":["3.8"],"requires":["a"]}`, false},
		{"another wheel for another system stands for the release now", elsewhere, []string{"1.0-cp37-cp37-win32.whl sha=" + bb, "1.0-cp38-cp38-win32.whl sha=" + aa, "1.0.tar.gz sha=" + bb},
			`{"sha256":"` + aa + `","requires":["a"]}`, false},
		{"the wheel for another system is gone", elsewhere, []string{"1.0-cp38-cp38-win_amd64.whl sha=" + bb, "1.0.tar.gz sha=" + bb}, "", false},
		{"both are the same", both, []string{"1.0-cp312-cp312-linux_x86_64.whl sha=" + aa, "1.0-cp38-cp38-linux_x86_64.whl sha=" + bb},
			both[strings.Index(both, `[{`)+1 : len(both)-len("]}")], false},
	} {
		t.Run(test.name, func(t *testing.T) {
			release := known(t, test.known).Releases[0]
			c := targets.Carry(&release, page(t, test.files...).All())
			if got := described(c.Metadata); got != test.want || c.Doubtful != test.doubtful {
				t.Errorf("got %s, doubtful %v;\nwant %s, %v", got, c.Doubtful, test.want, test.doubtful)
			}
			if text(release) != test.known {
				t.Errorf("the known release became %s", text(release))
			}
		})
	}
}
