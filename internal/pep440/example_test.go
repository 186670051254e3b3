package pep440_test

import (
	"fmt"
	"slices"

	"toxgen/internal/pep440"
)

// Versions may be written in many ways. They are printed in normal form and ordered as the specification says.
func ExampleParse() {
	var versions []pep440.Version
	for _, text := range []string{"1.10", "v1.9", "1.10.0-RC.1", "1.10.post2", "1.10.dev3", "1!0.1"} {
		v, err := pep440.Parse(text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		versions = append(versions, v)
	}
	slices.SortFunc(versions, pep440.Version.Compare)
	fmt.Println(versions)

	_, err := pep440.Parse("1.x")
	fmt.Println(err)
	// Output:
	// [1.9 1.10.dev3 1.10.0rc1 1.10 1.10.post2 1!0.1]
	// "1.x" is not a PEP 440 version
}

// Of equal versions the spellings differ, the canonical forms do not.
func ExampleVersion_Equal() {
	v, w := pep440.MustParse("1.0"), pep440.MustParse("1.0.0")
	fmt.Println(v == w, v.Equal(w), v.Canonical() == w.Canonical())
	// Output: false true true
}

// A set of specifiers selects releases. By default it selects pre-releases only if nothing else matches.
func ExampleSpecifiers_Filter() {
	var releases []pep440.Version
	for _, text := range []string{"1.26.11", "1.26.20", "2.0.0", "2.2.0", "3.0.0b1"} {
		releases = append(releases, pep440.MustParse(text))
	}
	for _, text := range []string{"~=1.26", ">=1.26.12,!=2.0.*", ">2.2"} {
		specifiers, err := pep440.ParseSpecifiers(text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Print(specifiers, ":")
		for _, i := range specifiers.Filter(releases, pep440.Default) {
			fmt.Print(" ", releases[i])
		}
		fmt.Println()
	}
	// Output:
	// ~=1.26: 1.26.11 1.26.20
	// !=2.0.*,>=1.26.12: 1.26.20 2.2.0
	// >2.2: 3.0.0b1
}
