package support

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"time"

	"toxgen/internal/display"
)

//go:embed page
var files embed.FS

// file returns the text of a part of the page.
func file(name string) string {
	data, err := files.ReadFile("page/" + name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(data)
}

// The parts of the page. They have only characters that a [display.Writer] leaves as they are, since digests name them.
var (
	style   = file("page.css")
	script  = file("page.js")
	content = template.Must(template.New("page.html").Funcs(template.FuncMap{"cut": display.Cut, "day": day, "stamp": stamp, "number": number}).Parse(file("page.html")))
)

// policy is the Content-Security-Policy of the page: nothing is loaded, nothing is sent, and nothing is executed but its own
// script. Whatever a text of others contains stays text.
var policy = fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; base-uri 'none'; form-action 'none'", digest(style), digest(script))

// digest returns the source expression for an inline style or script.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// A view is what the template of the page reads.
type view struct {
	*Table
	Policy  string
	Style   template.CSS
	Script  template.JS
	Meaning []string
	Groups  []group
	// Grouped reports whether there are groups.
	Grouped bool
}

// A group has the suites of one group.
type group struct {
	Name   string
	Suites []row
}

// A row is a suite with what its cells do not find in it.
type row struct {
	Suite
	// NewestTested is the newest tested release.
	NewestTested Release
	// Pythons are those of the suite, each with the newest release that is tested on it.
	Pythons []python
}

// A python is what a suite tests on one Python.
type python struct {
	Tested
	NewestTested Release
}

// HTML returns the table as a page that needs nothing else: no network and no other file. Without its script it is the whole
// table.
func (t *Table) HTML() []byte {
	v := view{Table: t, Policy: policy, Style: template.CSS(style), Script: template.JS(script), Meaning: meaning, Grouped: t.grouped()}
	for i := range t.Suites {
		s := &t.Suites[i]
		if i == 0 || s.Group != t.Suites[i-1].Group {
			v.Groups = append(v.Groups, group{Name: t.heading(s.Group)})
		}
		last := &v.Groups[len(v.Groups)-1]
		last.Suites = append(last.Suites, newRow(s))
	}
	var b bytes.Buffer
	// The page may be printed to a terminal or a log, as everything is.
	if err := content.Execute(display.NewWriter(&b), v); err != nil {
		panic(err) // neither the template nor a buffer can fail: a test executes all of it
	}
	return b.Bytes()
}

// stamp returns a time in a form that sorts, or "" if it is zero.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// newRow returns the row of a suite.
func newRow(s *Suite) row {
	r := row{Suite: *s, NewestTested: s.release(s.Newest)}
	for _, t := range s.Pythons {
		r.Pythons = append(r.Pythons, python{t, s.release(t.Newest)})
	}
	return r
}
