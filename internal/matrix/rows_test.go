package matrix

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/config"
	"toxgen/internal/pep440"
	"toxgen/internal/python"
)

// rowsProject is the configuration of TestRowKinds, into which a table row puts settings of the workflow and of the suites.
const rowsProject = `project: {name: some-sdk}
pythons: [{version: "3.8", patch: 20}, {version: "3.12", patch: 13}, {version: "3.13", patch: 13, free-threaded: true}]
platform: {system: linux, machine: x86_64, libc: glibc-2.28}
workflow:
  name: Test
  triggers: {dispatch: true, pull-request: {}}
  runs-on: ubuntu-24.04
  timeout: 30
  tools: {uv: "0.13.9", tox: "4.67.15", tox-uv: "1.37.1"}%s
services: {db: {image: "db:1@sha256:9a8afca54e7861fd90fab5fdf4c42477a6b1cb7d293595148e674e0a3181de15"}}
groups: [{name: Web 1, suites: [flask, common, db]}, {name: AI, suites: [openai]}]
suites:
  flask: {package: flask, test-path: t%s}
  db: {package: db, test-path: t, services: [db]%s}
  openai: {package: openai, test-path: t}
static:
  common: {pythons: [py3.8, py3.13, py3.13t], test-path: t%s}
testenv: {commands: [pytest]}
`

// rowsEnvironments are the environments that TestRowKinds selects.
var rowsEnvironments = []string{
	"py3.8-flask-v1.0", "py3.12-flask-v1.0", "py3.12-flask-v2.0", "py3.13-flask-v2.0", "py3.13t-flask-v2.0", "py3.13-flask-v3.0rc1",
	"py3.12-db-v1.0", "py3.13-db-v1.0", "py3.12-openai-v1.0",
}

// selectRows returns a matrix of rowsEnvironments.
func selectRows(t *testing.T, workflow, flask, db, common string) *Matrix {
	t.Helper()
	c, faults := config.Parse("toxgen.yaml", fmt.Appendf(nil, rowsProject, workflow, flask, db, common))
	if c == nil || len(faults) > 0 {
		t.Fatal(faults)
	}
	return Select(c, nil, Before{Environments: rowsEnvironments}).Matrix
}

// describe returns the rows of a matrix: name, what the row says about its job, and the environments behind the label.
func describe(m *Matrix) []string {
	var all []string
	for _, g := range m.Groups {
		for _, r := range g.Rows {
			text := fmt.Sprintf("%s on %s for %d:", g.RowName(r), strings.Join(r.RunsOn, "+"), r.Timeout)
			if r.MayFail != nil {
				text = strings.TrimSuffix(text, ":") + ", may fail: " + r.MayFail.Reason + ":"
			}
			if label := g.ParallelLabel(r); label != "" {
				text += fmt.Sprintf(" %s=%s", label, strings.Join(Names(r.Parallel), ","))
			}
			if label := g.SerialLabel(r); label != "" {
				text += fmt.Sprintf(" %s=%s", label, strings.Join(Names(r.Serial), ","))
			}
			all = append(all, text)
		}
	}
	return all
}

