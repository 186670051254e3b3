package results

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzReport checks that a result file of tox costs nothing but itself: no panic, no line that is too long or no text, and an
// environment that ended has an outcome.
func FuzzReport(f *testing.F) {
	for _, text := range []string{"", "{}", reportOf("a", environment(success, ran, "")), reportOf("a", environment(failure, broke+","+after, refused)),
		reportOf("a", environment(skipped, "", refused)), `{"testenvs": {"\ud800": {"result": {"success": 1}}}}`, strings.Repeat(`{"a":`, 200)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		reports, err := parseReport(strings.NewReader(text))
		if err != nil && reports != nil {
			t.Errorf("%v, and %d reports", err, len(reports))
		}
		for name, r := range reports {
			e := r.environment(counts{})
			if len(name) > maximumName+len("…") || len(e.Line) > maximumLine+len("…") || !utf8.ValidString(e.Line) || strings.ContainsAny(e.Line, "\n\r") {
				t.Errorf("%q has the line %q", name, e.Line)
			}
			if (e.Outcome == NotRun) != (!r.ended || r.skipped) {
				t.Errorf("%q is %q", name, e.Outcome)
			}
		}
	})
}

// FuzzTests checks that a junit file costs nothing but itself, and has no more tests than elements.
func FuzzTests(f *testing.F) {
	for _, text := range []string{"", "<testsuite/>", `<testsuites><testsuite><testcase><failure>x</failure></testcase><testcase><skipped/></testcase><testcase/></testsuite></testsuites>`,
		`<!DOCTYPE a><testsuite/>`, "<testsuite>" + strings.Repeat("<a>", 200), `<testsuite><testcase><testcase><error/></testcase></testcase></testsuite>`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := countTests(strings.NewReader(text))
		if err != nil && c != (counts{}) || err == nil && !c.read {
			t.Errorf("%v and %v", err, c)
		}
		if sum := c.passed + c.failed + c.skipped; sum > strings.Count(text, "<") {
			t.Errorf("%d tests", sum)
		}
	})
}
