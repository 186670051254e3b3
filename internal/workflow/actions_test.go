package workflow

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/finding"
)

const (
	checkout7 = "3d3c42e5aac5ba805825da76410c181273ba90b1"
	java5     = "b6effb05e454b25005698d916606bdc6ffcbf961"
	other     = "0000000000000000000000000000000000000abc"
)

func byHand(name, uses string) File {
	return File{Path: ".github/workflows/" + name, Data: []byte("jobs:\n  a:\n    steps:\n      - uses: " + uses + "\n")}
}

func TestReadActions(t *testing.T) {
	tests := []struct {
		name   string
		byHand []File
		pins   map[string]string
		want   []string
	}{
		{name: "from a hand-written workflow", byHand: []File{byHand("ci.yml", "actions/checkout@"+checkout7+" # v7.0.1")},
			pins: map[string]string{"actions/checkout": checkout7 + " v7.0.1", "actions/setup-java": java5 + " v5.7.0"}},
		{name: "names have no case", byHand: []File{byHand("ci.yml", "Actions/Checkout@"+checkout7+" # v7.0.1")},
			pins: map[string]string{"actions/checkout": checkout7 + " v7.0.1"}},
		{name: "further comments", byHand: []File{byHand("ci.yml", "actions/checkout@"+checkout7+" #v7.0.1 # zizmor: ignore[x]")},
			pins: map[string]string{"actions/checkout": checkout7 + " v7.0.1"}},
		{name: "no pin", pins: map[string]string{"actions/checkout": "none"}},
		{name: "two workflows differ",
			byHand: []File{byHand("a.yml", "actions/checkout@"+checkout7+" # v7.0.1"), byHand("b.yml", "actions/checkout@"+other+" # v8")},
			pins:   map[string]string{"actions/checkout": checkout7 + " v7.0.1"},
			want: []string{`.github/workflows/b.yml:4:15: out of sync: action "actions/checkout" is pinned to ` + other +
				` here and to ` + checkout7 + ` in .github/workflows/a.yml:4, and generated workflows use it` +
				"\n  hint: pin both to the same commit, or write the pin of the generated workflows under workflow.actions"}},
		{name: "two workflows differ, and the configuration decides",
			byHand: []File{byHand("a.yml", "actions/setup-java@"+checkout7+" # v1.2.3"), byHand("b.yml", "actions/setup-java@"+other+" # v8")},
			pins:   map[string]string{"actions/setup-java": java5 + " v5.7.0"}},
		{name: "two workflows differ in an action that nothing generated uses",
			byHand: []File{byHand("a.yml", "some/action@"+checkout7+" # v1"), byHand("b.yml", "some/action@"+other+" # v2")},
			pins:   map[string]string{"some/action": "none"}},
		{name: "the configuration differs", byHand: []File{byHand("a.yml", "actions/setup-java@"+other+" # v6")},
			pins: map[string]string{"actions/setup-java": other + " v6"},
			want: []string{`toxgen.yaml:36:5: out of sync: action "actions/setup-java" is pinned to ` + java5 + ` here and to ` + other +
				` in .github/workflows/a.yml:4` + "\n  hint: remove it here: a hand-written workflow that uses the action holds its pin"}},
		{name: "the configuration repeats", byHand: []File{byHand("a.yml", "actions/setup-java@"+java5+" # v5.7.0")},
			pins: map[string]string{"actions/setup-java": java5 + " v5.7.0"},
			want: []string{`toxgen.yaml:36:5: warning: action "actions/setup-java" is also pinned in .github/workflows/a.yml:4` +
				"\n  hint: remove it here: a bot that updates the other pin would not update this one"}},
		{name: "a tag is not a pin", byHand: []File{byHand("a.yml", "actions/checkout@v7"), byHand("b.yml", "some/action@v1")},
			pins: map[string]string{"actions/checkout": "none"}},
		{name: "a tag beside a pin", byHand: []File{byHand("a.yml", "actions/checkout@v7"), byHand("b.yml", "actions/checkout@"+checkout7+" # v7.0.1")},
			pins: map[string]string{"actions/checkout": checkout7 + " v7.0.1"}},
		{name: "a tag, and the configuration decides", byHand: []File{byHand("a.yml", "actions/setup-java@v5")},
			pins: map[string]string{"actions/setup-java": java5 + " v5.7.0"}},
		{name: "no version comment", byHand: []File{byHand("a.yml", "actions/checkout@"+checkout7+" # zizmor: ignore[x]")},
			pins: map[string]string{"actions/checkout": checkout7 + " "}},
		{name: "a version comment elsewhere", byHand: []File{byHand("a.yml", "actions/checkout@"+checkout7), byHand("b.yml", "actions/checkout@"+checkout7+" # v7.0.1")},
			pins: map[string]string{"actions/checkout": checkout7 + " v7.0.1"}},
		{name: "the version in the configuration", byHand: []File{byHand("a.yml", "actions/setup-java@"+java5)},
			pins: map[string]string{"actions/setup-java": java5 + " v5.7.0"}},
		{name: "not actions", byHand: []File{byHand("a.yml", "./local@x"), byHand("b.yml", "docker://image@sha256:0"), byHand("c.yml", "[a]")}},
		{name: "an anchor", byHand: []File{{Path: "a.yml", Data: []byte(
			"x: &steps [{uses: actions/checkout@" + checkout7 + "}]\njobs: {a: {steps: *steps}}\n")}},
			pins: map[string]string{"actions/checkout": checkout7 + " "}},
		{name: "not YAML", byHand: []File{{Path: "a.yml", Data: []byte("a: [")}},
			want: []string{"a.yml: warning: cannot read the action pins of this workflow: yaml: line 1: did not find expected node content"}},
		{name: "empty", byHand: []File{{Path: "a.yml"}}},
	}
	c := load(t, "full").config
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			actions, findings := ReadActions(tt.byHand, c)
			if d := cmp.Diff(tt.want, texts(findings)); d != "" {
				t.Errorf("findings (-want +got):\n%s", d)
			}
			for action, want := range tt.pins {
				got := "none"
				if pin, found := actions.pin(action); found {
					got = pin.SHA + " " + pin.Version
				}
				if got != want {
					t.Errorf("%s is at %s, not %s", action, got, want)
				}
			}
		})
	}
}

