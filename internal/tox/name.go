package tox

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Latest is the factor of the alias that follows a suite's newest stable pick.
const Latest = "latest"

var (
	// interpreterFactor is what tox takes for an interpreter, wherever in a name it stands.
	interpreterFactor = regexp.MustCompile(`^(?:py[2-9]|pypy|cpython|jython|graalpy|rustpython|ironpython)[\d.]*t?d?$|^[23]\.[0-9]+t?d?$`)
	releaseFactor     = regexp.MustCompile(`^v[0-9]`)
)

// impliedFactors hold in every environment on some machine: its platform and its architecture.
var impliedFactors = []string{"linux", "darwin", "win32", "cygwin", "x86", "x86_64", "amd64", "arm64", "aarch64", "riscv64", "ppc64le", "s390x", "armv7l", "i686", "noarch"}

// CheckSuiteName says why a suite cannot have a name: one of its factors means something else to tox, or to the
// names of environments.
func CheckSuiteName(name string) error {
	for word := range strings.SplitSeq(name, "-") {
		switch {
		case interpreterFactor.MatchString(word):
			return fmt.Errorf("tox takes %q for an interpreter", word)
		case releaseFactor.MatchString(word):
			return fmt.Errorf("%q would be taken for a release", word)
		case word == Latest:
			return fmt.Errorf("%q is the alias of the newest release", word)
		case slices.Contains(impliedFactors, word):
			return fmt.Errorf("tox takes %q for the machine that it runs on, so its lines would apply to every environment there", word)
		}
	}
	return nil
}
