package workflow

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/matrix"
)

// TestServiceConflicts renders groups whose suites need services that cannot be in one row: celery and spark share rows of
// Python 3.10 and 3.14 on the runner.
func TestServiceConflicts(t *testing.T) {
	const hint = "\n  hint: put the suites into different groups, or change one of the services"
	// services returns an edit that gives two services to celery and spark.
	services := func(a, b string) func(string) string {
		return func(text string) string {
			text = strings.Replace(text, "services:\n", "services:\n  first: {"+a+"}\n  second: {"+b+"}\n", 1)
			text = strings.Replace(text, "services: [redis]", "services: [first]", 1)
			return strings.Replace(text, "services: [java, license]", "services: [second]", 1)
		}
	}
	const image = "image: \"x:1@sha256:9a8afca54e7861fd90fab5fdf4c42477a6b1cb7d293595148e674e0a3181de15\""
	port := func(p string) string { return image + `, ports: ["` + p + `"]` }
	variable := func(v string) string { return image + `, test-env: {PORT: "` + v + `"}` }
	conflict := func(what string) []string {
		return []string{`toxgen.yaml:63:5: error: group "Tasks": suite "celery" needs the service "first" and suite "spark" the service "second", and a row of both has only one ` +
			what + hint}
	}
	for _, test := range []struct {
		name, a, b string
		want       []string
	}{
		{"one port", port("27017:27017"), port("27017:27017"), conflict("port 27017 of the host")},
		{"one port of the host and others inside", port("27017:27017"), port("27017:80"), conflict("port 27017 of the host")},
		{"one port at an address", port("27017:27017"), port("127.0.0.1:27017:27017"), conflict("port 27017 of the host")},
		{"the protocol that is the default", port("53:53"), port("53:53/tcp"), conflict("port 53 of the host")},
		{"two protocols", port("53:53/udp"), port("53:53/tcp"), nil},
		{"two ports of the host", port("27017:27017"), port("27018:27017"), nil},
		{"ports that the host chooses", port("27017"), port("27017"), nil},
		{"two values", variable("1"), variable("2"), conflict("value of the variable PORT")},
		{"one value", variable("1"), variable("1"), nil},
		{"two host names", variable("{host}:1"), variable("{host}:2"), conflict("value of the variable PORT")},
		{"set-up steps", `run: "true", test-env: {PORT: "1"}`, `run: "true", test-env: {PORT: "2"}`, conflict("value of the variable PORT")},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := load(t, "full", services(test.a, test.b))
			_, findings := Render(t.Context(), e.config, e.matrix, e.actions, embedded)
			if d := cmp.Diff(test.want, texts(findings)); d != "" {
				t.Errorf("findings (-want +got):\n%s", d)
			}
		})
	}
	t.Run("rows of suites", func(t *testing.T) {
		e := load(t, "full", services(port("1:1"), port("1:1")), replace(t, "  triggers:\n", "  rows: suite\n  triggers:\n"))
		if _, findings := Render(t.Context(), e.config, e.matrix, e.actions, embedded); len(findings) > 0 {
			t.Error(findings)
		}
	})
	t.Run("no common row", func(t *testing.T) {
		e := load(t, "full", services(port("1:1"), port("1:1")), replace(t, "suites: [celery, redis, spark]}", "suites: [celery, redis]}\n  - {name: Other, suites: [spark]}"))
		if _, findings := Render(t.Context(), e.config, e.matrix, e.actions, embedded); len(findings) > 0 {
			t.Error(findings)
		}
	})
}

// TestContainersElsewhere: a runner of Windows or macOS starts no container, so that a suite which needs one cannot have a row
// there. A set-up step is no container.
func TestContainersElsewhere(t *testing.T) {
	e := load(t, "systems", replace(t, `services: [redis], python: "<3.13"}`, "services: [scratch, redis]}"))
	e.matrix = matrix.Select(e.config, nil, matrix.Before{Environments: []string{
		"py3.10-redis-v7.0", "py3.12-redis-v7.0", "py3.13-redis-v6.0", "py3.13-redis-v7.0", "py3.13-flask-v3.1"}}).Matrix
	files, findings := Render(t.Context(), e.config, e.matrix, e.actions, embedded)
	const hint = "\n  hint: leave the Python out of the suite, or set the service up by `uses` or `run`"
	want := []string{
		`toxgen.yaml:28:3: error: suite "redis" needs the container of the service "redis", and Python 3.10 is for macos, whose runners start no containers` + hint,
		`toxgen.yaml:28:3: error: suite "redis" needs the container of the service "redis", and Python 3.13 is for windows, whose runners start no containers` + hint,
	}
	if d := cmp.Diff(want, texts(findings)); d != "" || files != nil {
		t.Errorf("%d files, findings (-want +got):\n%s", len(files), d)
	}
}
