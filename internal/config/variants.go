package config

import (
	"fmt"
	"reflect"
	"slices"

	"gopkg.in/yaml.v3"
)

// Variants are the variants of a suite, each of which is tested like a suite of its own: `flask` with the variant `wrapt1` is
// `flask-wrapt1`.
type Variants struct {
	// Stated is set if the suite says which variants it has, which may be none.
	Stated bool
	List   Map[Variant]
}

// A Variant is what distinguishes one variant of a suite.
type Variant struct {
	Pos
	Requires []Requirement `yaml:"requires" doc:"Requirements of its environments."`
	SetEnv   []EnvRule     `yaml:"set-env" doc:"Environment variables of its environments."`
	Hold     []Hold        `yaml:"hold" doc:"Releases that are not tested in this variant."`
}

func (v *Variants) decodeNode(d *decoder, n *yaml.Node, r rules, path string) {
	v.Stated = true
	if n.Kind != yaml.ScalarNode {
		v.List.decodeNode(d, n, rules{keys: kindOf("suite")}, path)
		return
	}
	var word string
	d.decodeInto(n, &word, rules{enum: []string{"none"}}, path)
}

func (*Variants) jsonSchema(b *schemaBuilder, _ rules) object {
	return object{"anyOf": []any{
		object{"type": "string", "enum": []string{"none"}},
		b.schema(reflect.TypeFor[Map[Variant]](), rules{keys: kindOf("suite")}),
	}}
}

// variants returns the variants of a suite: its own, or those of testenv.
func (c *Config) variants(own Variants) Map[Variant] {
	if own.Stated {
		return own.List
	}
	return c.Testenv.Variants.List
}

// allVariants returns the variants that are written anywhere.
func (c *Config) allVariants() Map[Variant] {
	all := slices.Clone(c.Testenv.Variants.List)
	for _, e := range c.Suites {
		all = append(all, e.Value.Variants.List...)
	}
	for _, e := range c.Static {
		all = append(all, e.Value.Variants.List...)
	}
	return all
}

// variantName returns the name of a variant of a suite.
func variantName(suite, variant string) string { return suite + "-" + variant }

// placeOf returns where findings about a variant of a suite point to: to the suite, if the variant is one of testenv.
func placeOf(variant, suite Pos, own Variants) Pos {
	if own.Stated {
		return variant
	}
	return suite
}

// Variations returns the suites that follow a project, with a suite for each variant in place of those that have some.
func (c *Config) Variations() []Entry[Suite] {
	var all []Entry[Suite]
	for _, e := range c.Suites {
		variants := c.variants(e.Value.Variants)
		if len(variants) == 0 {
			all = append(all, e)
		}
		for _, v := range variants {
			one := Entry[Suite]{Pos: placeOf(v.Pos, e.Pos, e.Value.Variants), Key: variantName(e.Key, v.Key), Value: e.Value}
			one.Value.Base = e.Key
			one.Value.Requires = slices.Concat(e.Value.Requires, v.Value.rules())
			one.Value.SetEnv = slices.Concat(e.Value.SetEnv, v.Value.SetEnv)
			one.Value.Hold = slices.Concat(e.Value.Hold, v.Value.Hold)
			all = append(all, one)
		}
	}
	return all
}

// StaticVariations does the same for static suites. One that does not install the SDK has only variants of its own.
func (c *Config) StaticVariations() []Entry[Static] {
	var all []Entry[Static]
	for _, e := range c.Static {
		variants := c.variants(e.Value.Variants)
		if len(variants) == 0 || e.Value.SkipInstall && !e.Value.Variants.Stated {
			all = append(all, e)
			continue
		}
		for _, v := range variants {
			one := Entry[Static]{Pos: placeOf(v.Pos, e.Pos, e.Value.Variants), Key: variantName(e.Key, v.Key), Value: e.Value}
			one.Value.Base = e.Key
			one.Value.Requires = slices.Concat(e.Value.Requires, v.Value.rules())
			one.Value.SetEnv = slices.Concat(e.Value.SetEnv, v.Value.SetEnv)
			all = append(all, one)
		}
	}
	return all
}

// rules returns the requirements of a variant as rules.
func (v *Variant) rules() []Rule {
	if len(v.Requires) == 0 {
		return nil
	}
	return []Rule{{Pos: v.Pos, Add: v.Requires}}
}

// Suite returns the suite that follows a project and has a name, which may be that of a variant, or nil if there is none.
func (c *Config) Suite(name string) *Suite {
	for _, e := range c.Variations() {
		if e.Key == name {
			return &e.Value
		}
	}
	return c.Suites.Get(name)
}

// checkVariants reports variants whose names cannot be used, and what static suites cannot have.
func (d *decoder) checkVariants(c *Config) {
	names := map[string]Pos{}
	for _, n := range d.suiteNames(c) {
		names[n.Text] = n.Pos
	}
	for _, e := range c.Suites {
		for _, v := range c.variants(e.Value.Variants) {
			if d.broken[v.Pos] || d.broken[e.Pos] {
				continue
			}
			name := variantName(e.Key, v.Key)
			if other, taken := names[name]; taken {
				d.failAt(v.Pos, "rename it", "the variant %s of suite %s has the name of the suite in line %d", quoted(v.Key), quoted(e.Key), other.Line)
			}
			names[name] = v.Pos
			d.setTwice("suite "+quoted(name), slices.Concat(e.Value.SetEnv, v.Value.SetEnv))
			d.hosts("suite "+quoted(name), v.Value.SetEnv, e.Value.Services)
		}
	}
	for _, e := range c.Static {
		for _, v := range e.Value.Variants.List {
			if len(v.Value.Hold) > 0 {
				d.failAt(v.Value.Hold[0].Pos, "", "static suite %s has no releases to hold", quoted(e.Key))
			}
		}
		if e.Value.SkipInstall && !e.Value.Variants.Stated {
			continue
		}
		for _, v := range c.variants(e.Value.Variants) {
			d.withoutReleases(fmt.Sprintf("the variant %s of static suite %s", quoted(v.Key), quoted(e.Key)), nil, v.Value.SetEnv)
		}
	}
}