// moved returns files as after a bot's commit that replaces an action's commit and version in each of them.
func moved(files []File, from, to string) []File {
	var all []File
	for _, f := range files {
		all = append(all, File{f.Path, []byte(strings.ReplaceAll(string(f.Data), from, to))})
	}
	return all
}

func TestBotMovesPinOfWorkflowByHand(t *testing.T) {
	const from, to = "actions/checkout@" + checkout7 + " # v7.0.1", "actions/checkout@" + other + " # v8.0.0"
	e := load(t, "full")
	owned := moved(e.render(t), from, to)
	actions, findings := ReadActions(moved([]File{ciByHand}, from, to), e.config)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	got, findings := Render(t.Context(), e.config, e.matrix, actions, embedded)
	findings = append(findings, MovedPins(owned, e.config, actions)...)
	if d := cmp.Diff(owned, got); d != "" || len(findings) > 0 {
		t.Errorf("the commit is not in sync: %v\n%s", findings, d)
	}
}

func TestBotMovesPinOfConfiguration(t *testing.T) {
	e := load(t, "full")
	owned := moved(e.render(t), "actions/setup-java@"+java5+" # v5.7.0", "actions/setup-java@"+other+" # v6.0.0")
	want := finding.List{{Severity: finding.OutOfSync, File: ".github/workflows/test-integrations-tasks.yml", Line: 49, Column: 15,
		Message: `action "actions/setup-java" is pinned to ` + other + ` (v6.0.0) here and to ` + java5 + ` (v5.7.0) in toxgen.yaml:36`,
		Hint:    "if a bot moved it, write `sha: " + other + ", version: v6.0.0` in toxgen.yaml:36; then run `mage workflows`"}}
	if d := cmp.Diff(want, MovedPins(owned, e.config, e.actions)); d != "" {
		t.Errorf("differs (-want +got):\n%s", d)
	}

	fixed := load(t, "full", replace(t, "actions/setup-java: {sha: "+java5+", version: v5.7.0}", "actions/setup-java: {sha: "+other+", version: v6.0.0}"))
	if d := cmp.Diff(owned, fixed.render(t)); d != "" {
		t.Errorf("the change in the hint does not fix it:\n%s", d)
	}
}

// TestCopyMovedAlone checks the finding if only a generated copy of a hand-written workflow's pin was edited.
func TestCopyMovedAlone(t *testing.T) {
	e := load(t, "full")
	owned := moved(e.render(t)[:1], checkout7+" # v7.0.1", other+" # v8")
	got := MovedPins(owned, e.config, e.actions)
	want := "only the pin in .github/workflows/ci.yml:7 is used: to move it, change it there; then run `mage workflows`"
	if len(got) != 1 || got[0].Hint != want || got[0].Severity != finding.OutOfSync {
		t.Errorf("got %v, want the hint %q", got, want)
	}
	if got := MovedPins(e.render(t), e.config, e.actions); len(got) > 0 {
		t.Errorf("nothing moved, got %v", got)
	}
}

func TestActionWithoutPin(t *testing.T) {
	e := load(t, "full", replace(t, "    actions/setup-java: {sha: "+java5+", version: v5.7.0}\n", ""))
	files, findings := Render(t.Context(), e.config, e.matrix, e.actions, embedded)
	want := []string{`toxgen.yaml:41:3: error: service "java": action "actions/setup-java" is pinned neither under workflow.actions nor in a hand-written workflow` +
		"\n  hint: add `actions/setup-java: {sha: …, version: …}` to workflow.actions"}
	if d := cmp.Diff(want, texts(findings)); d != "" || files != nil {
		t.Errorf("%d files (-want +got):\n%s", len(files), d)
	}
}
