package initialize

import (
	"path"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/pep508"
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
	r.tellServices()
}

// proposeService takes a container.
func (r *reader) proposeService(surveyed workflow.SurveyedService) {
	s, usable := usableService(surveyed)
	if !usable {
		r.leave("the service %q of the workflows cannot be taken over", s.Name)
		return
	}
	r.p.Services = append(r.p.Services, s)
	for _, suite := range r.p.Asked() {
		if s.isFor(suite) || r.ini.haveBoth(s.Name, suite) {
			suite.Services = append(suite.Services, s.Name)
		}
	}
}

// tellServices says for which services no suite is known, and which images have no digest.
func (r *reader) tellServices() {
	var used, unused, unpinned []string
	for _, s := range r.p.Services {
		if slices.ContainsFunc(r.p.Asked(), func(suite *Suite) bool { return slices.Contains(suite.Services, s.Name) }) {
			used = append(used, s.Name)
		} else {
			unused = append(unused, s.Name)
		}
		if s.Unpinned {
			unpinned = append(unpinned, s.Name)
		}
	}
	if len(used) > 0 {
		r.guess("services from the workflows, for the suites that seem to need them: %s", strings.Join(used, ", "))
	}
	if len(unused) > 0 {
		r.leave("no suite is known to need these services: add them to the `services` of those that do: %s", strings.Join(unused, ", "))
	}
	if len(unpinned) > 0 {
		r.leave("the images of these services have no digest: add it, as in redis:7@sha256:…: %s", strings.Join(unpinned, ", "))
	}
}

// haveBoth reports whether the environments of a suite name a service by a factor, as in `postgres16-datastore_asyncpg-py313`.
func (h *handwritten) haveBoth(service string, suite *Suite) bool {
	if h == nil {
		return false
	}
	key := pep508.NormalizeName(service)
	return slices.ContainsFunc(h.environments, func(factors []string) bool {
		names := func(name string) bool {
			return slices.ContainsFunc(factors, func(factor string) bool {
				factor = pep508.NormalizeName(factor)
				return factor == name || withoutRelease(factor) == name
			})
		}
		return len(suite.searched) > 0 && key != suite.searched[0] && names(key) && names(suite.searched[0])
	})
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
