package pep508

import (
	"toxgen/internal/pep440"
	"toxgen/internal/python"
)

// A variable is a marker variable.
type variable int

const (
	implementationName variable = iota
	implementationVersion
	osName
	platformMachine
	platformPythonImplementation
	platformRelease
	platformSystem
	platformVersion
	pythonFullVersion
	pythonVersion
	sysPlatform
	environmentVariables // the number of variables in an environment; the variables below are not part of it

	extraVariable
	extrasVariable
	dependencyGroups
)

var variableNames = [...]string{
	implementationName: "implementation_name", implementationVersion: "implementation_version", osName: "os_name",
	platformMachine: "platform_machine", platformPythonImplementation: "platform_python_implementation",
	platformRelease: "platform_release", platformSystem: "platform_system", platformVersion: "platform_version",
	pythonFullVersion: "python_full_version", pythonVersion: "python_version", sysPlatform: "sys_platform",
	extraVariable: "extra", extrasVariable: "extras", dependencyGroups: "dependency_groups",
}

// isVersion reports whether the values of v are compared as versions.
func (v variable) isVersion() bool {
	return v == implementationVersion || v == platformRelease || v == pythonFullVersion || v == pythonVersion
}

// An Environment holds the values of the variables of PEP 508, for which markers are evaluated. It is immutable.
type Environment struct {
	values [environmentVariables]string
	// versions holds the parsed values of the variables that are compared as versions; zero if a value is not a version.
	versions [environmentVariables]pep440.Version
}

// NewEnvironment returns the environment of a CPython on a platform. The variables that describe the running kernel
// (platform_release, platform_version) are empty.
func NewEnvironment(p python.Version, platform python.Platform) *Environment {
	return EnvironmentOf(map[string]string{
		"implementation_name":            "cpython",
		"implementation_version":         p.Implementation(),
		"os_name":                        "posix",
		"platform_machine":               platform.Machine,
		"platform_python_implementation": "CPython",
		"platform_system":                "Linux",
		"python_full_version":            p.Full(),
		"python_version":                 p.MinorText(),
		"sys_platform":                   platform.System,
	})
}

// EnvironmentOf returns the environment with the given values, by the names of the variables. Missing variables are
// empty.
func EnvironmentOf(values map[string]string) *Environment {
	var e Environment
	for v := range environmentVariables {
		e.values[v] = values[variableNames[v]]
		if parsed, err := pep440.Parse(e.values[v]); err == nil && v.isVersion() {
			e.versions[v] = parsed
		}
	}
	return &e
}
