package laws

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
)

// A Finding is how a command broke a law.
type Finding struct {
	Law int
	// What is the promise that was broken, in words that are the same for all findings of its sort.
	What string
	// Details say what happened instead.
	Details []string
	Trial   *Trial
}

// Kind returns what findings with probably the same cause have in common.
func (f Finding) Kind() string {
	command := "the default graph"
	if len(f.Trial.Command) > 0 {
		command = f.Trial.Command[0]
	}
	return fmt.Sprintf("law %d: %s [%s: %s]", f.Law, f.What, command, message(f.Details))
}

// Anything that differs from world to world, in a message.
var (
	names    = regexp.MustCompile(`\b(app|web|orm|lib|util|core|cert|setuptools|common|mark-\d+)2?x*\b`)
	versions = regexp.MustCompile(`(py|-v|\bv)?\d+(\.\d+)*(rc\d+)?t?\b`)
	urls     = regexp.MustCompile(`https?://\S+`)
	said     = regexp.MustCompile(`(?m)^(?:\S+: )?(?:error|out of sync): .*`)
)

// message returns the first message among details without the names and numbers in it. Of changed files
// only the first counts.
func message(details []string) string {
	text := strings.Join(details, "\n")
	line := cmp.Or(cause(said.FindAllString(text, -1)), firstLine(text))
	line = names.ReplaceAllString(urls.ReplaceAllString(line, "URL"), "P")
	line = versions.ReplaceAllString(line, "N")
	if len(line) > 160 {
		line = line[:160] + "…"
	}
	return line
}

// cause returns the first message that is no mere consequence of others, or the first.
func cause(messages []string) string {
	for _, m := range messages {
		if !strings.Contains(m, ".github/") && !strings.Contains(m, "a check of it would fail") && !strings.Contains(m, "not what toxgen would write") {
			return m
		}
	}
	return strings.Join(messages[:min(len(messages), 1)], "")
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
