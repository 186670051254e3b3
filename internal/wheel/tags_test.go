package wheel

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/python"
)

func TestPlatforms(t *testing.T) {
	for _, c := range []struct {
		machine, libc string
		want          []string
	}{
		{"x86_64", "glibc-2.6", []string{"manylinux_2_6_x86_64", "manylinux_2_5_x86_64", "manylinux1_x86_64", "linux_x86_64"}},
		{"aarch64", "glibc-2.18", []string{"manylinux_2_18_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64", "linux_aarch64"}},
		{"x86_64", "musl-1.2", []string{"musllinux_1_2_x86_64", "musllinux_1_1_x86_64", "musllinux_1_0_x86_64", "linux_x86_64"}},
	} {
		t.Run(c.machine+" "+c.libc, func(t *testing.T) {
			libc, err := python.ParseLibc(c.libc)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, tag := range Compatible(python.Version{Major: 3, Minor: 9}.On(python.Platform{System: "linux", Machine: c.machine, Libc: libc})).List() {
				if tag.Python == "cp39" && tag.ABI == "abi3" {
					got = append(got, tag.Platform)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("platforms (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseTagsIsBounded(t *testing.T) {
	members := func(n int) string { return strings.Repeat("a.", n-1) + "a" }
	for _, c := range []struct{ pythons, abis, platforms, want int }{{16, 16, 16, 4096}, {16, 16, 17, 0}, {1, 1, 4096, 4096}, {4097, 1,
		1, 0}} {
		if got := len(ParseTags(members(c.pythons) + "-" + members(c.abis) + "-" + members(c.platforms))); got != c.want {
			t.Errorf("%d × %d × %d: got %d tags, want %d", c.pythons, c.abis, c.platforms, got, c.want)
		}
	}
}

// interpreters returns the tags of the interpreters for which the laws are checked.
func interpreters() map[string]*Tags {
	all := map[string]*Tags{}
	for _, text := range []string{"3.6", "3.7.17", "3.8", "3.14.4", "3.14.4t"} {
		v, _, err := python.Parse(text)
		if err != nil {
			panic(err)
		}
		for _, platform := range []python.Platform{
			{System: "linux", Machine: "x86_64", Libc: python.Libc{Family: "glibc", Major: 2, Minor: 28}},
			{System: "linux", Machine: "aarch64", Libc: python.Libc{Family: "musl", Major: 1, Minor: 2}},
			{System: "windows", Machine: "arm64"},
			{System: "macos", Machine: "arm64", Version: python.MacOSVersion{Major: 11}},
		} {
			all[v.On(platform).String()] = Compatible(v.On(platform))
		}
	}
	return all
}

func TestRankIsThePlaceInTheList(t *testing.T) {
	for name, tags := range interpreters() {
		t.Run(name, func(t *testing.T) {
			for i, tag := range tags.List() {
				if rank, ok := tags.Rank(tag); rank != i || !ok {
					t.Errorf("%s: got %d, %v, want %d", tag, rank, ok, i)
				}
			}
			for _, tag := range []Tag{
				{}, {"cp35", "cp35m", "any"}, {"cp36", "cp36m", "win_amd64"}, {"cp314", "cp314", "any"}, {"py3", "abi3", "linux_x86_64"},
			} {
				if rank, ok := tags.Rank(tag); ok {
					t.Errorf("%s: got %d, want none", tag, rank)
				}
			}
		})
	}
}

// least returns what Best must return.
func least(tags *Tags, set string) (best int, ok bool) {
	for _, tag := range ParseTags(set) {
		if rank, compatible := tags.Rank(tag); compatible && (!ok || rank < best) {
			best, ok = rank, true
		}
	}
	return best, ok
}

func TestBestIsTheLeastRank(t *testing.T) {
	const seed = 20260810
	random := rand.New(rand.NewPCG(seed, seed))
	draw := func(members ...string) string {
		picked := make([]string, 1+random.IntN(3))
		for i := range picked {
			picked[i] = members[random.IntN(len(members))]
		}
		return strings.Join(picked, ".")
	}
	all, compatible := interpreters(), 0
	for range 1_000 {
		set := draw("py2", "py3", "py36", "cp36", "cp38", "cp313", "cp314", "pp39", "3x") + "-" +
			draw("none", "abi3", "abi3t", "cp36m", "cp314", "cp314t") + "-" +
			draw("any", "linux_x86_64", "manylinux1_x86_64", "manylinux_2_28_x86_64", "musllinux_1_1_aarch64", "win_amd64", "")
		for name, tags := range all {
			got, ok := tags.Best(set)
			if want, wantOK := least(tags, set); got != want || ok != wantOK {
				t.Errorf("seed %d: %s, %s: got %d, %v, want %d, %v", seed, name, set, got, ok, want, wantOK)
			}
			if ok {
				compatible++
			}
		}
	}
	if compatible < 500 {
		t.Errorf("seed %d: the sample is too small: %d sets are compatible", seed, compatible)
	}
}
