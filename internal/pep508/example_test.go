package pep508_test

import (
	"fmt"

	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/python"
)

func ExampleParseRequirement() {
	r, err := pep508.ParseRequirement(`Zope.Interface[test,docs] (>=5.0, <7) ; python_version < "3.13"`)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Key(), r.Extras)
	fmt.Println(r.Specifiers.Match(pep440.MustParse("6.4")), r.Specifiers.Match(pep440.MustParse("7.0")))
	fmt.Println(r)

	_, err = pep508.ParseRequirement("requests=2.0")
	fmt.Println(err)
	// Output:
	// zope-interface [docs test]
	// true false
	// Zope.Interface[docs,test]<7,>=5.0; python_version < "3.13"
	// "requests=2.0", column 9: a version specifier or a semicolon was expected
}

// A marker is evaluated for a declared environment: an interpreter and a platform that need not be those of the machine
// that runs the program.
func ExampleMarker_Evaluate() {
	linux := python.Platform{System: "linux", Machine: "x86_64", Libc: python.Libc{Family: "glibc", Major: 2, Minor: 28}}
	old := pep508.NewEnvironment(python.Version{Major: 3, Minor: 7, Patch: 17}.On(linux))
	current := pep508.NewEnvironment(python.Version{Major: 3, Minor: 14, Patch: 4}.On(linux))
	for _, text := range []string{
		`python_version < "3.8"`,
		`python_full_version >= "3.14.2" and sys_platform == "linux"`,
		`extra == "async" or os_name == "nt"`,
	} {
		marker, err := pep508.ParseMarker(text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		for _, environment := range []*pep508.Environment{old, current} {
			for _, extra := range []string{"", "async"} {
				holds, err := marker.Evaluate(environment, extra)
				if err != nil {
					fmt.Println(err)
				}
				fmt.Print(holds, " ")
			}
		}
		fmt.Println(marker)
	}
	// Output:
	// true true false false python_version < "3.8"
	// false false true true python_full_version >= "3.14.2" and sys_platform == "linux"
	// false true false true extra == "async" or os_name == "nt"
}
