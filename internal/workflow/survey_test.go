package workflow

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadSurvey(t *testing.T) {
	const text = `
name: Tests
on: {push: {branches: [master, "release/*"]}}
jobs:
  a:
    strategy:
      matrix:
        python-version: ["3.9", "3.14t", pypy3.10, "${{ x }}"]
        os: ["3.8"]
        include: [{py: "3.12"}, {os: "3.7"}]
    env: {REDIS_HOST: localhost, TOKEN: "${{ secrets.T }}"}
    services:
      redis: {image: "redis:7", ports: ["6379:6379"], env: {A: b}}
      other: {image: "${{ matrix.image }}"}
      short: postgres:16
    steps:
      - uses: actions/checkout@0123456789abcdef0123456789abcdef01234567 # v9
      - uses: actions/cache@v4
      - uses: ./local
      - run: x
        env: {MORE: "1"}
        with: {python-version: "3.6"}
`
	got, err := ReadSurvey(File{Path: "w.yml", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	tested := map[string]string{"REDIS_HOST": "localhost", "MORE": "1"}
	want := &Survey{
		Name: "Tests", Branches: []string{"master", "release/*"}, Pythons: []string{"3.9", "3.14t", "3.12"},
		Pinned:   map[string]Pin{"actions/checkout": {SHA: "0123456789abcdef0123456789abcdef01234567", Version: "v9", File: "w.yml", Line: 17, Column: 15}},
		Unpinned: []string{"actions/cache"},
		Services: []SurveyedService{
			{Name: "redis", Image: "redis:7", Ports: []string{"6379:6379"}, Env: map[string]string{"A": "b"}, TestEnv: tested},
			{Name: "short", Image: "postgres:16", Env: map[string]string{}, TestEnv: tested},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// FuzzReadSurvey checks that what is no workflow of GitHub's is read without a panic, and that services are named by one name each.
func FuzzReadSurvey(f *testing.F) {
	for _, text := range []string{"", "a", "jobs: [1]", "jobs: {a: {services: {b: c}, strategy: {matrix: {python: [3.10]}}}}", "a: &a [*a]", "on: push", "jobs: {a: &x {steps: [*x]}}", "jobs: {a: {steps: [{uses: a/b@c}, 1, [2]]}}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ReadSurvey(File{Path: "w.yml", Data: []byte(text)})
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, one := range s.Services {
			if seen[one.Name] || one.Image == "" {
				t.Errorf("%q: service %q twice or without an image", text, one.Name)
			}
			seen[one.Name] = true
		}
	})
}
