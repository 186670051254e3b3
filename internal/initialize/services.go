package initialize

import (
	"maps"
	"path"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/workflow"
)

// clients are the projects whose tests usually need a service, by the name of its image.
var clients = map[string][]string{
	"postgres":      {"psycopg", "psycopg2", "psycopg2-binary", "asyncpg", "pg8000", "aiopg"},
	"mysql":         {"pymysql", "mysqlclient", "mysql-connector-python", "aiomysql", "asyncmy"},
	"mariadb":       {"mariadb", "pymysql", "mysqlclient"},
	"redis":         {"redis", "rq", "aioredis", "arq", "huey"},
	"valkey":        {"valkey", "redis"},
	"mongo":         {"pymongo", "motor"},
	"rabbitmq":      {"pika", "aio-pika", "kombu"},
	"memcached":     {"pymemcache", "pylibmc", "python-memcached"},
	"elasticsearch": {"elasticsearch"},
	"cassandra":     {"cassandra-driver", "scylla-driver"},
	"kafka":         {"kafka-python", "confluent-kafka", "aiokafka"},
	"clickhouse":    {"clickhouse-driver", "clickhouse-connect"},
}

// proposeServices takes the containers of the workflows, and decides which suites need them.
func (r *reader) proposeServices() {
	for _, survey := range r.surveys {
		for _, s := range survey.Services {
			if !slices.ContainsFunc(r.p.Services, func(o Service) bool { return o.Name == s.Name }) {
				r.proposeService(s)
			}
		}
	}
}

// proposeService takes a container. Suites get it unless it cannot be in one row with those that they have, since suites share rows.
func (r *reader) proposeService(surveyed workflow.SurveyedService) {
	s, usable := usableService(surveyed)
	if !usable {
		r.leave("the service %q of the workflows cannot be taken over", s.Name)
		return
	}
	var suites []*Suite
	for _, suite := range r.p.Asked() {
		if s.isFor(suite) {
			suites = append(suites, suite)
		}
	}
	other, port := r.samePort(&s)
	switch {
	case len(suites) == 0:
		r.leave("no suite is known to need the service %s: add it to the `services` of those that do", s.Name)
	case port != "":
		r.leave("the services %s and %s publish the same port %s, so no suite has %s: give it another port, or the suites that need it a group of their own", other, s.Name, port, s.Name)
	default:
		r.guess("service %s from the workflows, for the suites whose clients need it", s.Name)
		for _, suite := range suites {
			suite.Services = append(suite.Services, s.Name)
		}
		r.withoutVariables(&s)
	}
	if s.Unpinned {
		r.leave("the image of the service %s has no digest: add it, as in %s@sha256:…", s.Name, s.Image)
	}
	r.p.Services = append(r.p.Services, s)
}

// assigned returns the services that suites have.
func (r *reader) assigned() []Service {
	return slices.DeleteFunc(slices.Clone(r.p.Services), func(s Service) bool {
		return !slices.ContainsFunc(r.p.Asked(), func(suite *Suite) bool { return slices.Contains(suite.Services, s.Name) })
	})
}

// samePort returns a service that suites have and a port of the host that it publishes as another one does, or "".
func (r *reader) samePort(s *Service) (name, port string) {
	for _, other := range r.assigned() {
		for _, port := range other.HostPorts() {
			if slices.Contains(s.HostPorts(), port) {
				return other.Name, port
			}
		}
	}
	return "", ""
}

// withoutVariables removes the variables of the tests to which the services that suites have give other values.
func (r *reader) withoutVariables(s *Service) {
	for _, other := range r.assigned() {
		for _, name := range slices.Sorted(maps.Keys(s.TestEnv)) {
			if value, found := other.TestEnv[name]; found && value != s.TestEnv[name] {
				delete(s.TestEnv, name)
				r.leave("the services %s and %s give %s different values: write that of %s under `set-env` of the suites that need it", other.Name, s.Name, name, s.Name)
			}
		}
	}
}

// isFor reports whether a suite follows a client of the service.
func (s *Service) isFor(suite *Suite) bool {
	image, _, _ := strings.Cut(path.Base(s.Image), "@")
	image, _, _ = strings.Cut(image, ":")
	return suite.Package == s.Name || suite.Name == s.Name || slices.Contains(clients[image], suite.Package) || slices.Contains(clients[s.Name], suite.Package)
}

// usableService returns a service without what toxgen.yaml cannot state, such as an expression. It reports whether toxgen.yaml can
// state the rest.
func usableService(s workflow.SurveyedService) (Service, bool) {
	s.Ports = slices.DeleteFunc(compact(s.Ports), func(port string) bool { return !config.Accepts("port", port) })
	s.Env = accepted(s.Env, "container", "line")
	s.TestEnv = accepted(s.TestEnv, "setting", "line")
	if strings.Contains(s.Options, "${{") || !config.Accepts("line", strings.Join(strings.Fields(s.Options), " ")) {
		s.Options = ""
	}
	return Service{s, !strings.Contains(s.Image, "@sha256:")}, config.Accepts("service", s.Name) && config.Accepts("image", s.Image)
}

// accepted returns the entries whose keys and values are of some kinds. A value with braces would be a substitution of tox.
func accepted(m map[string]string, keys, values string) map[string]string {
	all := map[string]string{}
	for name, text := range m {
		if config.Accepts(keys, name) && config.Accepts(values, text) && !strings.ContainsAny(text, "{}#\\") {
			all[name] = text
		}
	}
	return all
}
