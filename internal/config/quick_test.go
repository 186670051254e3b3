package config

import (
	"os"
	"testing"
)

func TestQuick(t *testing.T) {
	data, err := os.ReadFile("../../toxgen.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, findings := Parse("toxgen.yaml", data)
	for _, f := range findings {
		t.Log(f)
	}
	if c != nil {
		t.Log(len(c.Suites), len(c.Static), len(c.Groups), len(Schema()))
	}
}
