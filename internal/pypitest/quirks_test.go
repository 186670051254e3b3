package pypitest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/concurrent"
	"toxgen/internal/live"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/pypi"
	"toxgen/internal/pypitest"
	"toxgen/internal/python"
	"toxgen/internal/resolve"
)

// pip names the interpreter whose pip measures the answers anew, as in
//
//	go test ./internal/pypitest -run TestQuirks -pip=venv/bin/python
//
// It must be the Python below and have pip and setuptools.
var pip = flag.String("pip", "", "the interpreter whose pip measures testdata/quirks.tsv anew")

var target = python.Version{Major: 3, Minor: 12, Patch: 1}.On(
	python.Platform{System: "linux", Machine: "x86_64", Libc: python.Libc{Family: "glibc", Major: 2, Minor: 28}})

// A quirk is an index that is odd in one way. Its projects are demo and six. What is asked is which releases are
// installed for the requirement demo.
type quirk struct {
	// kind is what is odd, where is its place, served is what the index serves there.
	kind, where, served string
	// why is the reason for another answer than pip's. It is empty if the answer is the same.
	why   string
	serve func(tb testing.TB) *pypitest.Server
}

// An answer is a row of testdata/quirks.tsv.
type answer struct{ kind, where, served, pip, toxgen, why string }

// key identifies the row.
func (a answer) key() string { return a.kind + "\t" + a.where + "\t" + a.served }

// agrees reports whether pip installs the same, or ends as toxgen does. The words in which each ends do not matter.
func (a answer) agrees() bool {
	ends := strings.HasPrefix(a.pip, "error") || strings.HasPrefix(a.pip, "crash")
	return a.pip == a.toxgen || ends && (a.toxgen == "error" || a.toxgen == "refused")
}

func (a answer) String() string {
	return strings.Join([]string{a.kind, a.where, a.served, a.pip, a.toxgen, a.why}, "\t")
}

const (
	table  = "testdata/quirks.tsv"
	header = "kind\twhere\twhat is served\tpip\ttoxgen\twhy they differ"
)

// TestQuirks asks about each quirk, and compares the answer with the recorded one and with pip's. A different answer needs
// a reason, and a reason a different answer.
func TestQuirks(t *testing.T) {
	quirks := allQuirks()
	for i := range quirks {
		quoted := strconv.Quote(quirks[i].served)
		quirks[i].served = strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
	}
	recorded := readAnswers(t)
	answers := concurrent.Map(4, quirks, func(q quirk) answer {
		a := answer{q.kind, q.where, q.served, "", "", q.why}
		index := q.serve(t)
		defer index.Close()
		if a.toxgen = ask(t, index); *pip != "" {
			a.pip = askPip(t, index)
		} else {
			a.pip = recorded[a.key()].pip
		}
		if a.agrees() {
			a.why = ""
		}
		return a
	})
	if *pip != "" {
		lines := []string{header}
		for _, a := range answers {
			lines = append(lines, a.String())
		}
		if err := os.WriteFile(table, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		recorded = readAnswers(t)
	}
	if len(answers) != len(recorded) {
		t.Errorf("%d quirks, but %d rows in %s", len(answers), len(recorded), table)
	}
	needed := map[string]bool{}
	for i, a := range answers {
		if diff := cmp.Diff(recorded[a.key()].String(), a.String()); diff != "" {
			t.Errorf("%s (-recorded +got):\n%s", a.key(), diff)
		}
		if !a.agrees() && a.why == "" {
			t.Errorf("%s: pip's answer is %q, ours is %q, without a reason", a.key(), a.pip, a.toxgen)
		}
		reason := quirks[i].kind + quirks[i].served + quirks[i].why
		needed[reason] = needed[reason] || a.why != ""
	}
	for _, q := range quirks {
		if q.why != "" && !needed[q.kind+q.served+q.why] {
			t.Errorf("%s %s: the answer is pip's, so there is nothing to explain: %s", q.kind, q.served, q.why)
		}
	}
}

func readAnswers(t *testing.T) map[string]answer {
	data, err := os.ReadFile(table)
	if err != nil && *pip == "" {
		t.Fatal(err)
	}
	recorded := map[string]answer{}
	for i, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		cells := strings.Split(line, "\t")
		if i == 0 || *pip != "" && len(cells) != 6 {
			continue
		}
		a := answer{cells[0], cells[1], cells[2], cells[3], cells[4], cells[5]}
		if _, twice := recorded[a.key()]; twice {
			t.Errorf("%s: %s stands twice", table, a.key())
		}
		recorded[a.key()] = a
	}
	return recorded
}

