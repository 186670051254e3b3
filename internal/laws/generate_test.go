package laws

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// Generate makes the world of a seed.
func Generate(seed uint64) World {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0x746f7867656e))}
	w := World{Seed: seed, Variant: pick(g, []Variant{Warm, Shuffled, Kept})}
	w.Config = g.config()
	w.Index = g.begin()
	w.Config.Suites = g.suites(w.Index)
	w.Steps = g.history(clone(w.Index), clone(w.Config))
	return w
}

// A generator is the only source of chance.
type generator struct {
	*rand.Rand
	marks int
	// kit reports whether there is a package that is installed from a checkout.
	kit bool
}

func pick[T any](g *generator, from []T) T { return from[g.IntN(len(from))] }

// chance reports whether something happens that happens so often in a hundred.
func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

// The projects of every world, those that suites follow first. A project requires only ones that come later.
var (
	followed     = []string{"app", "web", "lib", "orm"}
	projects     = []string{"app", "web", "orm", "lib", "util", "core", "cert", "setuptools"}
	classifiers  = []string{"3", "3.9", "3.10", "3.12", "3.13", "3.14"}
	pythonsKnown = []Python{{Version: "3.9", Patch: 25}, {Version: "3.10", Patch: 20}, {Version: "3.12", Patch: 13}, {Version: "3.13", Patch: 13}, {Version: "3.14", Patch: 4}}
)

// config returns a configuration without suites.
func (g *generator) config() Config {
	c := Config{Refresh: pick(g, []string{"", "", "newest", "none", "all"})}
	known := slices.Clone(pythonsKnown)
	for drop := 1 + g.IntN(3); drop > 0; drop-- {
		known = dropNth(known, g.IntN(len(known)))
	}
	if last := &known[len(known)-1]; last.Version == "3.14" && g.chance(50) {
		last.FreeThreaded = true
	}
	if g.chance(25) {
		known[g.IntN(len(known))].Windows = true
	}
	c.Pythons = known
	if g.chance(30) {
		c.Requires = []string{"cert"}
	}
	if g.chance(30) {
		c.Build = []string{"setuptools"}
	}
	if g.chance(20) {
		c.Constraints = []string{g.constraint()}
	}
	if g.chance(25) {
		g.kit, c.Kit = true, []string{pick(g, []string{"lib", "util", "core"}) + pick(g, []string{"", ">=1.0", "<9"})}
		if g.chance(20) {
			c.Kit = []string{}
		}
	}
	return c
}

func (g *generator) constraint() string {
	return pick(g, []string{"lib", "util", "core"}) + pick(g, []string{"<9", "!=1.1", "<3", ">=1.0"})
}

// begin returns the index of the first step.
func (g *generator) begin() Index {
	var x Index
	for _, name := range projects {
		x = append(x, Project{Name: name})
	}
	for i := len(x) - 1; i >= 0; i-- { // those that are required come first
		p := &x[i]
		version := "1.0"
		count := 2 + g.IntN(4)
		for n := range count {
			days := (count - n) * 40
			if n == count-1 && g.chance(20) {
				days = 1
			}
			p.Files = append(p.Files, g.release(x, p.Name, version, days)...)
			version = g.next(version)
		}
	}
	return x
}

// next returns a version after another one.
func (g *generator) next(version string) string {
	version, _, _ = strings.Cut(version, "rc")
	parts := append(strings.Split(version, "."), "0")
	major, _ := strconv.Atoi(parts[0])
	lesser, _ := strconv.Atoi(parts[1])
	patch, _ := strconv.Atoi(parts[2])
	switch g.IntN(8) {
	case 0, 1:
		return fmt.Sprintf("%d.%d.%d", major, lesser, patch+1)
	case 2, 3, 4:
		return fmt.Sprintf("%d.%d", major, lesser+1)
	case 5:
		return fmt.Sprintf("%d.0rc1", major+1)
	default:
		return fmt.Sprintf("%d.0", major+1)
	}
}

