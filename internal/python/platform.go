package python

import (
	"fmt"
	"regexp"
	"strconv"
)

// A Target is an interpreter on a platform.
type Target struct {
	Version
	Platform Platform
}

// On returns the target of an interpreter on a platform.
func (v Version) On(p Platform) Target { return Target{v, p} }

// String returns the interpreter and its platform: `3.14.4t on linux x86_64 glibc-2.28`.
func (t Target) String() string { return t.Version.String() + " on " + t.Platform.String() }

// A System is an operating system.
type System string

// The supported systems.
const (
	Linux   System = "linux"
	Windows System = "windows"
	MacOS   System = "macos"
)

// A Platform is a machine with its operating system.
type Platform struct {
	System System
	// Machine is the architecture: on Linux and macOS as Python's platform.machine() returns it (`x86_64`, `aarch64`,
	// `arm64`), on Windows `amd64`, `arm64`, or `x86` for a 32-bit interpreter on a 64-bit machine.
	Machine string
	// Libc is the C library of a Linux, Version the version of a macOS.
	Libc    Libc
	Version MacOSVersion
}

// String returns the platform in the form `linux x86_64 glibc-2.28`, `windows amd64` or `macos arm64 14.0`.
func (p Platform) String() string {
	text := string(p.System) + " " + p.Machine
	switch p.System {
	case Linux:
		return text + " " + p.Libc.String()
	case MacOS:
		return text + " " + p.Version.String()
	default:
		return text
	}
}

// A Libc is a C library and its version: glibc 2.28 is {"glibc", 2, 28}.
type Libc struct {
	Family       string
	Major, Minor int
}

var libcText = regexp.MustCompile(`^(glibc|musl)-([1-9])\.(0|[1-9][0-9]{0,2})$`)

// ParseLibc parses `glibc-2.28` or `musl-1.2`.
func ParseLibc(text string) (Libc, error) {
	m := libcText.FindStringSubmatch(text)
	if m == nil {
		return Libc{}, fmt.Errorf("%q is not a C library like glibc-2.28 or musl-1.2", text)
	}
	major, _ := strconv.Atoi(m[2])
	minor, _ := strconv.Atoi(m[3])
	return Libc{Family: m[1], Major: major, Minor: minor}, nil
}

// String returns the form that [ParseLibc] parses: `glibc-2.28`.
func (l Libc) String() string { return fmt.Sprintf("%s-%d.%d", l.Family, l.Major, l.Minor) }

// A MacOSVersion is the version of a macOS: macOS 14.0 is {14, 0}.
type MacOSVersion struct{ Major, Minor int }

var macOSVersionText = regexp.MustCompile(`^(1[0-9]|[2-9][0-9])\.(0|[1-9][0-9]?)$`)

// ParseMacOSVersion parses `14.0`.
func ParseMacOSVersion(text string) (MacOSVersion, error) {
	m := macOSVersionText.FindStringSubmatch(text)
	if m == nil {
		return MacOSVersion{}, fmt.Errorf("%q is not a version of macOS like 14.0", text)
	}
	major, _ := strconv.Atoi(m[1])
	minor, _ := strconv.Atoi(m[2])
	return MacOSVersion{Major: major, Minor: minor}, nil
}

// String returns the form that [ParseMacOSVersion] parses: `14.0`.
func (v MacOSVersion) String() string { return fmt.Sprintf("%d.%d", v.Major, v.Minor) }
