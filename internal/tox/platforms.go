package tox

import (
	"regexp"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/lock"
)

// platformLine matches a line that states for which platform a Python's pins are, if that is not the Linux that all Pythons
// share. These lines follow the first one of tox.ini, whatever the template.
var platformLine = regexp.MustCompile(`^# The pins of (py\S+) are for (.+)\.$`)

// withPlatforms returns a rendered tox.ini with the lines that state platforms.
func withPlatforms(c *config.Config, rendered string) []byte {
	first, rest, _ := strings.Cut(rendered, "\n")
	var stated strings.Builder
	for _, p := range c.Interpreters() {
		if platform := lock.Platform(c, p); platform != "" {
			stated.WriteString("# The pins of " + p.Factor() + " are for " + platform + ".\n")
		}
	}
	if stated.Len() == 0 {
		return []byte(rendered)
	}
	return []byte(first + "\n" + stated.String() + rest)
}

// readPlatforms returns the platforms that the comments at the beginning of a tox.ini state, by factor.
func readPlatforms(data []byte) map[string]string {
	platforms := map[string]string{}
	for line := range strings.Lines(string(data)) {
		if !strings.HasPrefix(line, "#") {
			break
		}
		if m := platformLine.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			platforms[m[1]] = m[2]
		}
	}
	return platforms
}