// release returns the files of a new release.
func (g *generator) release(x Index, project, version string, days int) []File {
	f := File{Version: version, Tag: "py3-none-any", Requires: g.requires(x, project), Days: days, NoDigest: g.chance(8)}
	if slices.Contains(followed, project) {
		f.Classifiers = classifiers
	}
	switch g.IntN(10) {
	case 0:
		f.Python = ">=3.8"
	case 1:
		f.Python = ">=3.10"
	}
	if slices.Contains(followed, project) && project != "lib" && g.chance(85) {
		f.Extras, f.Requires = []string{"more"}, append(f.Requires, `util; extra == "more"`)
	}
	if days < cooldown || g.chance(5) {
		f.Mark = g.mark()
	}
	files := []File{f}
	switch g.IntN(10) {
	case 0, 1:
		sdist := f
		sdist.Tag = ""
		files = append(files, sdist)
	case 2:
		files[0].Tag = ""
	case 3: // a wheel for one Python more, that says something else
		special := f
		special.Tag, special.Requires, special.Mark = "cp312-none-any", g.requires(x, project), f.Mark
		files = append(files, special)
	case 5: // a source distribution here, wheels for other systems only
		files[0].Tag = ""
		for _, tag := range []string{"cp312-cp312-win_amd64", "cp314-cp314-win32", "cp314-cp314t-macosx_11_0_arm64"} {
			elsewhere := f
			elsewhere.Tag = tag
			if g.chance(50) {
				elsewhere.Requires = g.requires(x, project)
			}
			files = append(files, elsewhere)
		}
	case 4: // no pure wheel
		files = nil
		for _, p := range pythonsKnown {
			tag := "cp" + strings.Replace(p.Version, ".", "", 1)
			platform := f
			platform.Tag = tag + "-" + tag + "-manylinux_2_17_x86_64"
			files = append(files, platform)
		}
		sdist := f
		sdist.Tag = ""
		files = append(files, sdist)
	}
	return files
}

func (g *generator) mark() string {
	g.marks++
	return fmt.Sprintf("mark-%d", g.marks)
}

// requires returns requirements of projects that come after one.
func (g *generator) requires(x Index, project string) []string {
	requires := []string{}
	after := slices.Index(projects, project) + 1
	for _, name := range projects[after:] {
		if name == "setuptools" || name == "cert" || !g.chance(40) {
			continue
		}
		requires = append(requires, name+g.specifier(x, name))
	}
	if g.kit && g.chance(8) {
		requires = append(requires, "kit>=9")
	}
	return requires
}

// specifier returns what a requirement says of the version, which is mostly little.
func (g *generator) specifier(x Index, name string) string {
	versions := []string{"1.0"}
	if p := x.project(name); p != nil && len(p.Files) > 0 {
		versions = p.versions()
	}
	switch g.IntN(10) {
	case 0, 1, 2:
		return ">=" + versions[g.IntN((len(versions)+1)/2)]
	case 3:
		return "<" + strconv.Itoa(3+g.IntN(6))
	case 4:
		return pick(g, []string{`; python_version < "3.12"`, `; sys_platform == "win32"`, `; platform_system != "Windows"`})
	case 5:
		return "!=" + pick(g, versions)
	default:
		return ""
	}
}

// suites returns the suites of a configuration.
func (g *generator) suites(x Index) []Suite {
	var suites []Suite
	for range 1 + g.IntN(4) {
		project := pick(g, followed)
		s := Suite{Name: project, Package: project, Minimum: "1.0", Stable: g.chance(20)}
		if slices.ContainsFunc(suites, func(other Suite) bool { return other.Name == project }) {
			s.Name += "2"
			if slices.ContainsFunc(suites, func(other Suite) bool { return other.Name == s.Name }) {
				continue
			}
		}
		if project != "lib" && g.chance(15) {
			s.Package += "[more]"
		}
		if versions := x.project(project).versions(); g.chance(20) {
			s.Minimum = versions[g.IntN(2)]
		}
		if g.chance(30) {
			s.Rules = append(s.Rules, g.rule(x))
		}
		if g.chance(10) {
			s.Python = ">=3.10"
		}
		if g.chance(20) {
			s.Versions = 2 + g.IntN(2)
		}
		if versions := x.project(project).versions(); g.chance(15) {
			s.Holds = append(s.Holds, "=="+pick(g, versions))
		}
		s.Lowest, s.Install = g.chance(15), pick(g, []string{"", "[kit]", "[kit]", "[some-sdk, kit]", "[some-sdk]"})
		if g.chance(10) {
			s.Variants = []string{g.rule(x).Add, g.rule(x).Add}
		}
		suites = append(suites, s)
	}
	if g.chance(30) {
		suites = append(suites, Suite{Name: "common", Rules: []Rule{{"*", pick(g, []string{"lib", "util", "core", "orm"})}, g.rule(x)}})
	}
	for i := range suites {
		if suites[i].Package == "" { // a static suite has no release that `when` could mean
			suites[i].Rules[1].When = "*"
		}
	}
	return suites
}

func (g *generator) rule(x Index) Rule {
	name := pick(g, []string{"lib", "util", "core"})
	return Rule{pick(g, []string{"*", "*", "<2", "py3.12", "py3.14"}), name + pick(g, []string{"", "", ">=1.0", "<4", g.specifierOf(x, name)})}
}

// specifierOf returns a specifier that one existing release decides.
func (g *generator) specifierOf(x Index, name string) string {
	return pick(g, []string{"==", "<=", ">="}) + x.project(name).versions()[0]
}
