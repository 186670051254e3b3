package config

import (
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"toxgen/internal/finding"
)

// FuzzParse checks that all bytes give a configuration or an error, and that each finding is one line with a position in
// the file.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/ok/*.yaml", "testdata/err/*.yaml", "../reference/testdata/toxgen.yaml"} {
		all := files(f, pattern)
		for _, name := range slices.Sorted(maps.Keys(all)) {
			f.Add(all[name])
		}
	}
	for _, broken := range brokenTexts {
		f.Add([]byte(broken.text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, findings := Parse("toxgen.yaml", data)
		if (c == nil) != (findings.Worst() == finding.Error) {
			t.Errorf("config %v, findings:\n%s", c != nil, lines(findings))
		}
		all := lineBreak.Split(string(data), -1)
		for _, f := range findings {
			inside := f.Line >= 1 && f.Line <= len(all) && f.Column >= 1
			if strings.HasPrefix(f.Message, "not YAML: ") { // yaml.v3 counts the columns of the others, wrongly where \r ends lines
				inside = inside && f.Column <= utf8.RuneCountInString(all[f.Line-1])+1
			}
			if !inside || strings.ContainsFunc(f.Message+f.Hint+strings.Join(f.Detail, ""), unicode.IsControl) {
				t.Errorf("of %d lines: %#v", len(all), f)
			}
		}
		if c != nil {
			c.Expired(time.Unix(0, 0))
			c.Interpreters()
		}
	})
}

// scalars holds all kinds of scalars, and functions that return their values as text.
var scalars = []struct {
	name  string
	empty func() scalar
	text  func(scalar) string
}{
	{"name", func() scalar { return &Name{} }, func(s scalar) string { return s.(*Name).Text }},
	{"package", func() scalar { return &Package{} }, func(s scalar) string { return s.(*Package).String() }},
	{"version", func() scalar { return &Version{} }, func(s scalar) string { return s.(*Version).String() }},
	{"specifiers", func() scalar { return &Specifiers{} }, func(s scalar) string { return s.(*Specifiers).String() }},
	{"requirement", func() scalar { return &Requirement{} }, func(s scalar) string { return s.(*Requirement).String() }},
	{"release", func() scalar { return &Release{} }, func(s scalar) string { return s.(*Release).Key + "==" + s.(*Release).Version.String() }},
	{"minor version", func() scalar { return &MinorVersion{} }, func(s scalar) string { return s.(*MinorVersion).String() }},
	{"interpreter", func() scalar { return &Interpreter{} }, func(s scalar) string { return "py" + s.(*Interpreter).Short }},
	{"libc", func() scalar { return &Libc{} }, func(s scalar) string { return s.(*Libc).String() }},
	{"duration", func() scalar { return &Duration{} }, func(s scalar) string { return s.(*Duration).String() }},
	{"date", func() scalar { return &Date{} }, func(s scalar) string { return s.(*Date).Format(time.DateOnly) }},
}

// FuzzScalar checks that a scalar reads its own text back as the same value, that the JSON Schema accepts the text, and
// that each error is one line.
func FuzzScalar(f *testing.F) {
	for _, text := range []string{"gql[all]", "1.1.4", "~=2.0,!=2.0.3", "werkzeug<2.1.0", "py4j (==0.10.9) ; python_version < '3.8'", "pyspark==3.0.3",
		"3.10", "py3.14t", "glibc-2.28", "72h", "2027-01-31", "1e6h", "a_==1", "Name[x,X,x_]", " 1.0\t", "-1h", "-0", "\x1b[2J"} {
		f.Add(text)
	}
	var patterns []*regexp.Regexp
	for _, kind := range scalars {
		patterns = append(patterns, regexp.MustCompile(kind.empty().pattern()))
	}
	f.Fuzz(func(t *testing.T, text string) {
		plain := !strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsPrint(r) })
		for i, kind := range scalars {
			first, second := kind.empty(), kind.empty()
			if err := first.parse(text, Pos{1, 1}); err != nil {
				if strings.ContainsFunc(err.Error()+hintOf(err), unicode.IsControl) {
					t.Errorf("%s %q: %q, hint %q", kind.name, text, err, hintOf(err))
				}
				continue
			}
			if plain && !patterns[i].MatchString(text) { // \s in Go's syntax matches ASCII only
				t.Errorf("%s %q does not match %s", kind.name, text, patterns[i])
			}
			written := kind.text(first)
			if err := second.parse(written, Pos{1, 1}); err != nil || kind.text(second) != written {
				t.Errorf("%s %q is written as %q, which reads as %q, %v", kind.name, text, written, kind.text(second), err)
			}
		}
	})
}

// FuzzKind checks that accepted texts hold no control characters and are what their kind describes.
func FuzzKind(f *testing.F) {
	for _, row := range [][2]string{
		{"line", "Tests of the web"}, {"block", "pip install -e .\n\tmake\n"}, {"suite", "pydantic_ai"}, {"group", "web-1"}, {"url", "https://a.b/c?d#e"},
		{"index", "https://user@example.org/simple/"}, {"repository", "getsentry/sentry-python"}, {"ref", "v2.0/x"}, {"path", "tests/integrations/flask"},
		{"folder", "sdk"}, {"json", "toxgen.schema.json"}, {"image", "postgres:18-alpine"}, {"action", "actions/setup-java"}, {"port", "5432:5432/tcp"},
		{"value", "a\\;b\\#c"}, {"command", "pytest {posargs}: x"}, {"folder", "a\u009b2J"}, {"json", "a\u0085.json"}, {"markdown", "docs/support.md"}, {"url", "https://a/\x01\u009b"},
	} {
		f.Add(row[0], row[1])
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		kind := kinds[name]
		if kind == nil {
			return
		}
		if err := kind.check(text); err != nil {
			if strings.ContainsFunc(err.Error()+hintOf(err), unicode.IsControl) || kind.secret && len(text) > 8 && strings.Contains(err.Error(), text) {
				t.Errorf("%s %q: %q, hint %q", name, text, err, hintOf(err))
			}
			return
		}
		if kind.warn != nil {
			if message, hint := kind.warn(text); strings.ContainsFunc(message+hint, unicode.IsControl) {
				t.Errorf("%s %q: %q, hint %q", name, text, message, hint)
			}
		}
		control := func(r rune) bool { return unicode.IsControl(r) && (name != "block" || r != '\n' && r != '\t') }
		if strings.ContainsFunc(text, control) {
			t.Errorf("%s admits %q", name, text)
		}
		switch name {
		case "path", "folder", "json", "markdown":
			if path.IsAbs(text) || path.Clean("/"+text) != "/"+text || text == "" {
				t.Errorf("%s admits %q", name, text)
			}
		case "url", "index":
			if u, err := url.Parse(text); err != nil || u.User != nil || u.Host == "" {
				t.Errorf("%s admits %q: %v", name, text, err)
			}
		}
	})
}
