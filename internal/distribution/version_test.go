package distribution

import (
	"testing"

	"toxgen/internal/git"
)

func TestVersionOf(t *testing.T) {
	const commit = "0123456789abcdef0123456789abcdef01234567"
	for _, test := range []struct {
		name    string
		tags    []string
		changed bool
		want    string
		// err is the error, if there is one.
		err string
	}{
		{name: "no tag", want: "0.0.0.dev0+g0123456789ab"},
		{name: "no tag, changed", changed: true, want: "0.0.0.dev0+g0123456789ab.changed"},
		{name: "a release", tags: []string{"v1.2.0"}, want: "1.2.0"},
		{name: "a pre-release", tags: []string{"v1.2.0rc1"}, want: "1.2.0rc1"},
		{name: "a release, changed", tags: []string{"v1.2.0"}, changed: true, want: "0.0.0.dev0+g0123456789ab.changed"},
		{name: "other tags", tags: []string{"1.2.0", "latest", "v", "vendored"}, want: "0.0.0.dev0+g0123456789ab"},
		{name: "a release among other tags", tags: []string{"latest", "v1.2.0", "vendored"}, want: "1.2.0"},
		{name: "two releases", tags: []string{"v1.2.0", "v1.2.1"}, err: "the commit has the tags of 2 versions: v1.2.0, v1.2.1"},
		{name: "not normal", tags: []string{"v1.2.0-rc.1"}, err: "tag v1.2.0-rc.1: the version 1.2.0-rc.1 has the normal form 1.2.0rc1: use that"},
		{name: "no version", tags: []string{"v1.x"}, err: `tag v1.x: "1.x" is not a PEP 440 version`},
		{name: "local", tags: []string{"v1+a"}, err: "tag v1+a: 1+a is a development version, which is not released"},
		{name: "dev", tags: []string{"v1.dev2"}, err: "tag v1.dev2: 1.dev2 is a development version, which is not released"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := VersionOf(git.Head{Commit: commit, Tags: test.tags, Changed: test.changed})
			said := ""
			if err != nil {
				said = err.Error()
			}
			if got != test.want || said != test.err {
				t.Errorf("got %q, error %q; want %q, error %q", got, said, test.want, test.err)
			}
		})
	}
}

func TestParsePlatforms(t *testing.T) {
	const all = "darwin/amd64, darwin/arm64, linux/amd64, linux/arm64, windows/amd64, windows/arm64"
	for _, test := range []struct{ list, want, err string }{
		{list: "", want: all},
		{list: "linux/arm64", want: "linux/arm64"},
		{list: "windows/amd64,linux/amd64,windows/amd64", want: "windows/amd64, linux/amd64"},
		{list: "linux/amd64,", err: `there is no platform "": there are ` + all},
		{list: "linux", err: `there is no platform "linux": there are ` + all},
	} {
		t.Run(test.list, func(t *testing.T) {
			platforms, err := ParsePlatforms(test.list)
			said := ""
			if err != nil {
				said = err.Error()
			}
			if got := join(platforms); got != test.want || said != test.err {
				t.Errorf("got %q, error %q; want %q, error %q", got, said, test.want, test.err)
			}
		})
	}
}
