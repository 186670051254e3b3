package workflow

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/config"
	"toxgen/internal/reference"
)

// A customManager is a rule of Renovate that finds pins by regular expressions, whose syntax Go shares.
type customManager struct {
	ManagerFilePatterns, MatchStrings []string
	DatasourceTemplate                string
	DepTypeTemplate                   string
}

// customManagers returns the rules of this repository.
func customManagers(t *testing.T) []customManager {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", ".github", "renovate.json"))
	if err != nil {
		t.Fatal(err)
	}
	var settings struct{ CustomManagers []customManager }
	if err := json.Unmarshal(data, &settings); err != nil {
		t.Fatal(err)
	}
	return settings.CustomManagers
}

// found returns what a rule finds in a text: its type of dependency, and its groups depName, currentValue and
// currentDigest. With move, it also returns the text with another digest and value in their places.
func (m customManager) found(t *testing.T, text string, move func(group, old string) string) (pins []string, after string) {
	t.Helper()
	for _, expression := range m.MatchStrings {
		r, err := regexp.Compile(expression)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range r.FindAllStringSubmatch(text, -1) {
			part := func(group string) string {
				if i := r.SubexpIndex(group); i >= 0 {
					return match[i]
				}
				return ""
			}
			pins = append(pins, strings.Join([]string{m.DepTypeTemplate, part("depName"), part("currentValue"), part("currentDigest")}, " "))
			moved := match[0]
			for _, group := range []string{"currentValue", "currentDigest"} {
				if old := part(group); old != "" {
					moved = strings.Replace(moved, old, move(group, old), 1)
				}
			}
			text = strings.Replace(text, match[0], moved, 1)
		}
	}
	return pins, text
}

// pinsOf returns the pins that stand in a configuration alone, in the form of found.
func pinsOf(c *config.Config) []string {
	var all []string
	image := func(kind, text string) {
		name, digest, _ := strings.Cut(text, "@")
		name, tag, _ := strings.Cut(name, ":")
		all = append(all, strings.Join([]string{kind, name, tag, digest}, " "))
	}
	for _, e := range c.Workflow.Actions {
		all = append(all, strings.Join([]string{"action", e.Key, e.Value.Version, e.Value.SHA}, " "))
	}
	for _, p := range c.Pythons {
		if p.Container != "" {
			image("python", p.Container)
		}
	}
	for _, e := range c.Services {
		if e.Value.Image != "" {
			image("service", e.Value.Image)
		}
	}
	tools := c.Workflow.Tools
	for name, v := range map[string]config.Version{"uv": tools.UV, "tox": tools.Tox, "tox-uv": *tools.ToxUV, "coverage": *tools.Coverage} {
		all = append(all, strings.Join([]string{"tool", name, v.String(), ""}, " "))
	}
	slices.Sort(all)
	return all
}

// TestRenovate checks that the rules of Renovate find each pin that stands in toxgen.yaml alone, once and nothing else,
// and that what they write is what toxgen reads.
func TestRenovate(t *testing.T) {
	move := func(group, old string) string {
		if group == "currentValue" {
			return old + "9"
		}
		return old[:len(old)-6] + "abcdef"
	}
	text := string(reference.Files()[config.FileName])
	var got []string
	after := text
	for _, m := range customManagers(t) {
		for _, pattern := range m.ManagerFilePatterns {
			file := regexp.MustCompile(strings.Trim(pattern, "/"))
			if !file.MatchString(config.FileName) || file.MatchString("testdata/"+config.FileName) || file.MatchString(config.FileName+".bak") {
				t.Errorf("%s does not match the configuration alone", pattern)
			}
		}
		if m.DatasourceTemplate == "" {
			t.Errorf("the rule for %s has no source of versions", m.DepTypeTemplate)
		}
		var pins []string
		pins, after = m.found(t, after, move)
		got = append(got, pins...)
	}
	slices.Sort(got)
	before, _ := config.Parse(config.FileName, []byte(text))
	if d := cmp.Diff(pinsOf(before), got); d != "" {
		t.Errorf("found pins (-want +got):\n%s", d)
	}
	c, findings := config.Parse(config.FileName, []byte(after))
	if c == nil || len(findings) > 0 {
		t.Fatal(findings)
	}
	var want []string
	for _, pin := range got {
		parts := strings.Split(pin, " ")
		parts[2] = move("currentValue", parts[2])
		if parts[3] != "" {
			parts[3] = move("currentDigest", parts[3])
		}
		want = append(want, strings.Join(parts, " "))
	}
	slices.Sort(want)
	if d := cmp.Diff(want, pinsOf(c)); d != "" {
		t.Errorf("moved pins (-want +got):\n%s", d)
	}
}
