package tox

import "testing"

func TestCheckSuiteName(t *testing.T) {
	for _, name := range []string{"flask", "langchain-base", "redis_py_cluster_legacy", "httpx2", "pyramid", "py", "py-spy", "v", "pypi"} {
		if err := CheckSuiteName(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"py3", "py3.10", "py310", "a-py2", "pypy", "pypy3.10", "cpython", "3.10", "a-3.12t", "latest", "a-latest", "v1", "a-v2.0", "linux", "arm64-a"} {
		if err := CheckSuiteName(name); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
