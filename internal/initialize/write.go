package initialize

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"toxgen/internal/display"
	"toxgen/internal/pep440"
)

// A writer writes YAML line by line.
type writer struct{ strings.Builder }

// line writes a line.
func (w *writer) line(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }

// comment writes a comment as lines of some width.
func (w *writer) comment(indent, text string) {
	line := indent + "#"
	for word := range strings.FieldsSeq(display.Line(text)) {
		if len(line)+len(word) > 118 && len(line) > len(indent)+1 {
			w.line("%s", line)
			line = indent + "#"
		}
		line += " " + word
	}
	w.line("%s", line)
}

// plain matches texts that mean themselves in YAML wherever they stand.
var plain = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./-]*$`)

// words are texts that YAML may take for something else.
var words = []string{"y", "n", "yes", "no", "true", "false", "on", "off", "null"}

// quoted returns a text as a YAML scalar. YAML understands every escape of Go's quoting.
func quoted(text string) string {
	if plain.MatchString(text) && !slices.Contains(words, strings.ToLower(text)) {
		return text
	}
	return strconv.Quote(text)
}

// list returns texts as a flow sequence.
func list(texts []string) string {
	all := make([]string, len(texts))
	for i, text := range texts {
		all[i] = quoted(text)
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// containers are the images for Pythons that no installer of interpreters offers.
var containers = map[int]string{
	6: "python:3.6@sha256:f8652afaf88c25f0d22354d547d892591067aa4026a7fa9a6819df9f300af6fc",
	7: "python:3.7@sha256:eedf63967cdb57d8214db38ce21f105003ed4e4d0358f02bedc057341bcf92a0",
}

// text returns the configuration.
func (p *Proposal) text() string {
	w := &writer{}
	w.comment("", "What is tested. `toxgen` makes everything else from this file, and `toxgen check` compares. `toxgen init` wrote it, and guessed: the comments say why.")
	w.line("")
	p.writeProject(w)
	p.writePythons(w)
	p.writeWorkflow(w)
	p.writeServices(w)
	p.writeGroups(w)
	p.writeSuites(w)
	p.writeTestenv(w)
	if p.ToxFile != "" {
		w.line("")
		w.comment("", "tox.ini is yours and stays. Delete it and this line once nothing runs it.")
		w.line("outputs: {tox: %s}", quoted(p.ToxFile))
	}
	return w.String()
}

func (p *Proposal) writeProject(w *writer) {
	var members []string
	if p.From != "" {
		members = append(members, "from: "+quoted(p.From))
	}
	if p.Name != "" {
		members = append(members, "name: "+quoted(p.Name))
	}
	if p.Unstated != "" {
		w.comment("", p.Unstated)
		members = append(members, "requires: []")
	}
	w.line("project: {%s}", strings.Join(members, ", "))
	if len(p.Packages) > 0 {
		w.comment("", "The packages of this repository. What they require of another repository is declared here, too, with `repository` and `ref`.")
		w.line("packages:")
		for _, name := range p.Packages {
			w.line("  - {path: %s}", quoted(name))
		}
	}
}

func (p *Proposal) writePythons(w *writer) {
	w.line("")
	w.comment("", "Markers see the exact patch release, and CI installs it.")
	w.line("pythons:")
	for _, v := range p.Pythons {
		more := ""
		if v.FreeThreaded {
			more = ", free-threaded: true"
		}
		if image := containers[v.Minor]; image != "" && p.Workflow != nil {
			more = ", container: " + quoted(image)
		}
		w.line("  - {version: %q, patch: %d%s}", v.MinorText(), v.Patch, more)
	}
	w.line("platform: {system: linux, machine: x86_64, libc: glibc-2.28}")
}

func (p *Proposal) writeWorkflow(w *writer) {
	f := p.Workflow
	if f == nil {
		return
	}
	w.line("")
	w.line("workflow:")
	w.line("  name: %s", quoted(f.Name))
	if f.File != "" {
		w.comment("  ", "The usual names are taken by workflows of yours.")
		w.line("  file: %s", quoted(f.File))
		w.line("  prefix: %s", quoted(f.Prefix))
	}
	w.line("  triggers: {push: {branches: %s}, pull-request: {}, dispatch: true}", list([]string{f.Branch}))
	w.line("  runs-on: ubuntu-24.04")
	w.line("  timeout: 30")
	w.line(`  tools: {uv: "0.13.9", tox: "4.67.15", tox-uv: "1.37.1"}`)
	w.comment("  ", "What a red update is sorted by.")
	w.line("  triage: {holds: 10}")
	if len(f.Stated) == 0 {
		return
	}
	w.comment("  ", "Pins of the actions that no other workflow pins, or that several pin differently: the pins of the others stand there.")
	w.line("  actions:")
	for _, action := range f.Stated {
		pin := f.Pins[action]
		w.line("    %s: {sha: %q, version: %q}", action, pin.SHA, cmp.Or(pin.Version, "unknown"))
	}
}

func (p *Proposal) writeServices(w *writer) {
	if len(p.Services) == 0 {
		return
	}
	w.line("")
	w.comment("", "Containers, as your workflows have them. {host} in a test-env stands for where a service answers.")
	w.line("services:")
	for _, s := range p.Services {
		w.line("  %s:", quoted(s.Name))
		if s.Unpinned {
			w.comment("    ", "It has no digest: add one, so that the image cannot change.")
		}
		w.line("    image: %s", quoted(s.Image))
		if len(s.Env) > 0 {
			w.line("    env: {%s}", pairsOf(s.Env))
		}
		if options := optionsOf(s.Options); len(options) > 0 {
			w.line("    options:")
			for _, option := range options {
				w.line("      - %s", quoted(option))
			}
		}
		if len(s.Ports) > 0 {
			w.line("    ports: %s", quotedList(s.Ports))
		}
		if len(s.TestEnv) > 0 {
			hosted := map[string]string{}
			for name, text := range s.TestEnv {
				hosted[name] = strings.NewReplacer("localhost", "{host}", "127.0.0.1", "{host}").Replace(text)
			}
			w.line("    test-env: {%s}", pairsOf(hosted))
		}
	}
}

// quotedList returns texts as a flow sequence of quoted texts, which stay texts whatever they look like.
func quotedList(texts []string) string {
	all := make([]string, len(texts))
	for i, text := range texts {
		all[i] = strconv.Quote(text)
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// pairsOf returns the entries of a flow mapping, sorted.
func pairsOf(m map[string]string) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		all = append(all, quoted(name)+": "+strconv.Quote(m[name]))
	}
	return strings.Join(all, ", ")
}

// optionsOf splits the options of a container before each option.
func optionsOf(text string) []string {
	var all []string
	for word := range strings.FieldsSeq(text) {
		if strings.HasPrefix(word, "--") || len(all) == 0 {
			all = append(all, word)
		} else {
			all[len(all)-1] += " " + word
		}
	}
	return all
}

// groupSize is how many suites a group has at most.
const groupSize = 12

func (p *Proposal) writeGroups(w *writer) {
	w.line("")
	w.comment("", "Which suites share a workflow.")
	w.line("groups:")
	p.writeGroup(w, "Core", p.Static)
	p.writeGroup(w, "Frameworks", p.Suites)
}

// writeGroup writes suites as one group, or as several if they are many or cannot be in one row.
func (p *Proposal) writeGroup(w *writer, name string, suites []*Suite) {
	var groups [][]*Suite
	for _, together := range p.together(suites) {
		chunks := (len(together) + groupSize - 1) / groupSize
		for chunk := range slices.Chunk(together, (len(together)+chunks-1)/chunks) {
			groups = append(groups, chunk)
		}
	}
	for i, group := range groups {
		numbered := name
		if len(groups) > 1 {
			numbered += fmt.Sprintf(" %d", i+1)
		}
		var names []string
		for _, s := range group {
			names = append(names, s.Name)
		}
		w.line("  - {name: %s, suites: %s}", quoted(numbered), list(names))
	}
}

// together divides suites into sets in which no two need services that publish the same port: the services of a group are in its rows
// together.
func (p *Proposal) together(suites []*Suite) (sets [][]*Suite) {
	var services [][]string // of each set
	for _, s := range suites {
		clashes := func(names []string) bool {
			return slices.ContainsFunc(names, func(name string) bool {
				return slices.ContainsFunc(s.Services, func(own string) bool { return p.service(own).sharesPort(p.service(name)) })
			})
		}
		i := slices.IndexFunc(services, func(names []string) bool { return !clashes(names) })
		if i < 0 {
			i = len(sets)
			sets, services = append(sets, nil), append(services, nil)
		}
		sets[i], services[i] = append(sets[i], s), compact(append(services[i], s.Services...))
	}
	return sets
}

func (p *Proposal) writeSuites(w *writer) {
	w.line("")
	if len(p.Suites) > 0 {
		w.line("suites:")
	} else {
		w.comment("", "A suite tests releases of a framework, such as:")
		for _, line := range []string{"suites:", "  flask:", "    package: flask", "    minimum: \"2.0\"", "    test-path: tests/integrations/flask"} {
			w.line("# %s", line)
		}
		w.comment("", "It also stands in a group above.")
	}
	for _, s := range p.Suites {
		w.comment("  ", s.Why)
		w.line("  %s:", quoted(s.Name))
		w.line("    package: %s", quoted(s.Package))
		if s.Raised != "" {
			w.comment("    ", "Older ones are left out: "+s.Raised)
		}
		if s.Minimum != "" {
			w.line("    minimum: %q", s.Minimum)
		} else {
			w.comment("    ", "Nothing says which releases are supported: write `minimum`.")
		}
		if s.Maximum != "" {
			w.line("    maximum: %q", s.Maximum)
		}
		p.writeSuite(w, s)
	}
	for _, s := range p.Maybe {
		w.comment("  ", s.Why+": if the project of this name is meant, this is its suite, which also stands in a group")
		for _, line := range []string{s.Name + ":", "  package: " + s.Package, "  minimum: \"…\"", "  test-path: " + s.TestPath} {
			w.line("  # %s", line)
		}
	}
	if len(p.Static) == 0 {
		return
	}
	w.line("")
	w.line("static:")
	for _, s := range p.Static {
		w.comment("  ", s.Why)
		w.line("  %s:", quoted(s.Name))
		w.line("    pythons: %s", list(p.factors(s)))
		p.writeSuite(w, s)
	}
}

// factors returns the Pythons on which a static suite is tested.
func (p *Proposal) factors(s *Suite) (all []string) {
	for _, v := range p.Pythons {
		if s.supports != nil && !s.supports(pep440.MustParse(v.Final())) {
			continue
		}
		all = append(all, v.Factor())
		if v.FreeThreaded {
			all = append(all, v.Factor()+"t")
		}
	}
	return all
}

// writeSuite writes what a suite and a static one have in common.
func (p *Proposal) writeSuite(w *writer, s *Suite) {
	w.line("    test-path: %s", quoted(s.TestPath))
	for _, one := range []struct {
		key   string
		names []string
	}{{"install", s.Install}, {"extras", s.Extras}, {"groups", s.Groups}, {"services", s.Services}} {
		if len(one.names) > 0 {
			w.line("    %s: %s", one.key, list(one.names))
		}
	}
	if len(s.Rules) > 0 {
		w.line("    requires:")
		for _, rule := range s.Rules {
			if rule.File != "" {
				w.line("      - {when: %q, file: %s}", rule.When, quoted(rule.File))
			} else {
				w.line("      - {when: %q, add: %s}", rule.When, list(rule.Add))
			}
		}
	}
	if len(s.Holds) > 0 {
		w.line("    hold:")
		for _, h := range s.Holds {
			w.line("      - {exclude: %q, reason: %s}", h.Exclude, quoted(display.Line(h.Reason)))
		}
	}
	if s.Disabled != "" {
		w.line("    disabled: {reason: %s}", quoted(display.Line(s.Disabled)))
	}
}

func (p *Proposal) writeTestenv(w *writer) {
	t := p.Testenv
	w.line("")
	w.comment("", "What every environment has. {env:_TESTPATH} is the test-path of its suite.")
	w.line("testenv:")
	w.line("  commands: [%s]", strconv.Quote(t.Command))
	if len(t.PassEnv) > 0 {
		w.line("  pass-env: %s", list(t.PassEnv))
	}
	if len(t.SetEnv) > 0 {
		w.line("  set-env:")
		for _, v := range t.SetEnv {
			w.line("    - {name: %s, value: %s}", quoted(v.Name), strconv.Quote(v.Value))
		}
	}
	if len(t.Requires) > 0 {
		w.line("  requires: %s", list(t.Requires))
	}
	if t.File != "" {
		w.line("  file: %s", quoted(t.File))
	}
	if len(t.Extras) > 0 {
		w.line("  extras: %s", list(t.Extras))
	}
	if len(t.Groups) > 0 {
		w.line("  groups: %s", list(t.Groups))
	}
}
