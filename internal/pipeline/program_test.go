package pipeline

import (
	"testing"

	"toxgen/internal/display"
)

func TestProgramOf(t *testing.T) {
	for executable, want := range map[string]display.Program{
		"/home/someone/.magefile/5f0c7e7a2cbb0c2b32f0a0dcd6b6ef6f0f1b4a2d":     display.Mage,
		"/home/someone/.magefile/5f0c7e7a2cbb0c2b32f0a0dcd6b6ef6f0f1b4a2d.exe": display.Mage,
		"/usr/local/bin/toxgen":    display.Binary,
		"./deadbeef":               display.Binary,
		"toxgen-0123456789abcdef0": display.Binary,
		"":                         display.Binary,
	} {
		if got := programOf(executable); got != want {
			t.Errorf("%s: got %s, want %s", executable, got, want)
		}
	}
}
