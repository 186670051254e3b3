package distribution

import (
	"fmt"
	"slices"
	"strings"
)

// A Platform is an operating system and a processor that a release has a binary for.
type Platform struct {
	// System and Machine are the names that Go has for them.
	System, Machine string
	// Tags are the platform tags of the wheel, sorted as a compressed tag set has them.
	Tags []string
}

// Platforms are all platforms of a release. The binaries are static, so on Linux they run with any C library, and the tags name
// the oldest ones that installers know to be compatible. Go 1.26 needs macOS 12.
var Platforms = []Platform{
	{"darwin", "amd64", []string{"macosx_12_0_x86_64"}},
	{"darwin", "arm64", []string{"macosx_12_0_arm64"}},
	{"linux", "amd64", []string{"manylinux2014_x86_64", "manylinux_2_17_x86_64", "musllinux_1_1_x86_64"}},
	{"linux", "arm64", []string{"manylinux2014_aarch64", "manylinux_2_17_aarch64", "musllinux_1_1_aarch64"}},
	{"windows", "amd64", []string{"win_amd64"}},
	{"windows", "arm64", []string{"win_arm64"}},
}

// String returns the platform as the Go tool writes it, such as linux/amd64.
func (p Platform) String() string { return p.System + "/" + p.Machine }

// executable returns the name of a program with the ending that it needs on the platform.
func (p Platform) executable(name string) string {
	if p.System == "windows" {
		return name + ".exe"
	}
	return name
}

// ParsePlatforms returns the platforms of a list such as "linux/amd64,darwin/arm64". An empty list stands for all.
func ParsePlatforms(list string) ([]Platform, error) {
	if list == "" {
		return Platforms, nil
	}
	var chosen []Platform
	for name := range strings.SplitSeq(list, ",") {
		i := slices.IndexFunc(Platforms, func(p Platform) bool { return p.String() == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no platform %q: there are %s", name, join(Platforms))
		}
		if !slices.ContainsFunc(chosen, func(p Platform) bool { return p.String() == name }) {
			chosen = append(chosen, Platforms[i])
		}
	}
	return chosen, nil
}

// join returns the names of platforms, comma separated.
func join(platforms []Platform) string {
	names := make([]string, len(platforms))
	for i, p := range platforms {
		names[i] = p.String()
	}
	return strings.Join(names, ", ")
}
