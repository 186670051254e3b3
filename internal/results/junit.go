package results

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// counts are the numbers of the tests in a junit file. read is set if there is one.
type counts struct {
	read                    bool
	passed, failed, skipped int
}

// countTests counts the tests of a junit file by their outcomes, as templates/summary.py.tmpl does. It keeps nothing else of the
// file. A document type is refused, and so are entities that XML itself does not have.
func countTests(content io.Reader) (counts, error) {
	c, test, depth := counts{}, "", 0
	for decoder := xml.NewDecoder(content); ; {
		token, err := decoder.Token()
		switch {
		case errors.Is(err, io.EOF) && c.read:
			return c, nil
		case err != nil:
			return counts{}, errors.New("it is not a junit file")
		}
		switch token := token.(type) {
		case xml.Directive:
			return counts{}, errors.New("it declares a document type")
		case xml.StartElement:
			name := token.Name.Local
			if depth == 0 && name != "testsuites" && name != "testsuite" {
				return counts{}, errors.New("it is not a junit file")
			}
			if depth++; depth > maximumDepth {
				return counts{}, fmt.Errorf("its elements are nested more than %d deep", maximumDepth)
			}
			c.read = true
			test = begun(test, name)
		case xml.EndElement:
			if depth--; token.Name.Local == "testcase" {
				c.add(test)
				test = ""
			}
		}
	}
}

// begun returns the outcome of a test after the beginning of an element.
func begun(test, element string) string {
	switch {
	case element == "testcase":
		return "passed"
	case test != "" && (element == "failure" || element == "error"):
		return "failed"
	case test == "passed" && element == "skipped":
		return "skipped"
	}
	return test
}

// add counts a test with an outcome, which is empty if it has been counted.
func (c *counts) add(outcome string) {
	switch outcome {
	case "passed":
		c.passed++
	case "failed":
		c.failed++
	case "skipped":
		c.skipped++
	}
}
