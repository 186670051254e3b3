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

// systems holds what an interpreter says of each system.
var systems = map[python.System]struct{ osName, platformSystem, sysPlatform string }{
	python.Linux:   {"posix", "Linux", "linux"},
	python.Windows: {"nt", "Windows", "win32"},
	python.MacOS:   {"posix", "Darwin", "darwin"},
}

// windowsMachines holds what an interpreter on Windows says of a machine. A 32-bit interpreter names the machine, too.
var windowsMachines = map[string]string{"amd64": "AMD64", "arm64": "ARM64", "x86": "AMD64"}

// NewEnvironment returns the environment of a CPython on its platform. The variables that describe the running kernel
// (platform_release, platform_version) are empty.
func NewEnvironment(t python.Target) *Environment {
	system, machine := systems[t.Platform.System], t.Platform.Machine
	if t.Platform.System == python.Windows {
		machine = windowsMachines[machine]
	}
	return EnvironmentOf(map[string]string{
		"implementation_name":            "cpython",
		"implementation_version":         t.Implementation(),
		"os_name":                        system.osName,
		"platform_machine":               machine,
		"platform_python_implementation": "CPython",
		"platform_system":                system.platformSystem,
		"python_full_version":            t.Full(),
		"python_version":                 t.MinorText(),
		"sys_platform":                   system.sysPlatform,
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
