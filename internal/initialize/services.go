package initialize

import (
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

// proposeService takes a container.
func (r *reader) proposeService(surveyed workflow.SurveyedService) {
	s, usable := usableService(surveyed)
	if !usable {
		r.leave("the service %q of the workflows cannot be taken over", s.Name)
		return
	}
	r.p.Services = append(r.p.Services, s)
	used := false
	for _, suite := range r.p.Asked() {
		if s.isFor(suite) {
			suite.Services, used = append(suite.Services, s.Name), true
		}
	}
	if used {
		r.guess("service %s from the workflows, for the suites whose clients need it", s.Name)
	} else {
		r.leave("no suite is known to need the service %s: add it to the `services` of those that do", s.Name)
	}
	if s.Unpinned {
		r.leave("the image of the service %s has no digest: add it, as in %s@sha256:…", s.Name, s.Image)
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
