package config

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// A kind is a set of rules for a text. A field's tag names it; the default is "line".
type kind struct {
	// pattern matches at least the texts that the kind accepts, in the syntax that Go and JSON Schema share. what
	// describes the accepted texts in messages.
	pattern *regexp.Regexp
	what    string
	// secret is set if messages must not repeat the text.
	secret bool
	// refuse returns an error for a text that the pattern matches and the kind still rejects; it may be nil.
	refuse func(text string) error
	// warn returns a warning about a text and a hint, or two empty texts; it may be nil.
	warn func(text string) (message, hint string)
}

// check returns an error if the kind rejects a text.
func (k *kind) check(text string) error {
	switch {
	case k.pattern.MatchString(text):
		if k.refuse == nil {
			return nil
		}
		return k.refuse(text)
	case k.secret:
		return fmt.Errorf("is not %s", k.what)
	default:
		return fmt.Errorf("is %s, not %s", quoted(text), k.what)
	}
}

// matching returns the kind of the texts that match a pattern.
func matching(pattern, what string) *kind {
	return &kind{pattern: regexp.MustCompile(pattern), what: what}
}

// but adds the texts that the kind rejects although they match its pattern.
func (k *kind) but(refuse func(text string) error) *kind {
	k.refuse = refuse
	return k
}

const (
	namePattern = `^[A-Za-z0-9][A-Za-z0-9._-]*$`
	nameMeaning = "a name: letters, digits, `.`, `_` and `-`, beginning with a letter or digit"
	// linePattern matches a text without control characters and without line separators.
	linePattern = "^[^\\x00-\\x1f\\x7f-\\x9f\u2028\u2029]*$"
)

var nameText = regexp.MustCompile(namePattern)