func TestRowKinds(t *testing.T) {
	const (
		ai        = "ai-py3.12 on ubuntu-24.04 for 30: ai-py3.12=py3.12-openai-v1.0"
		common38  = "web-1-py3.8 on ubuntu-24.04 for 30: web-1-py3.8=py3.8-common"
		common13  = "web-1-py3.13 on ubuntu-24.04 for 30: web-1-py3.13=py3.13-common"
		common13t = "web-1-py3.13t on ubuntu-24.04 for 30: web-1-py3.13t=py3.13t-common"
		withDB12  = "web-1-py3.12 on ubuntu-24.04 for 30: web-1-py3.12-serial=py3.12-db-v1.0"
		withDB13  = common13 + " web-1-py3.13-serial=py3.13-db-v1.0"
		flask12   = "py3.12-flask-v1.0,py3.12-flask-v2.0"
		flask13   = "py3.13-flask-v2.0,py3.13-flask-v3.0rc1"
	)
	for _, c := range []struct {
		name                        string
		workflow, flask, db, common string
		want                        []string
	}{
		{name: "of groups", want: []string{
			"web-1-py3.8 on ubuntu-24.04 for 30: web-1-py3.8=py3.8-flask-v1.0,py3.8-common",
			"web-1-py3.12 on ubuntu-24.04 for 30: web-1-py3.12=" + flask12 + " web-1-py3.12-serial=py3.12-db-v1.0",
			"web-1-py3.13 on ubuntu-24.04 for 30: web-1-py3.13=" + flask13 + ",py3.13-common web-1-py3.13-serial=py3.13-db-v1.0",
			"web-1-py3.13t on ubuntu-24.04 for 30: web-1-py3.13t=py3.13t-flask-v2.0,py3.13t-common",
			ai,
		}},
		{name: "of suites", workflow: "\n  rows: suite", want: []string{
			"web-1-flask-py3.8 on ubuntu-24.04 for 30: web-1-flask-py3.8=py3.8-flask-v1.0",
			"web-1-flask-py3.12 on ubuntu-24.04 for 30: web-1-flask-py3.12=" + flask12,
			"web-1-flask-py3.13 on ubuntu-24.04 for 30: web-1-flask-py3.13=" + flask13,
			"web-1-flask-py3.13t on ubuntu-24.04 for 30: web-1-flask-py3.13t=py3.13t-flask-v2.0",
			"web-1-common-py3.8 on ubuntu-24.04 for 30: web-1-common-py3.8=py3.8-common",
			"web-1-common-py3.13 on ubuntu-24.04 for 30: web-1-common-py3.13=py3.13-common",
			"web-1-common-py3.13t on ubuntu-24.04 for 30: web-1-common-py3.13t=py3.13t-common",
			"web-1-db-py3.12 on ubuntu-24.04 for 30: web-1-db-py3.12-serial=py3.12-db-v1.0",
			"web-1-db-py3.13 on ubuntu-24.04 for 30: web-1-db-py3.13-serial=py3.13-db-v1.0",
			"ai-openai-py3.12 on ubuntu-24.04 for 30: ai-openai-py3.12=py3.12-openai-v1.0",
		}},
		{name: "a runner", flask: ", runs-on: [self-hosted, gpu]", want: []string{
			common38, withDB12, withDB13, common13t,
			"web-1-flask-py3.8 on self-hosted+gpu for 30: web-1-flask-py3.8=py3.8-flask-v1.0",
			"web-1-flask-py3.12 on self-hosted+gpu for 30: web-1-flask-py3.12=" + flask12,
			"web-1-flask-py3.13 on self-hosted+gpu for 30: web-1-flask-py3.13=" + flask13,
			"web-1-flask-py3.13t on self-hosted+gpu for 30: web-1-flask-py3.13t=py3.13t-flask-v2.0",
			ai,
		}},
		{name: "a runner in rows of suites, and static ones", workflow: "\n  rows: suite", db: ", runs-on: big", common: ", timeout: 5", want: []string{
			"web-1-flask-py3.8 on ubuntu-24.04 for 30: web-1-flask-py3.8=py3.8-flask-v1.0",
			"web-1-flask-py3.12 on ubuntu-24.04 for 30: web-1-flask-py3.12=" + flask12,
			"web-1-flask-py3.13 on ubuntu-24.04 for 30: web-1-flask-py3.13=" + flask13,
			"web-1-flask-py3.13t on ubuntu-24.04 for 30: web-1-flask-py3.13t=py3.13t-flask-v2.0",
			"web-1-common-py3.8 on ubuntu-24.04 for 5: web-1-common-py3.8=py3.8-common",
			"web-1-common-py3.13 on ubuntu-24.04 for 5: web-1-common-py3.13=py3.13-common",
			"web-1-common-py3.13t on ubuntu-24.04 for 5: web-1-common-py3.13t=py3.13t-common",
			"web-1-db-py3.12 on big for 30: web-1-db-py3.12-serial=py3.12-db-v1.0",
			"web-1-db-py3.13 on big for 30: web-1-db-py3.13-serial=py3.13-db-v1.0",
			"ai-openai-py3.12 on ubuntu-24.04 for 30: ai-openai-py3.12=py3.12-openai-v1.0",
		}},
		{name: "the last suite of a Python", flask: ", timeout: 5", common: ", timeout: 6", want: []string{
			withDB12, "web-1-py3.13 on ubuntu-24.04 for 30: web-1-py3.13-serial=py3.13-db-v1.0",
			"web-1-flask-py3.8 on ubuntu-24.04 for 5: web-1-flask-py3.8=py3.8-flask-v1.0",
			"web-1-flask-py3.12 on ubuntu-24.04 for 5: web-1-flask-py3.12=" + flask12,
			"web-1-flask-py3.13 on ubuntu-24.04 for 5: web-1-flask-py3.13=" + flask13,
			"web-1-flask-py3.13t on ubuntu-24.04 for 5: web-1-flask-py3.13t=py3.13t-flask-v2.0",
			"web-1-common-py3.8 on ubuntu-24.04 for 6: web-1-common-py3.8=py3.8-common",
			"web-1-common-py3.13 on ubuntu-24.04 for 6: web-1-common-py3.13=py3.13-common",
			"web-1-common-py3.13t on ubuntu-24.04 for 6: web-1-common-py3.13t=py3.13t-common",
			ai,
		}},
		{name: "some may fail", flask: ", may-fail: {pythons: [py3.13, py3.13t], reason: new}", db: ", may-fail: {pythons: [py3.12], reason: old}", want: []string{
			"web-1-py3.8 on ubuntu-24.04 for 30: web-1-py3.8=py3.8-flask-v1.0,py3.8-common",
			"web-1-py3.12 on ubuntu-24.04 for 30: web-1-py3.12=" + flask12,
			withDB13, common13t,
			"web-1-flask-py3.13 on ubuntu-24.04 for 30, may fail: new: web-1-flask-py3.13=" + flask13,
			"web-1-flask-py3.13t on ubuntu-24.04 for 30, may fail: new: web-1-flask-py3.13t=py3.13t-flask-v2.0",
			"web-1-db-py3.12 on ubuntu-24.04 for 30, may fail: old: web-1-db-py3.12-serial=py3.12-db-v1.0",
			ai,
		}},
		{name: "all of its Pythons are its own, one may fail", common: ", runs-on: big, may-fail: {pythons: [py3.13]}", want: []string{
			"web-1-py3.8 on ubuntu-24.04 for 30: web-1-py3.8=py3.8-flask-v1.0",
			"web-1-py3.12 on ubuntu-24.04 for 30: web-1-py3.12=" + flask12 + " web-1-py3.12-serial=py3.12-db-v1.0",
			"web-1-py3.13 on ubuntu-24.04 for 30: web-1-py3.13=" + flask13 + " web-1-py3.13-serial=py3.13-db-v1.0",
			"web-1-py3.13t on ubuntu-24.04 for 30: web-1-py3.13t=py3.13t-flask-v2.0",
			"web-1-common-py3.8 on big for 30: web-1-common-py3.8=py3.8-common",
			"web-1-common-py3.13 on big for 30, may fail: : web-1-common-py3.13=py3.13-common",
			"web-1-common-py3.13t on big for 30: web-1-common-py3.13t=py3.13t-common",
			ai,
		}},
		{name: "a part in pull requests", workflow: "\n  pull-request-matrix: {}", want: []string{
			"web-1-py3.8 on ubuntu-24.04 for 30: web-1-py3.8=py3.8-flask-v1.0,py3.8-common",
			"web-1-py3.12 on ubuntu-24.04 for 30: web-1-py3.12-serial=py3.12-db-v1.0",
			"web-1-py3.12-rest on ubuntu-24.04 for 30: web-1-py3.12-rest=" + flask12,
			"web-1-py3.13 on ubuntu-24.04 for 30: web-1-py3.13=py3.13-flask-v2.0,py3.13-common web-1-py3.13-serial=py3.13-db-v1.0",
			"web-1-py3.13-rest on ubuntu-24.04 for 30: web-1-py3.13-rest=py3.13-flask-v3.0rc1",
			"web-1-py3.13t-rest on ubuntu-24.04 for 30: web-1-py3.13t-rest=py3.13t-flask-v2.0,py3.13t-common",
			ai,
		}},
		{name: "a part in pull requests, of suites", workflow: "\n  pull-request-matrix: {}", flask: ", timeout: 5", db: ", may-fail: {pythons: [py3.13]}", want: []string{
			common38, withDB12, "web-1-py3.13 on ubuntu-24.04 for 30: web-1-py3.13=py3.13-common",
			"web-1-py3.13t-rest on ubuntu-24.04 for 30: web-1-py3.13t-rest=py3.13t-common",
			"web-1-flask-py3.8 on ubuntu-24.04 for 5: web-1-flask-py3.8=py3.8-flask-v1.0",
			"web-1-flask-py3.12-rest on ubuntu-24.04 for 5: web-1-flask-py3.12-rest=" + flask12,
			"web-1-flask-py3.13 on ubuntu-24.04 for 5: web-1-flask-py3.13=py3.13-flask-v2.0",
			"web-1-flask-py3.13-rest on ubuntu-24.04 for 5: web-1-flask-py3.13-rest=py3.13-flask-v3.0rc1",
			"web-1-flask-py3.13t-rest on ubuntu-24.04 for 5: web-1-flask-py3.13t-rest=py3.13t-flask-v2.0",
			"web-1-db-py3.13-rest on ubuntu-24.04 for 30, may fail: : web-1-db-py3.13-rest-serial=py3.13-db-v1.0",
			ai,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := selectRows(t, c.workflow, c.flask, c.db, c.common)
			if diff := cmp.Diff(c.want, describe(m)); diff != "" {
				t.Errorf("rows (-want +got)\n%s", diff)
			}
			oneRowEach(t, m)
		})
	}
}

