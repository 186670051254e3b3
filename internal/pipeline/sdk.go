package pipeline

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/finding"
)

// projectFiles are the files of which a Python project has at least one in its root.
var projectFiles = []string{"pyproject.toml", "setup.py", "setup.cfg"}

// sdk returns the root of the SDK in the tree. found is false if the SDK is not there: it is in another repository that is
// not checked out, or the folder holds no Python project.
func (r *Run) sdk() (root string, found bool) {
	if s := r.config.Project.Source; s != nil {
		root = s.Path
	}
	return root, slices.ContainsFunc(projectFiles, func(name string) bool { return r.tree.Exists(path.Join(root, name)) })
}

// missingTests reports the paths of tests that the SDK does not have, if it is there.
func (r *Run) missingTests() finding.List {
	root, found := r.sdk()
	if !found {
		return nil
	}
	var findings finding.List
	look := func(suite string, pos config.Pos, testPath string) {
		for _, name := range testPaths(testPath) {
			if !r.tree.Exists(path.Join(root, name)) {
				findings = append(findings, finding.Finding{Severity: finding.Error, File: r.config.File, Line: pos.Line, Column: pos.Column,
					Message: fmt.Sprintf("suite %q: there is no %s, which its test-path names", suite, path.Join(root, name))})
			}
		}
	}
	for _, e := range r.config.Suites {
		look(e.Key, e.Pos, e.Value.TestPath)
	}
	for _, e := range r.config.Static {
		look(e.Key, e.Pos, e.Value.TestPath)
	}
	return findings
}

// testPaths returns the paths below the SDK that a test-path names before its first option. What a path stands for can only be
// said if it is written out.
func testPaths(text string) []string {
	var paths []string
	for word := range strings.FieldsSeq(text) {
		if strings.HasPrefix(word, "-") {
			break
		}
		name, _, _ := strings.Cut(word, "::")
		if name = path.Clean(name); name != "." && !strings.ContainsAny(name, `{}*?"'\`) && !strings.HasPrefix(name, "..") && !path.IsAbs(name) {
			paths = append(paths, name)
		}
	}
	return paths
}
