package snapshot

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/pep440"
	"toxgen/internal/pypi"
	"toxgen/internal/python"
	"toxgen/internal/registry"
	"toxgen/internal/wheel"
)

// file returns a file of the project demo by its name without `demo-` and properties:
//
//	1.0-py3-none-any.whl at=2026-01-02 python=>=3.8 yanked=broken sha=aa
func file(tb testing.TB, line string) pypi.File {
	tb.Helper()
	words := strings.Fields(line)
	f := pypi.File{Filename: "demo-" + words[0]}
	if strings.HasSuffix(words[0], ".whl") {
		w, err := wheel.ParseWheel(f.Filename)
		if err != nil {
			tb.Fatal(err)
		}
		f.Version, f.Tags, f.Build = w.Version, w.Tags, w.Build
	} else {
		s, err := wheel.ParseSdistOf("demo", f.Filename)
		if err != nil {
			tb.Fatal(err)
		}
		f.Version, f.Sdist, f.SdistPython = s.Version, true, s.Python
	}
	for _, word := range words[1:] {
		switch key, value, _ := strings.Cut(word, "="); key {
		case "at":
			moment, err := time.Parse(time.DateOnly, value)
			if err != nil {
				tb.Fatal(err)
			}
			f.Uploaded = moment.In(time.FixedZone("", 3600))
		case "python":
			f.RequiresPython = value
		case "yanked":
			f.Yanked, f.YankedReason = true, value
		case "sha":
			f.SHA256 = value
		default:
			tb.Fatalf("unknown property %q", word)
		}
	}
	return f
}

// page returns the page of demo with a file on each line.
func page(tb testing.TB, lines ...string) *pypi.Project {
	tb.Helper()
	var files []pypi.File
	for _, line := range lines {
		files = append(files, file(tb, line))
	}
	return pypi.NewProject("demo", files...)
}

// known returns the project demo of the registry by its lines.
func known(tb testing.TB, lines ...string) *registry.Project {
	tb.Helper()
	p, _, faults := registry.Parse("demo", []byte(strings.Join(lines, "\n")+"\n"))
	if p == nil {
		tb.Fatal(faults)
	}
	return p
}

// text returns the line of a release.
func text(r registry.Release) string {
	return strings.TrimSuffix(string(registry.Format(&registry.Project{Releases: []registry.Release{r}})), "\n")
}

// permutations calls f with each order of a list.
func permutations[T any](list []T, f func([]T)) {
	var permute func(int)
	permute = func(n int) {
		if n <= 1 {
			f(slices.Clone(list))
			return
		}
		for i := range n {
			list[i], list[n-1] = list[n-1], list[i]
			permute(n - 1)
			list[i], list[n-1] = list[n-1], list[i]
		}
	}
	permute(len(list))
}

