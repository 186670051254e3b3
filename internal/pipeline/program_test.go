package pipeline

import (
	"testing"

	"github.com/magefile/mage/mage"

	"toxgen/internal/display"
)

func TestProgramOf(t *testing.T) {
	compiled, err := mage.ExeName("go", "/home/someone/.magefile", []string{"program_test.go"})
	if err != nil {
		t.Fatal(err)
	}
	for executable, want := range map[string]display.Program{
		compiled:                  display.Mage,
		compiled + ".exe":         display.Mage,
		compiled[:10]:             display.Binary,
		"/usr/local/bin/toxgen":   display.Binary,
		"./deadbeef":              display.Binary,
		`toxgen-windows.exe`:      display.Binary,
		"toxgen-0123456789abcdef": display.Binary,
		"":                        display.Binary,
	} {
		if got := programOf(executable); got != want {
			t.Errorf("%s: got %s, want %s", executable, got, want)
		}
	}
}
