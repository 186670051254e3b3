package tox

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
)

// maximumFaults is the maximum number of differences that an error lists.
const maximumFaults = 5

// verify returns an error if a parsed rendering differs from what was intended.
func verify(c *config.Config, m *matrix.Matrix, l lock.Lock, file *File) error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	for _, name := range file.sections {
		if strings.HasPrefix(name, "testenv:") {
			fault("section [%s] would override [testenv]", name)
		}
	}
	wanted, packaged := m.Environments(), anyPackaged(c, m)
	names := matrix.Names(wanted)
	if got := file.Environments(); !sameSet(got, names) {
		fault("env_list differs from the selected environments: %s", difference(got, names))
	}
	for _, e := range wanted {
		if len(faults) > maximumFaults {
			break // a large file with a fault in every environment is not read to its end
		}
		compare := func(key string, got, want []string) {
			if !slices.Equal(got, want) {
				fault("environment %s: tox would read different %s: %s", e.Name(), key, difference(got, want))
			}
		}
		compare("deps", file.Lines("deps", e.Name()), dependencies(c, e, l.Environments[e.Release().Name()], l.Checkouts[e.Release().Name()]))
		for _, key := range []commandKey{commandsPre, commands, commandsPost} {
			compare(key.name, file.Lines(key.name, e.Name()), unescaped(key.of(c, e.Suite)))
		}
		compare("allowlist_externals", file.Lines("allowlist_externals", e.Name()), externals(c, e.Suite))
		compare("package", file.Lines("package", e.Name()), []string{packaging(c, e.Suite, e.Python.Short())})
		if packaged {
			compare("extras", file.Lines("extras", e.Name()), extras(c, e.Suite))
			for _, key := range []string{"constrain_package_deps", "use_frozen_constraints"} {
				compare(key, file.Lines(key, e.Name()), []string{"true"})
			}
		}
		for _, f := range environmentFaults(file.Variables(e.Name()), variables(c, e, contradictsBuild(e, l), len(l.Builds) > 0),
			file.Lines("disallow_pass_env", e.Name()), disallowed(c)) {
			fault("environment %s: %s", e.Name(), f)
		}
	}
	for _, f := range labelFaults(file.Labels(), labels(m)) {
		fault("%s", f)
	}
	if packaged {
		for _, f := range packageFaults(c, l, file) {
			fault("section [pkgenv]: %s", f)
		}
	}
	if len(faults) > maximumFaults {
		faults = append(faults[:maximumFaults], errors.New("and more differences"))
	}
	return errors.Join(faults...)
}

// packageFaults returns what is wrong with the environments in which tox builds the SDK.
func packageFaults(c *config.Config, l lock.Lock, file *File) []string {
	faults := environmentFaults(file.PackageVariables(), packageVariables(c, len(l.Builds) > 0),
		file.PackageLines("disallow_pass_env", packageEnvironment), disallowed(c))
	if got := file.PackageLines("package_root", packageEnvironment); !slices.Equal(got, []string{root(c)}) {
		faults = append(faults, fmt.Sprintf("tox would build the SDK of another folder: %q", got))
	}
	for _, p := range c.Interpreters() {
		environment := packageEnvironment + "-" + packageFactor(p)
		if got := strings.Join(file.PackageLines("virtualenv_spec", environment), " "); got != virtualenvFor(p) {
			faults = append(faults, fmt.Sprintf("environment %s: tox would use the virtualenv %q, not %q", environment, got, virtualenvFor(p)))
		}
	}
	return faults
}

// labelFaults returns what is wrong with the environments that labels select.
func labelFaults(got, want map[string][]string) (faults []string) {
	if lines := got[""]; len(lines) > 0 {
		faults = append(faults, fmt.Sprintf("tox would not read the labels because of the line %q", lines[0]))
	}
	for _, label := range slices.Sorted(maps.Keys(want)) {
		if !sameSet(got[label], want[label]) {
			faults = append(faults, fmt.Sprintf("tox would select different environments by the label %s: %s", label, difference(got[label], want[label])))
		}
	}
	for _, label := range slices.Sorted(maps.Keys(got)) {
		if _, meant := want[label]; !meant && label != "" {
			faults = append(faults, fmt.Sprintf("the label %s is unexpected", label))
		}
	}
	return faults
}

// environmentFaults returns what is wrong with the variables that tox would set, and with those that it would not let pass.
// A template may have more of both.
func environmentFaults(got, want map[string]string, kept, keep []string) (faults []string) {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		value := strings.ReplaceAll(want[name], `\#`, "#")
		if set, found := got[name]; !found || set != value {
			faults = append(faults, fmt.Sprintf("tox would set %s to %q, not %q", name, set, value))
		}
	}
	for _, name := range keep {
		if !slices.Contains(kept, name) {
			faults = append(faults, fmt.Sprintf("tox would pass on the environment variable %s", name))
		}
	}
	return faults
}

// unescaped returns texts of the configuration as tox reads them: in both, `\#` stands for a `#` that does not start a
// comment.
func unescaped(texts []string) []string {
	plain := slices.Clone(texts)
	for i := range plain {
		plain[i] = strings.ReplaceAll(plain[i], `\#`, "#")
	}
	return plain
}

// sameSet reports whether two lists have the same elements in any order.
func sameSet(a, b []string) bool { return slices.Equal(sorted(a), sorted(b)) }

// sorted returns a sorted copy of a list.
func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

// difference describes the first difference between two lists that are not equal.
func difference(got, want []string) string {
	for _, text := range want {
		if !slices.Contains(got, text) {
			return fmt.Sprintf("%q is missing", text)
		}
	}
	for _, text := range got {
		if !slices.Contains(want, text) {
			return fmt.Sprintf("%q is unexpected", text)
		}
	}
	return "the order or the number of repetitions"
}
