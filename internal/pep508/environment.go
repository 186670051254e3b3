package pep508

import (
	"toxgen/internal/pep440"
	"toxgen/internal/python"
)

// variable is a marker variable.
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
	environmentVariables // how many an environment has; those below are no part of it

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

// isVersion says whether a variable's values are compared as versions.
func (v variable) isVersion() bool {
	return v == implementationVersion || v == platformRelease || v == pythonFullVersion || v == pythonVersion
}

// Environment is what markers are evaluated against: the variables of PEP 508. It is immutable.
type Environment struct {
	values [environmentVariables]string
	// versions are the values of those variables that are compared as versions, zero where they are none.
	versions [environmentVariables]pep440.Version
}

// NewEnvironment is the environment of a CPython on a platform. What describes the running kernel
// (platform_release, platform_version) is empty.
func NewEnvironment(p python.Version, platform python.Platform) *Environment {
	return EnvironmentOf(map[string]string{
		"implementation_name":            "cpython",
		"implementation_version":         p.Full(),
		"os_name":                        "posix",
		"platform_machine":               platform.Machine,
		"platform_python_implementation": "CPython",
		"platform_system":                "Linux",
		"python_full_version":            p.Full(),
		"python_version":                 p.MinorText(),
		"sys_platform":                   platform.System,
	})
}

// EnvironmentOf is the environment with these values by the variables' names; one that is left out is empty.
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
