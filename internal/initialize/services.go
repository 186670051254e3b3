package initialize

import (
	"maps"
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

// maximumServices is how many services are proposed.
const maximumServices = 100

// proposeServices takes the containers of the workflows, and decides which suites need them: those whose environments name a service, or
// else those that follow a client of it.
func (r *reader) proposeServices() {
	r.takeServices()
	named := r.ini.factorsByService(r.p.Services)
	for _, suite := range r.p.Asked() {
		for _, s := range r.p.Services {
			if suite.isNamedIn(named[s.Name]) {
				r.giveService(suite, s)
			}
		}
		for _, s := range r.p.Services {
			if len(suite.Services) == 0 && s.isFor(suite) {
				r.giveService(suite, s)
			}
		}
	}
	r.sameVariables()
	r.tellServices()
}

// takeServices takes the containers of the workflows that toxgen.yaml can state.
func (r *reader) takeServices() {
	for _, survey := range r.surveys {
		for _, surveyed := range survey.Services {
			s, usable := usableService(surveyed)
			switch {
			case slices.ContainsFunc(r.p.Services, func(o Service) bool { return o.Name == s.Name }):
			case !usable:
				r.leave("the service %q of the workflows cannot be taken over", s.Name)
			case len(r.p.Services) == maximumServices:
				r.leave("the workflows have more than %d services: the others, from %s on, are not taken over", maximumServices, s.Name)
				return
			default:
				r.p.Services = append(r.p.Services, s)
			}
		}
	}
}

// factorsByService returns for each service the normalised factors, with and without a release, of the environments that name it, as in
// `postgres16-datastore_asyncpg-py313`.
func (h *handwritten) factorsByService(services []Service) map[string]map[string]bool {
	named := map[string]map[string]bool{}
	if h == nil || len(services) == 0 {
		return named
	}
	for _, factors := range h.environments {
		here := map[string]bool{}
		for _, factor := range factors {
			factor = pep508.NormalizeName(factor)
			here[factor], here[withoutRelease(factor)] = true, true
		}
		for _, s := range services {
			name := pep508.NormalizeName(s.Name)
			if !here[name] {
				continue
			}
			if named[s.Name] == nil {
				named[s.Name] = map[string]bool{}
			}
			for factor := range here {
				named[s.Name][factor] = named[s.Name][factor] || factor != name
			}
		}
	}
	return named
}

// isNamedIn reports whether a suite is named by one of some factors.
func (s *Suite) isNamedIn(factors map[string]bool) bool {
	return len(s.searched) > 0 && factors[s.searched[0]]
}

// giveService adds a service to a suite, unless the suite has one that publishes the same port.
func (r *reader) giveService(suite *Suite, s Service) {
	for _, name := range suite.Services {
		if other := r.p.service(name); other.sharesPort(&s) {
			r.leave("suite %s seems to need the services %s and %s, which publish the same port: it has %s", suite.Name, name, s.Name, name)
			return
		}
	}
	suite.Services = append(suite.Services, s.Name)
}

// service returns the service of a name.
func (p *Proposal) service(name string) *Service {
	return &p.Services[slices.IndexFunc(p.Services, func(s Service) bool { return s.Name == name })]
}

// sharesPort reports whether two services publish the same port of the host, so that they cannot be in one row.
func (s *Service) sharesPort(other *Service) bool {
	return s.Name != other.Name && slices.ContainsFunc(s.HostPorts(), func(port string) bool { return slices.Contains(other.HostPorts(), port) })
}

// isUsed reports whether a suite has a service.
func (p *Proposal) isUsed(name string) bool {
	return slices.ContainsFunc(p.Asked(), func(suite *Suite) bool { return slices.Contains(suite.Services, name) })
}

// sameVariables removes the variables of the tests to which several services that suites have give different values.
func (r *reader) sameVariables() {
	values, of := map[string]string{}, map[string]string{}
	for _, s := range r.p.Services {
		if !r.p.isUsed(s.Name) {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(s.TestEnv)) {
			if other, found := values[name]; found && other != s.TestEnv[name] {
				delete(s.TestEnv, name)
				r.leave("the services %s and %s give %s different values: write that of %s under `set-env` of the suites that need it", of[name], s.Name, name, s.Name)
			} else if !found {
				values[name], of[name] = s.TestEnv[name], s.Name
			}
		}
	}
}

// tellServices notes which services suites have, which no suite is known to need, and which images have no digest.
func (r *reader) tellServices() {
	var used, unused, unpinned []string
	for _, s := range r.p.Services {
		if r.p.isUsed(s.Name) {
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

// isFor reports whether a suite follows a client of the service.
func (s *Service) isFor(suite *Suite) bool {
	image := nameOfImage(s.Image)
	return suite.Package == s.Name || suite.Name == s.Name || slices.Contains(clients[image], suite.Package) || slices.Contains(clients[s.Name], suite.Package)
}

// usableService returns a service without what toxgen.yaml cannot state, such as an expression. It reports whether toxgen.yaml can
// state the rest.
func usableService(s workflow.SurveyedService) (Service, bool) {
	s.Ports = slices.DeleteFunc(compact(s.Ports), func(port string) bool { return !config.Accepts("port", port) })
	s.Env = accepted(s.Env, "container", "line")
	s.TestEnv = accepted(s.TestEnv, "setting", "line")
	maps.DeleteFunc(s.TestEnv, func(name, value string) bool { return !concerns(name, value, s) })
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

// concerns reports whether a variable of a job tells where a service answers or who may use it: it names the service or its image, or the
// machine.
func concerns(name, value string, s workflow.SurveyedService) bool {
	text := strings.ToLower(name + " " + value)
	return slices.ContainsFunc([]string{"localhost", "127.0.0.1", withoutRelease(s.Name), nameOfImage(s.Image)}, func(word string) bool {
		return strings.Contains(text, strings.ToLower(word))
	})
}

// nameOfImage returns the name of an image: `postgres` of ghcr.io/x/postgres:18@sha256:….
func nameOfImage(image string) string {
	name, _, _ := strings.Cut(path.Base(image), "@")
	name, _, _ = strings.Cut(name, ":")
	return name
}