// kinds holds all kinds by the names that tags use.
var kinds = map[string]*kind{
	"line":       oneLine("a single line without control characters"),
	"block":      matching(`^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$`, "a text without control characters"),
	"service":    matching(`^[A-Za-z0-9][A-Za-z0-9_-]*$`, "a name: letters, digits, `_` and `-`, beginning with a letter or digit"),
	"suite":      matching(namePattern, nameMeaning).but(refuseSuite),
	"group":      matching(slugPattern, slugMeaning),
	"url":        {pattern: regexp.MustCompile(`^https?://[^\s\x00-\x1f\x7f-\x9f]+$`), what: "an http or https URL", secret: true, refuse: refuseURL},
	"index":      {pattern: regexp.MustCompile(`^https?://[^\s\x00-\x1f\x7f-\x9f]+$`), what: "an http or https URL", secret: true, refuse: refuseIndex},
	"repository": matching(`^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+$`, "a repository like owner/name"),
	"ref":        matching(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`, "a commit SHA or a tag").but(refuseRef),
	"sha":        matching(`^[0-9a-f]{40}$`, "a full commit SHA: 40 digits of 0-9 and a-f"),
	"tag":        {pattern: regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/+-]*$`), what: "a word of letters, digits, `.`, `_`, `/`, `+` and `-`", warn: warnTag},
	"label":      {pattern: regexp.MustCompile(linePattern), what: "a single line without control characters", warn: warnLabel},
	"pr-label":   matching(`^[^\x00-\x20\x7f-\x9f'{}][^\x00-\x1f\x7f-\x9f'{}]*$`, "a label of pull requests without `'` and braces"),
	"path":       oneLine("a path below the project's root").but(refusePath),
	"folder":     matching(`^[^\x00-\x20\x7f-\x9f\\]+$`, "a folder below the project's root, without spaces").but(refusePath),
	"pattern":    matching(`^[^\x00-\x20\x7f-\x9f\\]+$`, "a pattern of files below {work_dir}, without spaces").but(refusePattern),
	"workflow":   matching(`^[A-Za-z0-9][A-Za-z0-9._-]*\.ya?ml$`, "a file name that ends in .yml"),
	"prefix":     matching(namePattern, "the beginning of a file name: letters, digits, `.`, `_` and `-`, beginning with a letter or digit"),
	"project":    matching(`^([^\x00-\x1f\x7f-\x9f]*/)?(pyproject\.toml|setup\.cfg)$`, "the path of a pyproject.toml or a setup.cfg").but(refusePath),
	"ini":        matching(`^[A-Za-z0-9][A-Za-z0-9._-]*\.ini$`, "a file name that ends in .ini"),
	"json":       matching(`^[^\x00-\x1f\x7f-\x9f]+\.json$`, "a path that ends in .json").but(refusePath),
	"markdown":   matching(`^[^\x00-\x1f\x7f-\x9f]+\.md$`, "a path that ends in .md").but(refusePath),
	"image":      {pattern: regexp.MustCompile(`^[a-z0-9][A-Za-z0-9._:/@-]*$`), what: "an image like postgres:18@sha256:…", warn: warnImage},
	"action":     matching(`^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$`, "an action like owner/name; its pin is in workflow.actions"),
	"port":       matching(`^(([0-9]{1,3}(\.[0-9]{1,3}){3}:)?[0-9]+:)?[0-9]+(/(tcp|udp))?$`, "a port like 5432:5432 or 127.0.0.1:5432:5432"),
	"container":  matching(`^[A-Za-z_][A-Za-z0-9_.-]*$`, "the name of an environment variable of a container"),
	"variable":   matching(`^[A-Za-z_][A-Za-z0-9_]*$`, "the name of an environment variable"),
	"secret":     matching(`^[A-Za-z_][A-Za-z0-9_]*$`, "the name of a secret"),
	"setting":    matching(`^[A-Za-z_][A-Za-z0-9_]*$`, "the name of an environment variable").but(refuseReserved),
	"variables":  matching(`^[A-Za-z_*?][A-Za-z0-9_*?]*$`, "the name of an environment variable, possibly with `*`"),
	"value":      oneLine("a single line without control characters").but(refuseValue),
	"command":    oneLine("a single line without control characters").but(refuseCommand),
	"program":    matching(`^[^\x00-\x20\x7f-\x9f,;#]+$`, "the name or the path of a program, without spaces, commas, `;` and `#`").but(refuseCommand),
	"toxgen":     matching(`^[A-Za-z0-9][A-Za-z0-9._/@=-]*( [A-Za-z0-9._/@=-]+){0,5}$`, "a command of up to six words of letters, digits and `._/@=-`"),
	"input":      matching(`^[A-Za-z_][A-Za-z0-9_ .-]*$`, "the name of an action's input"),
	"permission": matching(`^[a-z-]+$`, "a permission"),
}

// oneLine returns the kind of a text of one line.
func oneLine(what string) *kind { return matching(linePattern, what) }

// kindOf returns the kind that a tag names, or "line" if the tag is empty.
func kindOf(tag string) *kind {
	if tag == "" {
		tag = "line"
	}
	k := kinds[tag]
	if k == nil {
		panic("config: a tag names no kind of text: " + tag)
	}
	return k
}

// reserved holds the variables that toxgen sets for every environment.
var reserved = []string{TestPathVariable, "UV_BUILD_CONSTRAINT", "PIP_BUILD_CONSTRAINT", "PIP_CONSTRAINT"}

// refuseReserved rejects variables that toxgen sets itself.
func refuseReserved(name string) error {
	switch {
	case name == TestPathVariable:
		return hinted{fmt.Errorf("is %s, which test-path sets", quoted(name)), "use test-path"}
	case slices.Contains(reserved, name):
		return hinted{fmt.Errorf("is %s, which toxgen sets itself", quoted(name)), "use `build` or `constraints`"}
	}
	return nil
}

// pythonFactor matches a factor of an environment's name that tox takes for an interpreter.
var pythonFactor = regexp.MustCompile(`^(?:py[0-9].*|(?:pypy|cpython|jython|graalpy|rustpython|ironpython)(?:[2-9].*)?|[23]\.[0-9]+t?d?)$`)

