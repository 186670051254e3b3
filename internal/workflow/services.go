package workflow

import (
	"fmt"
	"slices"
	"strings"

	"toxgen/internal/matrix"
	"toxgen/internal/python"
)

// A demand is something that only one service of a row can have: a port of the host, or the value of a variable.
type demand struct {
	// what describes it in messages.
	what string
	// value is what it demands. Two demands with equal values can be met together.
	value string
	by    *matrix.Suite
	of    string
}

// serviceConflicts reports services that cannot be in one row: two that publish the same port of the host, and two that
// set a variable of the tests to different values. Each pair is one finding, whatever the number of its rows.
func (r *renderer) serviceConflicts(g *matrix.Group, jobs []Job) {
	reported := map[string]bool{}
	for _, job := range jobs {
		for _, row := range job.rows {
			first := map[string]demand{}
			for _, d := range demands(row, job) {
				other, taken := first[d.what]
				if !taken {
					first[d.what] = d
					continue
				}
				key := fmt.Sprintln(d.what, other.of, d.of)
				if other.of == d.of || other.value == d.value || reported[key] {
					continue
				}
				reported[key] = true
				hint := "put the suites into different groups, or change one of the services"
				if other.by == d.by {
					hint = "change one of the services; where a variable differs, take it out of `test-env` and write it in `set-env` of the suite, with {host:NAME}"
				}
				r.fail(g.Pos, hint,
					"group %q: suite %q needs the service %q and suite %q the service %q, and a row of both has only one %s",
					g.Name, other.by.Name, other.of, d.by.Name, d.of, d.what)
			}
		}
	}
}

// containersElsewhere reports suites that need a container in a row whose runner starts none.
func (r *renderer) containersElsewhere(g *matrix.Group) {
	for _, row := range g.Rows {
		system := r.config.Target(row.Python).Platform.System
		if system == python.Linux {
			continue
		}
		reported := map[*matrix.Suite]bool{}
		for _, e := range slices.Concat(row.Parallel, row.Serial) {
			for _, name := range e.Services() {
				if r.config.Services.Get(name).Image != "" && !reported[e.Suite] {
					reported[e.Suite] = true
					r.fail(e.Suite.Pos, "leave the Python out of the suite, or set the service up by `uses` or `run`",
						"suite %q needs the container of the service %q, and Python %s is for %s, whose runners start no containers",
						e.Suite.Name, name, row.Python.Short(), system)
				}
			}
		}
	}
}

// demands returns what the services of a row need in a job, in the order of the suites.
func demands(row matrix.Row, job Job) []demand {
	var all []demand
	for _, e := range slices.Concat(row.Parallel, row.Serial) {
		for _, name := range e.Services() {
			i := slices.IndexFunc(job.Services, func(s Service) bool { return s.Name == name })
			if i < 0 {
				continue
			}
			s := job.Services[i]
			for _, host := range hostPorts(s.Ports) {
				all = append(all, demand{"port " + host + " of the host", s.Name, e.Suite, s.Name})
			}
			for _, v := range s.TestEnv {
				all = append(all, demand{fmt.Sprintf("value of the variable %s", v.Key), v.Value, e.Suite, s.Name})
			}
		}
	}
	return all
}

// hostPorts returns the ports of the host that a container publishes.
func hostPorts(ports []string) (hosts []string) {
	for _, port := range ports {
		if host := hostPort(port); host != "" {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

// hostPort returns the port of the host, and its protocol if that is not TCP, that a container publishes. It is empty if
// the host chooses the port.
func hostPort(port string) string {
	port, protocol, _ := strings.Cut(port, "/")
	parts := strings.Split(port, ":") // an address, which does not matter, the host's port, the container's
	if len(parts) < 2 {
		return ""
	}
	host := parts[len(parts)-2]
	if protocol == "udp" {
		host += "/udp"
	}
	return host
}
