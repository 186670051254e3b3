package config

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// A Needed is a service that a suite needs. In the file, the name may stand alone.
type Needed struct {
	Name
	// When selects the environments that need it.
	When When
}

// neededWhen is the form of a Needed that only some environments need.
type neededWhen struct {
	Pos
	Name Name `yaml:"name,required" doc:"The name of the service."`
	When When `yaml:"when,required" doc:"A specifier on the release, or a list of Pythons, as in requires."`
}

func (n *Needed) decodeNode(d *decoder, node *yaml.Node, _ rules, path string) {
	if node.Kind == yaml.ScalarNode {
		d.decodeInto(node, &n.Name, rules{}, path)
		return
	}
	var one neededWhen
	d.decodeInto(node, &one, rules{}, path)
	*n = Needed{one.Name, one.When}
}

func (*Needed) jsonSchema(b *schemaBuilder, _ rules) object {
	return object{"anyOf": []any{b.schema(reflect.TypeFor[Name](), rules{}), b.schema(reflect.TypeFor[neededWhen](), rules{})}}
}

// hostText matches what stands for the host name of a service in a value of set-env.
var hostText = regexp.MustCompile(`\{host:([^{}]*)\}`)

// hostVariable returns the variable from which tox takes the host name of a service.
func hostVariable(service string) string {
	return "TOXGEN_HOST_" + strings.ToUpper(strings.ReplaceAll(service, "-", "_"))
}

// Hosted returns rules in which the host names of services are tox's substitutions: of the variable that a row in a container
// sets, else `localhost`.
func Hosted(rules []EnvRule) []EnvRule {
	rules = slices.Clone(rules)
	for i := range rules {
		rules[i].Value = hostText.ReplaceAllStringFunc(rules[i].Value, func(text string) string {
			return "{env:" + hostVariable(hostText.FindStringSubmatch(text)[1]) + ":localhost}"
		})
	}
	return rules
}

// HostVariable returns the variable in which rows state the host name of a service, or "" if no suite uses it.
func (c *Config) HostVariable(service string) string {
	used := func(rules []EnvRule) bool {
		return slices.ContainsFunc(rules, func(r EnvRule) bool { return strings.Contains(r.Value, "{host:"+service+"}") })
	}
	if slices.ContainsFunc(c.Suites, func(e Entry[Suite]) bool { return used(e.Value.SetEnv) }) ||
		slices.ContainsFunc(c.Static, func(e Entry[Static]) bool { return used(e.Value.SetEnv) }) ||
		slices.ContainsFunc(c.allVariants(), func(e Entry[Variant]) bool { return used(e.Value.SetEnv) }) {
		return hostVariable(service)
	}
	return ""
}

// hosts reports values of set-env with the host name of a service that the suite does not need.
func (d *decoder) hosts(what string, rules []EnvRule, services []Needed) {
	for _, r := range rules {
		for _, m := range hostText.FindAllStringSubmatch(r.Value, -1) {
			if !slices.ContainsFunc(services, func(n Needed) bool { return n.Text == m[1] }) {
				var names []string
				for _, n := range services {
					names = append(names, n.Text)
				}
				d.failAt(r.Pos, Meant(m[1], names), "%s sets %s to the host of the service %s, which it does not need", what, r.Name, quoted(m[1]))
			}
		}
	}
}

// sameHostVariables reports two services whose names differ too little for variables of their own.
func (d *decoder) sameHostVariables(c *Config) {
	first := map[string]string{}
	for _, e := range c.Services {
		name := hostVariable(e.Key)
		if other, taken := first[name]; taken {
			d.failAt(e.Pos, "rename one of them", "the services %s and %s have names that are the same in variables", quoted(other), quoted(e.Key))
			continue
		}
		first[name] = fmt.Sprint(e.Key)
	}
}
