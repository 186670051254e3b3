package pipeline

import (
	"strings"
	"testing"

	"toxgen/internal/config"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
)

// TestNearestPins: the pins of an environment, else those of the nearest older release on its Python, else of a newer one.
func TestNearestPins(t *testing.T) {
	c, findings := config.Parse("toxgen.yaml", []byte(bisectable))
	if c == nil {
		t.Fatal(findings)
	}
	for _, test := range []struct{ name, had, environment, want string }{
		{"its own", "py3.12-app-v1 py3.12-app-v2 py3.12-app-v3", "py3.12-app-v2", "2"},
		{"the next older one", "py3.12-app-v1 py3.12-app-v2 py3.12-app-v4", "py3.12-app-v3", "2"},
		{"the next newer one", "py3.12-app-v4 py3.12-app-v5", "py3.12-app-v3", "4"},
		{"never of another Python", "py3.8-app-v2 py3.12-app-v5", "py3.12-app-v3", "5"},
		{"never of another suite", "py3.12-tool", "py3.12-app-v3", ""},
		{"a static suite", "py3.12-tool py3.8-tool", "py3.12-tool", "py3.12-tool"},
		{"a static suite on another Python", "py3.8-tool", "py3.12-tool", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := lock.Lock{Environments: map[string]lock.Pins{}}
			for name := range strings.FieldsSeq(test.had) {
				l.Environments[name] = lock.Pins{"of-" + name: pep440.MustParse("1")}
			}
			m := matrix.Select(c, nil, matrix.Before{Environments: []string{test.environment}}).Matrix
			for _, e := range m.Environments() {
				if e.Name() != test.environment {
					continue
				}
				got := ""
				_, pins := nearestPins(l, matrix.Picks(c, l.Names())[e.Suite.Name], e)
				for name, v := range pins {
					if name == "app" {
						got = v.String()
					} else if e.Pick.IsStatic() {
						got = strings.TrimPrefix(name, "of-")
					}
				}
				if got != test.want {
					t.Errorf("got those of %q, want %q", got, test.want)
				}
				return
			}
			t.Fatalf("no such environment: %v", matrix.Names(m.Environments()))
		})
	}
}

// TestRecall checks which file goes on with an interrupted search.
func TestRecall(t *testing.T) {
	for _, test := range []struct {
		name, data string
		want       bool
	}{
		{"the same question", `{"format":3,"question":"q","runs":{}}`, true},
		{"another question", `{"format":3,"question":"r","runs":{}}`, false},
		{"a newer format", `{"format":4,"question":"q","runs":{}}`, false},
		{"an older format", `{"format":2,"question":"q","runs":{}}`, false},
		{"the oldest format", `{"question":"q","runs":{}}`, false},
		{"a newer kind of run", `{"format":4,"question":"q","runs":{"k":1}}`, false},
		{"no runs", `{"format":3,"question":"q"}`, false},
		{"cut short", `{"format":3,"question":"q","runs":{`, false},
		{"nothing", "", false},
	} {
		if m, got := recall([]byte(test.data), "q"); got != test.want || got && m.Runs == nil {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// bisectable is a configuration with a suite of each kind.
const bisectable = `project: {name: my-sdk}
pythons: [{version: "3.8", patch: 20}, {version: "3.12", patch: 13}]
platform: {system: linux, machine: x86_64, libc: glibc-2.28}
suites: {app: {package: app, test-path: tests}}
static: {tool: {pythons: [py3.8, py3.12], test-path: tests}}
testenv: {commands: [pytest]}
`