// ask returns what toxgen installs, as name==version, or "none" if nothing fits, "refused" if the requirements of what it
// would install cannot be known, or the word "error".
func ask(tb testing.TB, index *pypitest.Server) string {
	client, err := pypi.New(pypi.Options{URL: index.URL, Limits: pypi.Limits{Tries: 2, Delay: time.Millisecond}})
	if err != nil {
		tb.Fatal(err)
	}
	demo, err := pep508.ParseRequirement("demo")
	if err != nil {
		tb.Fatal(err)
	}
	result, err := live.Everything(client, nil, target).Universe().Target(target).Resolve(tb.Context(), &resolve.Problem{Roots: []resolve.Root{{Requirement: demo}}})
	switch {
	case errors.As(err, new(*resolve.Conflict)):
		return "none"
	case errors.As(err, new(*resolve.Refusal)):
		return "refused"
	case err != nil:
		tb.Log(err)
		return "error"
	}
	var pins []string
	for _, pin := range result.Pins {
		pins = append(pins, pin.Name+"=="+pin.Version.Canonical())
	}
	return strings.Join(pins, " ")
}

// reasons are the lines by which pip's failures are told apart.
var reasons = []struct{ pattern, meaning string }{
	{`(?m)^(?:ERROR: )?(?:No matching distribution|ResolutionImpossible|Cannot install )`, "none"},
	{`(?m)^(?:\w+\.)*(\w*(?:Error|Exception|Invalid\w*|Bad\w+))(?::|$)`, "crash: $1"},
	{`(?m)THESE PACKAGES DO NOT MATCH THE HASHES`, "error: digest"},
	{`(?m)^ERROR: HTTP error (\d+)`, "error: HTTP $1"},
	{`(?m)^(?:ERROR|error): (.{1,50})`, "error: $1"},
}

// askPip returns what pip installs, in the same way.
func askPip(tb testing.TB, index *pypitest.Server) string {
	ctx, cancel := context.WithTimeout(tb.Context(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, *pip, "-m", "pip", "--isolated", "--no-input", "--disable-pip-version-check", "install", "--quiet", "--dry-run",
		"--ignore-installed", "--no-cache-dir", "--no-build-isolation", "--retries=0", "--report=-", "--index-url="+index.URL, "demo")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err == nil {
		var report struct {
			Install []struct {
				Metadata struct{ Name, Version string }
			}
		}
		if err := json.Unmarshal(out, &report); err != nil {
			return "error: " + err.Error()
		}
		var pins []string
		for _, one := range report.Install {
			version, err := pep440.Parse(strings.TrimSpace(one.Metadata.Version))
			if err != nil {
				tb.Error(err)
			}
			pins = append(pins, pep508.NormalizeName(one.Metadata.Name)+"=="+version.Canonical())
		}
		slices.Sort(pins)
		return strings.Join(pins, " ")
	}
	text := regexp.MustCompile(`/tmp/pip-[^/]*/`).ReplaceAllString(strings.ReplaceAll(stderr.String(), index.Origin, ""), "")
	for _, r := range reasons {
		pattern := regexp.MustCompile(r.pattern)
		if match := pattern.FindStringSubmatchIndex(text); match != nil {
			return string(pattern.ExpandString(nil, r.meaning, text, match))
		}
	}
	tb.Logf("pip: %v\n%s", err, text)
	return fmt.Sprint("error: ", err)
}