// TestLine: a line says the same in whatever order the files stand on the page.
func TestLine(t *testing.T) {
	for _, test := range []struct {
		name  string
		files []string
		want  string
	}{
		{"a wheel and a source distribution", []string{"1.0-py3-none-any.whl", "1.0.tar.gz"}, `{"version":"1.0","sdist":true,"wheels":["py3-none-any"]}`},
		{"wheels for Linux and pure ones, sorted", []string{"1.0-py3-none-any.whl", "1.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "1.0-cp312-cp312-win_amd64.whl", "1.0-cp312-cp312-macosx_11_0_arm64.whl", "1.0-cp312-cp312-musllinux_1_1_x86_64.whl"},
			`{"version":"1.0","wheels":["cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64","cp312-cp312-musllinux_1_1_x86_64","py3-none-any"]}`},
		{"files for other systems alone", []string{"1.0-cp312-cp312-win_amd64.whl at=2026-01-02"}, `{"version":"1.0","uploaded":"2026-01-02T00:00:00Z"}`},
		{"the first upload, as far as it is known", []string{"1.0.tar.gz at=2026-01-03", "1.0-py3-none-any.whl at=2026-01-02", "1.0-py2-none-any.whl"},
			`{"version":"1.0","uploaded":"2026-01-02T00:00:00Z","sdist":true,"wheels":["py2-none-any","py3-none-any"]}`},
		{"the usual requires-python, and the deviation", []string{"1.0.tar.gz python=>=3.8", "1.0-py3-none-any.whl python=>=3.8", "1.0-py2-none-any.whl"},
			`{"version":"1.0","requires-python":">=3.8","sdist":true,"wheels":["py2-none-any","py3-none-any"],"files":[{"file":"py2-none-any","requires-python":""}]}`},
		{"requires-python of equal frequency", []string{"1.0.tar.gz python=>=3.9", "1.0-py3-none-any.whl python=>=3.10"},
			`{"version":"1.0","requires-python":">=3.10","sdist":true,"wheels":["py3-none-any"],"files":[{"file":"sdist","requires-python":">=3.9"}]}`},
		{"one yanked file", []string{"1.0.tar.gz yanked=broken", "1.0-py3-none-any.whl"},
			`{"version":"1.0","sdist":true,"wheels":["py3-none-any"],"files":[{"file":"sdist","yanked":"broken"}]}`},
		{"all files yanked, for several reasons", []string{"1.0.tar.gz yanked=aaa", "1.0-py3-none-any.whl yanked=zzz", "1.0-cp312-cp312-win_amd64.whl yanked"},
			`{"version":"1.0","yanked":"zzz","sdist":true,"wheels":["py3-none-any"]}`},
		{"a file for another system that is not yanked", []string{"1.0.tar.gz yanked=broken", "1.0-cp312-cp312-win_amd64.whl"},
			`{"version":"1.0","sdist":true,"files":[{"file":"sdist","yanked":"broken"}]}`},
		{"the higher build tag", []string{"1.0-1-py3-none-any.whl python=>=3.1", "1.0-10-py3-none-any.whl python=>=3.10", "1.0-9-py3-none-any.whl python=>=3.9", "1.0.tar.gz python=>=3.9"},
			`{"version":"1.0","requires-python":">=3.9","sdist":true,"wheels":["py3-none-any"],"files":[{"file":"py3-none-any","requires-python":">=3.10"}]}`},
		{"the higher build tag that is not yanked", []string{"1.0-1-py3-none-any.whl", "1.0-2-py3-none-any.whl yanked=broken", "1.0.tar.gz"},
			`{"version":"1.0","sdist":true,"wheels":["py3-none-any"]}`},
		{"the usual spelling", []string{"1.0.0.tar.gz", "1.0-py3-none-any.whl", "1.0.0-py2-none-any.whl"}, `{"version":"1.0.0","sdist":true,"wheels":["py2-none-any","py3-none-any"]}`},
		{"spellings of equal frequency", []string{"1.0.0.tar.gz", "1.0-py3-none-any.whl"}, `{"version":"1.0","sdist":true,"wheels":["py3-none-any"]}`},
		{"a source distribution of one Python", []string{"1.0-py3.9.tar.gz", "1.0-py3-none-any.whl"}, `{"version":"1.0","wheels":["py3-none-any"]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			permutations(test.files, func(lines []string) {
				if got := text(targets.Line(page(t, lines...).All())); got != test.want {
					t.Fatalf("%q\ngot  %s\nwant %s", lines, got, test.want)
				}
			})
		})
	}
}

// TestTwins: of two files that differ in the spelling of the version alone, the one that stands later on the page counts,
// as it does for pip.
func TestTwins(t *testing.T) {
	got := text(targets.Line(page(t, "1.0-py3-none-any.whl python=>=3.8", "1.0.0-py3-none-any.whl python=>=3.9", "1.0.tar.gz python=>=3.8").All()))
	want := `{"version":"1.0","requires-python":">=3.8","sdist":true,"wheels":["py3-none-any"],"files":[{"file":"py3-none-any","requires-python":">=3.9"}]}`
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestReleases: a page gives a release for each version that has a file which counts, ascending.
func TestReleases(t *testing.T) {
	p := page(t, "1.10.tar.gz", "1.9-py3-none-any.whl", "1.9.0.tar.gz", "2.0a1.tar.gz", "1.2.tar.gz")
	counts := func(f *pypi.File) bool { return f.Filename != "demo-1.2.tar.gz" && f.Filename != "demo-1.9.0.tar.gz" }
	for _, test := range []struct {
		name   string
		filter Filter
		want   []string
	}{
		{"all", All, []string{`{"version":"1.2","sdist":true}`, `{"version":"1.9","sdist":true,"wheels":["py3-none-any"]}`, `{"version":"1.10","sdist":true}`, `{"version":"2.0a1","sdist":true}`}},
		{"some", counts, []string{`{"version":"1.9","wheels":["py3-none-any"]}`, `{"version":"1.10","sdist":true}`, `{"version":"2.0a1","sdist":true}`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, r := range targets.Releases(p, test.filter) {
				got = append(got, text(r))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	var names []string
	for _, f := range Files(p, pep440.MustParse("1.9.0.0"), All) {
		names = append(names, f.Filename)
	}
	if diff := cmp.Diff([]string{"demo-1.9-py3-none-any.whl", "demo-1.9.0.tar.gz"}, names); diff != "" {
		t.Errorf("files of one release (-want +got)\n%s", diff)
	}
	if files := Files(p, pep440.MustParse("1.2"), counts); len(files) > 0 {
		t.Errorf("a release that does not count has %d files", len(files))
	}
}

func TestFileName(t *testing.T) {
	for _, test := range []struct{ file, want string }{
		{"1.0.tar.gz", "sdist"},
		{"1.0.zip", "sdist"},
		{"1.0-py3.9.tar.gz", ""},
		{"1.0-py3-none-any.whl", "py3-none-any"},
		{"1.0-2-py2.py3-none-any.whl", "py2.py3-none-any"},
		{"1.0-cp312-abi3-linux_x86_64.whl", "cp312-abi3-linux_x86_64"},
		{"1.0-cp312-cp312-manylinux2014_aarch64.whl", "cp312-cp312-manylinux2014_aarch64"},
		{"1.0-cp312-cp312-musllinux_1_2_x86_64.whl", "cp312-cp312-musllinux_1_2_x86_64"},
		{"1.0-cp312-cp312-win_amd64.whl", ""},
		{"1.0-cp312-cp312-macosx_10_9_x86_64.whl", ""},
		{"1.0-cp312-cp312-macosx_10_9_x86_64.manylinux1_x86_64.whl", "cp312-cp312-macosx_10_9_x86_64.manylinux1_x86_64"},
	} {
		f := file(t, test.file)
		if got := targets.FileName(&f); got != test.want {
			t.Errorf("%s: got %q, want %q", test.file, got, test.want)
		}
	}
}

// TestSystems: the registry names the wheels for the systems of the declared Pythons, whatever the machine.
func TestSystems(t *testing.T) {
	const arm, win, mac = "cp312-cp312-manylinux_2_17_aarch64", "cp312-cp312-win32", "cp312-cp312-macosx_11_0_arm64"
	var page []*pypi.File
	for _, tags := range []string{arm, win, mac, "cp312-cp312-darwin_arm64"} {
		f := file(t, "1.0-"+tags+".whl")
		page = append(page, &f)
	}
	v := python.Version{Major: 3, Minor: 12}
	onLinux := v.On(python.Platform{System: python.Linux, Machine: "x86_64", Libc: python.Libc{Family: "glibc", Major: 2, Minor: 28}})
	onWindows := v.On(python.Platform{System: python.Windows, Machine: "amd64"})
	onMac := v.On(python.Platform{System: python.MacOS, Machine: "x86_64", Version: python.MacOSVersion{Major: 14}})
	for _, test := range []struct {
		name    string
		targets Targets
		want    []string
	}{
		{"Linux", NewTargets(onLinux), []string{arm}},
		{"Windows", NewTargets(onWindows), []string{win}},
		{"macOS", NewTargets(onMac), []string{mac}},
		{"all of them", NewTargets(onLinux, onLinux, onWindows, onMac), []string{mac, arm, win}},
	} {
		if diff := cmp.Diff(test.want, test.targets.Line(page).Wheels); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.name, diff)
		}
	}
}

// TestRelevant: files for other systems are left out, unless a release has no other file: then one explains it.
func TestRelevant(t *testing.T) {
	p := page(t, "1.0-cp312-cp312-win_amd64.whl", "1.0.tar.gz", "2.0-cp312-cp312-win_amd64.whl", "2.0-cp311-cp311-win_amd64.whl", "3.0-py3-none-any.whl", "3.0-cp312-cp312-win_amd64.whl")
	var got []string
	for i := range slices.Backward(p.Releases) {
		for _, f := range targets.Relevant(p.Files(&p.Releases[i])) {
			got = append(got, f.Filename)
		}
	}
	if diff := cmp.Diff([]string{"demo-1.0.tar.gz", "demo-2.0-cp312-cp312-win_amd64.whl", "demo-3.0-py3-none-any.whl"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// targets are Python 3.8 and 3.12 on Linux.
var targets = func() Targets {
	linux := python.Platform{System: "linux", Machine: "x86_64", Libc: python.Libc{Family: "glibc", Major: 2, Minor: 28}}
	return NewTargets(python.Version{Major: 3, Minor: 8, Patch: 1}.On(linux), python.Version{Major: 3, Minor: 12, Patch: 1}.On(linux))
}()

// TestRepresentative: the wheel that the newest Python takes stands for a release, else any other wheel, else the source
// distribution; what is yanked only if everything is.
func TestRepresentative(t *testing.T) {
	for _, test := range []struct {
		name  string
		files []string
		want  string
	}{
		{"the newest Python's wheel", []string{"1.0-cp38-cp38-linux_x86_64.whl", "1.0-cp312-cp312-linux_x86_64.whl", "1.0.tar.gz"}, "1.0-cp312-cp312-linux_x86_64.whl"},
		{"its best tag", []string{"1.0-py3-none-any.whl", "1.0-cp312-cp312-linux_x86_64.whl"}, "1.0-cp312-cp312-linux_x86_64.whl"},
		{"an older Python's wheel", []string{"1.0-cp38-cp38-linux_x86_64.whl", "1.0-cp37-cp37m-linux_x86_64.whl", "1.0.tar.gz"}, "1.0-cp38-cp38-linux_x86_64.whl"},
		{"any wheel", []string{"1.0-cp37-cp37m-linux_x86_64.whl", "1.0-cp312-cp312-win_amd64.whl", "1.0.tar.gz"}, "1.0-cp312-cp312-win_amd64.whl"},
		{"the source distribution", []string{"1.0.tar.gz"}, "1.0.tar.gz"},
		{"the higher build tag", []string{"1.0-1-py3-none-any.whl", "1.0-2-py3-none-any.whl"}, "1.0-2-py3-none-any.whl"},
		{"rather another wheel than a yanked one", []string{"1.0-cp312-cp312-linux_x86_64.whl yanked", "1.0-py3-none-any.whl"}, "1.0-py3-none-any.whl"},
		{"rather the source distribution than a yanked wheel", []string{"1.0-py3-none-any.whl yanked", "1.0.tar.gz"}, "1.0.tar.gz"},
		{"everything is yanked", []string{"1.0-py3-none-any.whl yanked", "1.0.tar.gz yanked"}, "1.0-py3-none-any.whl"},
	} {
		t.Run(test.name, func(t *testing.T) {
			permutations(test.files, func(lines []string) {
				if got := targets.Representative(page(t, lines...).All()).Filename; got != "demo-"+test.want {
					t.Fatalf("%q: got %s, want %s", lines, got, test.want)
				}
			})
		})
	}
}

// TestShrunken: a page that lost over a fifth of the releases known, and more than one, or that has yanked releases
// alone, is not believed.
func TestShrunken(t *testing.T) {
	releases := func(n int) (lines, files []string) {
		for i := range n {
			lines = append(lines, fmt.Sprintf(`{"version":"1.%d","sdist":true}`, i))
			files = append(files, fmt.Sprintf("1.%d.tar.gz", i))
		}
		return lines, files
	}
	ten, tenFiles := releases(10)
	two, _ := releases(2)
	yanked := func(files []string) (all []string) {
		for _, f := range files {
			all = append(all, f+" yanked")
		}
		return all
	}
	for _, test := range []struct {
		name         string
		known, files []string
		want         string
	}{
		{"nothing is lost", ten, tenFiles, ""},
		{"one of ten", ten, tenFiles[1:], ""},
		{"a fifth", ten, tenFiles[2:], ""},
		{"over a fifth", ten, tenFiles[3:], "3 of the 10 releases known are gone from its page"},
		{"over a fifth, though there are new ones", ten, append(slices.Clone(tenFiles[3:]), "2.0.tar.gz", "2.1.tar.gz", "2.2.tar.gz"), "3 of the 10 releases known are gone from its page"},
		{"one of two", two, tenFiles[:1], ""},
		{"both of two", two, []string{"9.0.tar.gz"}, "2 of the 2 releases known are gone from its page"},
		{"everything", ten, nil, "10 of the 10 releases known are gone from its page"},
		{"another spelling is the same release", two, []string{"1.0.0.tar.gz", "1.1.0-py3-none-any.whl"}, ""},
		{"all yanked", ten, yanked(tenFiles), "every release on its page is yanked"},
		{"all but one yanked", ten, append(yanked(tenFiles[1:]), tenFiles[0]), ""},
		{"all yanked, as before", []string{`{"version":"1.0","yanked":true,"sdist":true}`}, []string{"1.0.tar.gz yanked", "1.1.tar.gz yanked"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := Shrunken(page(t, test.files...), known(t, test.known...))
			got := ""
			if shrunken, is := errors.AsType[*ShrunkenError](err); is {
				got = shrunken.Error()
			}
			if got != test.want || (err == nil) != (got == "") {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	if err := Shrunken(page(t), nil); err != nil {
		t.Errorf("a project without facts gives %v", err)
	}
}
