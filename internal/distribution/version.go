package distribution

import (
	"fmt"
	"strings"

	"toxgen/internal/git"
	"toxgen/internal/pep440"
)

// VersionOf returns the version of a build. A clean checkout of a tag such as v1.2.0 or v1.2.0rc1 has the version of its tag. Any
// other one has a development version with the commit, such as 0.0.0.dev0+g0123456789ab, which no package index takes.
func VersionOf(head git.Head) (string, error) {
	var versions []string
	for _, tag := range head.Tags {
		version, found := strings.CutPrefix(tag, "v")
		if !found || version == "" || version[0] < '0' || version[0] > '9' {
			continue
		}
		if err := checkVersion(version); err != nil {
			return "", fmt.Errorf("tag %s: %w", tag, err)
		}
		versions = append(versions, version)
	}
	switch {
	case len(versions) > 1:
		return "", fmt.Errorf("the commit has the tags of %d versions: v%s", len(versions), strings.Join(versions, ", v"))
	case len(versions) == 1 && !head.Changed:
		return versions[0], nil
	}
	version := "0.0.0.dev0+g" + head.Commit[:min(len(head.Commit), abbreviated)]
	if head.Changed {
		version += ".changed"
	}
	return version, nil
}

// abbreviated is the number of digits of the commit in a development version.
const abbreviated = 12

// checkVersion returns an error unless a text is a version that can be released: one in the normal form of PEP 440 that every
// package index takes.
func checkVersion(text string) error {
	v, err := pep440.Parse(text)
	if err != nil {
		return err
	}
	if v.String() != text {
		return fmt.Errorf("the version %s has the normal form %s: use that", text, v)
	}
	if v.HasLocal() || v.IsDev() {
		return fmt.Errorf("%s is a development version, which is not released", text)
	}
	return nil
}
