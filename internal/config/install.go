package config

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"toxgen/internal/pep508"
	"toxgen/internal/python"
)

// An Install says what is installed from checkouts. The zero Install stands for the SDK.
type Install struct {
	Pos
	// Stated is set if the configuration says what is installed; without Packages that is nothing.
	Stated bool
	// Packages are in the order of the file.
	Packages []Installed
}

// An Installed is one package that is installed from a checkout.
type Installed struct {
	Pos
	// Text is the name or the path of the package, without its extras.
	Text string
	// Extras are as written.
	Extras []string
}

// installedText matches a name or a path, possibly with extras.
var installedText = regexp.MustCompile(`^([^\s\[\]\\:;]+?)(?:\[([A-Za-z0-9._, -]*)\])?$`)

func (i *Installed) parse(text string, pos Pos) error {
	m := installedText.FindStringSubmatch(text)
	if m == nil {
		return fmt.Errorf("%s is neither the name nor the path of a package, such as util/http or sdk[web]", quoted(text))
	}
	*i = Installed{Pos: pos, Text: m[1]}
	for extra := range strings.SplitSeq(m[2], ",") {
		if extra = strings.TrimSpace(extra); extra == "" {
			continue
		}
		if !pep508.ValidName(extra) {
			return fmt.Errorf("%s has the extra %s, which is not a name", quoted(text), quoted(extra))
		}
		i.Extras = append(i.Extras, extra)
	}
	return nil
}

func (*Installed) pattern() string { return installedText.String() }

// names reports whether the entry names a package, by its name or by its path.
func (i *Installed) names(p *Checkout) bool {
	return path.Clean(i.Text) == p.Path || pep508.ValidName(i.Text) && pep508.NormalizeName(i.Text) == pep508.NormalizeName(p.Name.Text)
}

func (i *Install) decodeNode(d *decoder, n *yaml.Node, _ rules, path string) {
	i.Pos, i.Stated = position(n), true
	if n.Kind != yaml.ScalarNode {
		d.decodeInto(n, &i.Packages, rules{required: true}, path)
		return
	}
	var word string
	d.decodeInto(n, &word, rules{enum: []string{"none"}}, path)
}

func (*Install) jsonSchema(*schemaBuilder, rules) object {
	return object{"anyOf": []any{
		object{"type": "string", "enum": []string{"none"}},
		object{"type": "array", "minItems": 1, "items": object{"type": "string", "pattern": (*Installed)(nil).pattern()}},
	}}
}

// Package returns the package that an entry of install names, or nil if there is none.
func (c *Config) Package(i *Installed) *Checkout {
	for k := range c.Packages {
		if i.names(&c.Packages[k]) {
			return &c.Packages[k]
		}
	}
	return nil
}

// Repositories returns the other repositories that hold packages, each once, with where they are checked out.
func (c *Config) Repositories() []Source {
	var list []Source
	for i := range c.Packages {
		p := &c.Packages[i]
		if p.Repository != "" && !slices.ContainsFunc(list, func(s Source) bool { return s.Repository == p.Repository }) {
			list = append(list, Source{p.Pos, p.Repository, p.Ref, p.Parent()})
		}
	}
	return list
}

// IsSDK reports whether an entry of install names the SDK.
func (c *Config) IsSDK(i *Installed) bool {
	return i.names(&Checkout{Name: c.Project.Name, Path: "."})
}

// Installation returns an entry of install as a requirement of the package that it names.
func (c *Config) Installation(i *Installed) Requirement {
	name := i.Text
	if p := c.Package(i); p != nil {
		name = p.Name.Text
	} else if c.IsSDK(i) {
		name = c.Project.Name.Text
	}
	r := pep508.Requirement{Name: name, Extras: slices.Clone(i.Extras)}
	return Requirement{Pos: i.Pos, Requirement: r, Text: r.String()}
}

// Reached returns the checkouts that requirements lead to on a Python, through the requirements of checkouts but not through
// releases of the index, in the order of [Config].Packages. Extras are followed, and markers decide.
func (c *Config) Reached(requirements []Requirement, p python.Version) []*Checkout {
	if len(c.Packages) == 0 {
		return nil
	}
	byName := map[string]*Checkout{}
	for i := range c.Packages {
		byName[pep508.NormalizeName(c.Packages[i].Name.Text)] = &c.Packages[i]
	}
	environment := pep508.NewEnvironment(c.Target(p))
	reached, seen := map[*Checkout]bool{}, map[string]bool{}
	var follow func(list []Requirement)
	follow = func(list []Requirement) {
		for _, r := range list {
			checkout := byName[r.Key()]
			if checkout == nil {
				continue
			}
			if holds, err := r.Marker.Evaluate(environment, ""); err != nil || !holds {
				continue // a resolution reports what cannot be evaluated
			}
			reached[checkout] = true
			for _, extra := range append([]string{""}, r.Extras...) {
				extra = pep508.NormalizeName(extra)
				switch key := r.Key() + "[" + extra + "]"; {
				case seen[key]:
				case extra == "" && checkout.Requires != nil:
					seen[key] = true
					follow(*checkout.Requires)
				default:
					seen[key] = true
					follow(checkout.Extras[extra])
				}
			}
		}
	}
	follow(requirements)
	var list []*Checkout
	for i := range c.Packages {
		if reached[&c.Packages[i]] {
			list = append(list, &c.Packages[i])
		}
	}
	return list
}