// LowestSuffix ends the name of the suite of an environment with the lowest releases.
const LowestSuffix = ".lowest"

// releaseFactor matches the beginning of a factor that stands for a release.
var releaseFactor = regexp.MustCompile(`^v[0-9]`)

// machineFactors are the factors that tox adds to every environment for its platform and its architecture.
var machineFactors = []string{
	"linux", "darwin", "win32", "cygwin", "x86_64", "x86", "arm64", "armv7l", "ppc", "ppc64", "ppc64le", "riscv64", "s390x", "sparc64", "loongarch64",
}

// refuseSuite rejects a name with a factor that has another meaning for tox or in the names of environments.
func refuseSuite(name string) error {
	for i, factor := range strings.Split(name, "-") {
		switch {
		case factor == "":
			return fmt.Errorf("is %s, not a suite's name: it ends in `-` or has two in a row", quoted(name))
		case pythonFactor.MatchString(factor):
			return fmt.Errorf("is %s, not a suite's name: tox takes %s for an interpreter", quoted(name), quoted(factor))
		case slices.Contains(machineFactors, factor):
			return fmt.Errorf("is %s, not a suite's name: for tox %s holds in every environment on such a machine", quoted(name), quoted(factor))
		case strings.HasSuffix(factor, LowestSuffix):
			return fmt.Errorf("is %s, not a suite's name: in an environment's name %s stands for the lowest releases", quoted(name), quoted(LowestSuffix))
		case factor == "latest" || releaseFactor.MatchString(factor):
			return fmt.Errorf("is %s, not a suite's name: in an environment's name %s stands for a release", quoted(name), quoted(factor))
		case i == 0 && strings.Trim(factor, "0123456789") == "":
			return fmt.Errorf("is %s, not a suite's name: tox takes a number at its beginning for a range", quoted(name))
		}
	}
	return nil
}

// Accepts reports whether a text can be a value of the kind that a tag `text` or `keys` names, such as "suite" or "image".
func Accepts(kind, text string) bool { return kindOf(kind).check(text) == nil }

// refuseURL rejects a text that is not a URL, and a URL with credentials, which everyone who can read the repository
// could read. Its errors never repeat the text.
func refuseURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "":
		return errors.New("is not an http or https URL")
	case u.User != nil:
		return hinted{errors.New("holds credentials, which everyone who can read this file could read"),
			"remove them here, and revoke them if they were pushed; those of an index belong in a .netrc file, for CI see workflow.netrc"}
	}
	return nil
}

// refuseIndex rejects a text that cannot be the root of an index, to which names of projects are appended.
func refuseIndex(text string) error {
	if err := refuseURL(text); err != nil {
		return err
	}
	switch {
	case strings.ContainsAny(text, "?#"):
		return errors.New("has a query or a fragment, which the root of an index cannot have")
	case strings.ContainsAny(text, `{}\;`):
		return hinted{errors.New("has one of the characters { } \\ ; which tox would not take literally"), "write them as %7B %7D %5C %3B"}
	}
	return nil
}

// refuseRef rejects a text that git does not allow as the name of a tag.
func refuseRef(text string) error {
	if strings.Contains(text, "..") || strings.Contains(text, "//") || strings.HasSuffix(text, "/") || strings.HasSuffix(text, ".lock") {
		return fmt.Errorf("is %s, neither a commit SHA nor a tag", quoted(text))
	}
	return nil
}

// refusePath rejects a path that leaves the project's root, or leads into git's folder.
func refusePath(p string) error {
	outside := p == "" || path.Clean(p) != p || p == "." || p == ".." || path.IsAbs(p) || strings.HasPrefix(p, "../")
	first, _, _ := strings.Cut(p, "/")
	if outside || strings.EqualFold(first, ".git") || strings.ContainsAny(p, `\:`) {
		return fmt.Errorf("is %s, not a plain path below the project's root, with `/` and outside .git", quoted(p))
	}
	return nil
}