// TestEnds checks which environments represent a suite in pull requests.
func TestEnds(t *testing.T) {
	for _, c := range []struct {
		name string
		// picks are the releases with their Pythons, in ascending order.
		picks   string
		mayFail []string
		want    string
	}{
		{"one environment", "1.0: 3.12", nil, "py3.12-a-v1.0"},
		{"one release", "1.0: 3.8 3.12 3.13", nil, "py3.13-a-v1.0 py3.8-a-v1.0"},
		{"several releases", "1.0: 3.8 3.12, 2.0: 3.9 3.13, 3.0: 3.10 3.13 3.14", nil, "py3.14-a-v3.0 py3.8-a-v1.0"},
		{"no pre-release", "1.0: 3.8, 2.0: 3.9 3.13, 3.0rc1: 3.14", nil, "py3.13-a-v2.0 py3.8-a-v1.0"},
		{"only a pre-release", "3.0rc1: 3.13 3.14", nil, "py3.13-a-v3.0rc1 py3.14-a-v3.0rc1"},
		{"no free-threaded build", "1.0: 3.8, 2.0: 3.13 3.14 3.14t", nil, "py3.14-a-v2.0 py3.8-a-v1.0"},
		{"only a free-threaded build", "1.0: 3.14t", nil, "py3.14t-a-v1.0"},
		{"none that may fail", "1.0: 3.8 3.9, 2.0: 3.13 3.14 3.15", []string{"3.8", "3.15"}, "py3.14-a-v2.0 py3.9-a-v1.0"},
		{"a free-threaded build rather than one that may fail", "1.0: 3.8, 2.0: 3.14t 3.15", []string{"3.15"}, "py3.14t-a-v2.0 py3.8-a-v1.0"},
		{"all may fail", "1.0: 3.8 3.9", []string{"3.8", "3.9"}, "py3.8-a-v1.0 py3.9-a-v1.0"},
		{"nothing", "", nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &Suite{Name: "a", Own: config.OwnRows{MayFail: &config.MayFail{}}}
			for _, short := range c.mayFail {
				s.Own.MayFail.Pythons = append(s.Own.MayFail.Pythons, config.Interpreter{Short: short})
			}
			for pick := range strings.SplitSeq(c.picks, ", ") {
				version, pythons, _ := strings.Cut(pick, ": ")
				if version == "" {
					continue
				}
				p := Pick{Version: pep440.MustParse(version)}
				for short := range strings.FieldsSeq(pythons) {
					v, _, err := python.Parse(short)
					if err != nil {
						t.Fatal(err)
					}
					p.Pythons = append(p.Pythons, v)
				}
				s.Picks = append(s.Picks, p)
			}
			for i := range slices.Backward(s.Picks) {
				if !s.Picks[i].Version.IsPrerelease() {
					s.Picks[i].NewestStable = true
					break
				}
			}
			ends := s.ends()
			slices.Sort(ends)
			if got := strings.Join(slices.Compact(ends), " "); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestNeedlessMayFail checks that a Python on which a suite may fail, but is not tested, is needless.
func TestNeedlessMayFail(t *testing.T) {
	for _, c := range []struct{ name, flask, common, want string }{
		{"tested", "[py3.8, py3.13t]", "[py3.13]", ""},
		{"not tested", "[py3.8]", "[py3.12, py3.13]", `17:82: suite "common": ` + "`may-fail`" + ` names py3.12, where it has no environment: that changes nothing`},
		{"not declared", "[py3.8, py3.15]", "[py3.13]", ""}, // a warning of the configuration
	} {
		t.Run(c.name, func(t *testing.T) {
			text := fmt.Appendf(nil, rowsProject, "", ", may-fail: {pythons: "+c.flask+"}", "", ", may-fail: {pythons: "+c.common+"}")
			parsed, _ := config.Parse("toxgen.yaml", text)
			var got []string
			for _, f := range NeedlessMayFail(parsed, Select(parsed, nil, Before{Environments: rowsEnvironments}).Matrix) {
				got = append(got, fmt.Sprintf("%d:%d: %s", f.Line, f.Column, f.Message))
			}
			if text := strings.Join(got, "\n"); text != c.want {
				t.Errorf("got %q, want %q", text, c.want)
			}
		})
	}
	c, _ := config.Parse("toxgen.yaml", fmt.Appendf(nil, rowsProject, "", ", disabled: {}, may-fail: {pythons: [py3.8]}", "", ""))
	if got := NeedlessMayFail(c, Select(c, nil, Before{}).Matrix); len(got) > 0 {
		t.Errorf("of a disabled suite: %v", got)
	}
}

// oneRowEach checks that each environment is in exactly one row, and that each label stands for one list only.
func oneRowEach(t *testing.T, m *Matrix) {
	t.Helper()
	rows, labels := map[string]int{}, map[string]int{}
	for _, s := range m.Suites {
		labels[s.Name]++
	}
	for _, g := range m.Groups {
		for _, r := range g.Rows {
			labels[g.ParallelLabel(r)]++
			labels[g.SerialLabel(r)]++
			for _, e := range slices.Concat(r.Parallel, r.Serial) {
				rows[e.Name()]++
			}
		}
	}
	delete(labels, "") // of rows without environments of one kind
	for label, n := range labels {
		if n != 1 {
			t.Errorf("the label %s stands for %d lists", label, n)
		}
	}
	for _, e := range m.Environments() {
		if !e.Alias && rows[e.Name()] != 1 {
			t.Errorf("%s is in %d rows", e.Name(), rows[e.Name()])
		}
	}
}
