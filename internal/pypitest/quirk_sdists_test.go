package pypitest_test

import (
	"crypto/md5"
	"encoding/hex"
	"slices"
	"strings"

	"toxgen/internal/pypitest"
)

func md5sum(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

// An sdistQuirk is demo 2.0 as source distributions. Its text says what they are.
type sdistQuirk struct {
	text
	where string
	files []pypitest.File
}

// The members of a source distribution that pip can build without building: its backend copies PKG-INFO.
const (
	pkgInfo   = "Metadata-Version: 2.2\nName: demo\nVersion: 2.0\nRequires-Dist: six\n"
	pyproject = "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n"
	backend   = `import os, shutil
def _metadata(folder):
    here = os.path.dirname(os.path.abspath(__file__))
    fields = dict(line.rstrip("\n").split(": ", 1) for line in open(os.path.join(here, "PKG-INFO")) if ": " in line)
    info = "%s-%s.dist-info" % (fields.get("Name", "demo"), fields.get("Version", "2.0"))
    os.makedirs(os.path.join(folder, info))
    shutil.copy(os.path.join(here, "PKG-INFO"), os.path.join(folder, info, "METADATA"))
    return info
def get_requires_for_build_wheel(config_settings=None): return []
def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None): return _metadata(metadata_directory)
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None): raise SystemExit("never built")
`
	// oldInfo is the PKG-INFO of a project whose setup.py states that it requires six.
	oldInfo  = "Metadata-Version: 1.2\nName: demo\nVersion: 2.0\n"
	setup    = "from setuptools import setup\nsetup(name='demo', version='2.0', install_requires=['six'])\n"
	setupSrc = "from setuptools import setup\nsetup(name='demo', version='2.0', package_dir={'': 'src'}, install_requires=['six'])\n"
)

func member(name, text string) pypitest.Member { return pypitest.Member{Name: name, Text: text} }

// built returns the members of a source distribution with that backend in a folder, and others.
func built(folder string, others ...pypitest.Member) []pypitest.Member {
	return append([]pypitest.Member{member(folder+"pyproject.toml", pyproject), member(folder+"backend.py", backend)}, others...)
}

// old returns the members of a source distribution of setuptools, and others.
func old(setup string, others ...pypitest.Member) []pypitest.Member {
	return append([]pypitest.Member{member("demo-2.0/setup.py", setup), member("demo-2.0/PKG-INFO", oldInfo), member("demo-2.0/src/keep", "")}, others...)
}

// sdist returns a source distribution that the index describes with its name, its digest and nothing else.
func sdist(filename string, content []byte) pypitest.File {
	return pypitest.File{Filename: filename, Content: content, Core: pypitest.CoreMissing}
}

// sdists returns the quirks of source distributions.
func sdists() []sdistQuirk {
	const top = "demo-2.0/"
	usual := built(top, member(top+"PKG-INFO", pkgInfo))
	none := func(s string) string { return strings.Replace(s, "Requires-Dist: six\n", "", 1) }
	gz, zip, plain := pypitest.Tar(usual...), pypitest.Zip(usual...), pypitest.Unpacked(usual...)
	bz2, xz, lzma := pypitest.Packed(".tar.bz2"), pypitest.Packed(".tar.xz"), pypitest.Packed(".tar.lzma")
	var quirks []sdistQuirk
	packed := func(ending, kind string, content []byte, why string) {
		quirks = append(quirks, sdistQuirk{text{kind + " named demo-2.0" + ending, why}, "packing", []pypitest.File{sdist("demo-2.0"+ending, content)}})
	}
	for _, ending := range []string{".tar.gz", ".tgz", ".tar", ".tar.Z", ".gz", ".TAR.GZ"} {
		packed(ending, "gzip", gz, "")
	}
	for _, ending := range []string{".tar.bz2", ".tbz", ".tar", ".tbz2", ".bz2"} {
		packed(ending, "bzip2", bz2, "")
	}
	for _, ending := range []string{".tar.xz", ".txz", ".tlz", ".tar.lz", ".tar.lzma", ".tar", ".xz"} {
		packed(ending, "xz", xz, "")
	}
	packed(".tar.xz", "xz with filters", pypitest.Packed(".x86.tar.xz"), "")
	for _, ending := range []string{".tar.lzma", ".tlz", ".tar.xz"} {
		packed(ending, "lzma", lzma, notLZMA)
	}
	packed(".tar", "tar", plain, "")
	packed(".zip", "zip", zip, "")
	packed(".macosx10.zip", "zip", zip, "")
	packed(".tar.zst", "tar", plain, "")
	packed(".egg", "zip", zip, "")
	packed(".exe", "zip", zip, "")
	packed(".rpm", "zip", zip, "")
	packed("-py3.12.tar.gz", "gzip", gz, "")
	packed("-py3.11.tar.gz", "gzip", gz, "")
	for _, wrong := range []struct {
		ending, kind string
		content      []byte
	}{
		{".tar.gz", "bzip2", bz2}, {".tar.gz", "zip", zip}, {".tar.gz", "tar", plain}, {".tar.bz2", "gzip", gz}, {".tar.xz", "gzip", gz}, {".zip", "gzip", gz}, {".tgz", "xz", xz},
		{".tar.gz", "HTML", []byte("<!DOCTYPE html>")}, {".tar.gz", "nothing", []byte{}}, {".zip", "nothing", []byte{}}, {".tar.gz", "half of a gzip file", gz[:100]}, {".tar.bz2", "half of a bzip2 file", bz2[:100]},
		{".tar.xz", "half of an xz file", xz[:60]}, {".zip", "half of a zip file", zip[:100]},
	} {
		packed(wrong.ending, wrong.kind, wrong.content, "")
	}
	// the folders in the archive
	add := func(what, why string, members ...pypitest.Member) {
		for _, ending := range []string{".tar.gz", ".zip"} {
			quirks = append(quirks, sdistQuirk{text{what, why}, "members of a " + ending, []pypitest.File{{Filename: "demo-2.0" + ending, Members: members, Core: pypitest.CoreMissing}}})
		}
	}
	add("no folder", "", built("", member("PKG-INFO", pkgInfo))...)
	add("a folder of another name", "", built("x/", member("x/PKG-INFO", pkgInfo))...)
	add("a folder of another name, PKG-INFO deeper", "", built("x/", member("x/demo-2.0/PKG-INFO", none(pkgInfo)), member("x/PKG-INFO", pkgInfo))...)
	add("names that begin with a slash", "", built("/demo-2.0/", member("/demo-2.0/PKG-INFO", pkgInfo))...)
	add("two folders", "", slices.Concat(built("", member("PKG-INFO", pkgInfo)), []pypitest.Member{member("x/PKG-INFO", none(pkgInfo)), member("demo-2.0/PKG-INFO", none(pkgInfo))})...)
	add("backslashes in names", "", built(`demo-2.0\`, member(`demo-2.0\PKG-INFO`, pkgInfo))...)
	add("PKG-INFO twice, the last in use", "", built(top, member(top+"PKG-INFO", oldInfo), member(top+"PKG-INFO", pkgInfo))...)
	add("names that begin with ./", dotted, built("./demo-2.0/", member("./demo-2.0/PKG-INFO", pkgInfo))...)
	add("a member outside", leavesOut, append(built(top, member(top+"PKG-INFO", pkgInfo)), member("../x", ""), member("demo-2.0/../../x", ""))...)
	add("no PKG-INFO", "", built(top, member(top+"README", pkgInfo))...)
	add("PKG-INFO without a name", contained, built(top, member(top+"PKG-INFO", "Metadata-Version: 2.2\nName:\nVersion: 2.0\n"))...)
	add("PKG-INFO of another project", "", built(top, member(top+"PKG-INFO", strings.Replace(pkgInfo, "demo", "other", 1)))...)
	add("PKG-INFO of another version", "", built(top, member(top+"PKG-INFO", strings.Replace(pkgInfo, "2.0", "2.1", 1)))...)
	add("a build that fails", notRun, member(top+"setup.py", "raise SystemExit('no')\n"), member(top+"PKG-INFO", pkgInfo))
	// links
	link := func(what, why, name, target string, hard bool, others ...pypitest.Member) {
		members := append(built(top, others...), pypitest.Member{Name: name, Link: target, Hard: hard})
		quirks = append(quirks, sdistQuirk{text{what, why}, "links", []pypitest.File{{Filename: "demo-2.0.tar.gz", Members: members, Core: pypitest.CoreMissing}}})
	}
	const egg = top + "demo.egg-info/PKG-INFO"
	link("PKG-INFO is a symbolic link to that of the egg-info", "", top+"PKG-INFO", "demo.egg-info/PKG-INFO", false, member(egg, pkgInfo))
	link("PKG-INFO is a hard link to that of the egg-info", "", top+"PKG-INFO", egg, true, member(egg, pkgInfo))
	link("PKG-INFO is a symbolic link to another member", notFollowed, top+"PKG-INFO", "README", false, member(top+"README", pkgInfo))
	link("PKG-INFO is a hard link to another member", notFollowed, top+"PKG-INFO", top+"README", true, member(top+"README", pkgInfo))
	link("PKG-INFO is a symbolic link to nothing", "", top+"PKG-INFO", "README", false)
	link("PKG-INFO is a symbolic link outside", "", top+"PKG-INFO", "../../README", false)
	link("PKG-INFO is an absolute symbolic link", "", top+"PKG-INFO", "/etc/hostname", false)
	link("PKG-INFO of the egg-info is a symbolic link to the top's", "", egg, "../PKG-INFO", false, member(top+"PKG-INFO", pkgInfo))
	// egg-infos
	eggs := func(what, why string, members ...pypitest.Member) {
		for _, where := range []string{"egg-infos", "egg-infos, in the other order"} {
			quirks = append(quirks, sdistQuirk{text{what, why}, where, []pypitest.File{{Filename: "demo-2.0.tar.gz", Members: slices.Clone(members), Core: pypitest.CoreMissing}}})
			slices.Reverse(members)
		}
	}
	info := func(folder, requires string) []pypitest.Member {
		members := []pypitest.Member{member(top+folder+"demo.egg-info/PKG-INFO", oldInfo)}
		if requires != "" {
			members = append(members, member(top+folder+"demo.egg-info/requires.txt", requires))
		}
		return members
	}
	eggs("one", "", old(setup, info("", "six\n")...)...)
	eggs("one in src", "", old(setupSrc, info("src/", "six\n")...)...)
	eggs("a stale one in src", "", old(setup, append(info("", "six\n"), info("src/", "nowhere\n")...)...)...)
	eggs("without requires.txt, and a stale one in src", "", old(strings.Replace(setup, "'six'", "", 1), append(info("", ""), info("src/", "nowhere\n")...)...)...)
	eggs("a stale one of another version at the root", "", old(setupSrc, append(info("src/", "six\n"), member(top+"demo.egg-info/PKG-INFO", strings.Replace(oldInfo, "2.0", "1.9", 1)), member(top+"demo.egg-info/requires.txt", "nowhere\n"))...)...)
	eggs("another project's", notStatic, old(setup, member(top+"other.egg-info/PKG-INFO", oldInfo), member(top+"other.egg-info/requires.txt", "nowhere\n"))...)
	eggs("none", notStatic, old(setup)...)
	eggs("an invalid requires.txt", staticOnly, old(setup, info("", "six>dev\n")...)...)
	// several files of one release
	several := func(what string, files ...pypitest.File) {
		quirks = append(quirks, sdistQuirk{text{what, ""}, "several", files})
	}
	bare := pypitest.Tar(built(top, member(top+"PKG-INFO", none(pkgInfo)))...)
	wheel := pypitest.Wheel("demo", "2.0")
	yanked := func(f pypitest.File) pypitest.File { f.Yanked = true; return f }
	old3 := func(f pypitest.File) pypitest.File { f.RequiresPython = "<3"; return f }
	several(".tar.gz without requirements, then .tar.bz2", sdist("demo-2.0.tar.gz", bare), sdist("demo-2.0.tar.bz2", bz2))
	several(".tar.bz2, then .tar.gz without requirements", sdist("demo-2.0.tar.bz2", bz2), sdist("demo-2.0.tar.gz", bare))
	several(".tar.gz without requirements, then .zip", sdist("demo-2.0.tar.gz", bare), sdist("demo-2.0.zip", zip))
	several(".zip, then .tar.gz without requirements", sdist("demo-2.0.zip", zip), sdist("demo-2.0.tar.gz", bare))
	several(".tar.xz, then .tgz without requirements", sdist("demo-2.0.tar.xz", xz), sdist("demo-2.0.tgz", bare))
	several(".tar, then a wheel without requirements", sdist("demo-2.0.tar", plain), wheel)
	several("a wheel without requirements, then .tar.bz2", wheel, sdist("demo-2.0.tar.bz2", bz2))
	several(".tar.gz without requirements, then a yanked .tar.bz2", sdist("demo-2.0.tar.gz", bare), yanked(sdist("demo-2.0.tar.bz2", bz2)))
	several("a yanked .tar.gz, then a yanked .tar.bz2", yanked(sdist("demo-2.0.tar.gz", bare)), yanked(sdist("demo-2.0.tar.bz2", bz2)))
	several(".tar.gz without requirements, then .tar.bz2 for Python 2", sdist("demo-2.0.tar.gz", bare), old3(sdist("demo-2.0.tar.bz2", bz2)))
	several(".tar.bz2 of 2.0, then .tar.gz of 2.0.0 without requirements", sdist("demo-2.0.tar.bz2", bz2), sdist("demo-2.0.0.tar.gz", bare))
	several("a yanked wheel, then .tar.bz2", yanked(wheel), sdist("demo-2.0.tar.bz2", bz2))
	return quirks
}