// refusePattern rejects a pattern of files that leaves the folder below which it matches.
func refusePattern(p string) error {
	if refusePath(p) != nil {
		return fmt.Errorf("is %s, not a plain pattern below {work_dir}, with `/`", quoted(p))
	}
	return nil
}

var imageDigest = regexp.MustCompile(`@sha256:[0-9a-f]{64}$`)

// warnImage warns about an image without a digest.
func warnImage(text string) (message, hint string) {
	if imageDigest.MatchString(text) {
		return "", ""
	}
	return fmt.Sprintf("the image %s has no digest, so it may change without notice", quoted(text)), "append the image's @sha256:… digest"
}

// fullVersion matches a version with at least two numbers.
var fullVersion = regexp.MustCompile(`[0-9]\.[0-9]`)

// warnTag warns about a branch, and about the tag of a major version, which moves with each release.
func warnTag(text string) (message, hint string) {
	if fullVersion.MatchString(text) {
		return "", ""
	}
	return fmt.Sprintf("%s is no full version: it moves, so that people and bots cannot tell which release the commit is", quoted(text)),
		"write the tag of the release, such as v5.7.0, and its commit"
}

// hostedLabels are labels of GitHub's runners that have no version, and the one of all self-hosted runners.
var hostedLabels = []string{"ubuntu-latest", "windows-latest", "macos-latest", "ubuntu-slim", "self-hosted"}

// warnLabel warns about a label of a runner that looks like a mistyped one. Any other label may be that of a runner of
// one's own, or of a new runner of GitHub.
func warnLabel(text string) (message, hint string) {
	known := slices.ContainsFunc(hostedLabels, func(l string) bool { return strings.EqualFold(l, text) })
	if hint = Meant(text, hostedLabels); known || hint == "" {
		return "", ""
	}
	return fmt.Sprintf("no runner of GitHub has the label %s", quoted(text)), hint
}

// comment matches the beginning of a comment, which tox removes.
var comment = regexp.MustCompile(`(^|[^\\])#`)

// refuseText rejects a text that tox, or its parser of ini files, would change.
func refuseText(text string) error {
	switch {
	case strings.TrimFunc(text, unicode.IsSpace) != text:
		return fmt.Errorf("is %s: spaces at its ends would be lost", quoted(text))
	case comment.MatchString(text):
		return hinted{fmt.Errorf("is %s: for tox a comment begins at `#`", quoted(text)), `write \#`}
	case strings.HasSuffix(text, `\`):
		return fmt.Errorf("is %s: a line that ends in `\\` continues in the next", quoted(text))
	}
	return nil
}

var semicolon = regexp.MustCompile(`(^|[^\\]);`)

// refuseValue rejects a text that cannot be the value of a variable in tox.ini.
func refuseValue(text string) error {
	if semicolon.MatchString(text) {
		return hinted{fmt.Errorf("is %s: for tox a marker begins at `;`", quoted(text)), `write \;`}
	}
	return refuseText(text)
}

// condition matches the beginning of a line that tox applies to some factors only.
var condition = regexp.MustCompile(`^(?:\{[^}]*\}|[^\s:{}])*\s*:(?:\s|$)`)

// refuseCommand rejects a text that cannot be a command in tox.ini.
func refuseCommand(text string) error {
	switch {
	case text == "":
		return errors.New("is an empty command")
	case text[0] == ';':
		return fmt.Errorf("is %s: an ini file takes the line for a comment", quoted(text))
	case condition.MatchString(text):
		return fmt.Errorf("is %s: tox takes the text before the colon for a condition on factors", quoted(text))
	}
	return refuseText(text)
}

// A hinted is an error with a hint.
type hinted struct {
	error
	hint string
}

// hintOf returns the hint of an error, or an empty text.
func hintOf(err error) string {
	var h hinted
	if errors.As(err, &h) {
		return h.hint
	}
	return ""
}
