package results

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// A report is what tox says of one environment. The zero report is that of one which did not run.
type report struct {
	// ended reports whether there is a result, and success and skipped what it is.
	ended, success, skipped bool
	// tested reports whether a command ran after the installation, and empty whether such a command ended with noTests, and none
	// with another status than that and 0.
	tested, empty bool
	// line is the last line of the first command that failed.
	line string
}

// noTests is the status with which pytest and unittest end if they find no test.
const noTests = "5"

// environment returns the result of an environment with the numbers of its tests.
func (r report) environment(tests counts) Environment {
	e, none := Environment{Line: r.line, Tests: tests.passed}, tests.passed+tests.failed == 0
	switch {
	case !r.ended || r.skipped:
		return Environment{Outcome: NotRun}
	case r.success && tests.read && none:
		return Environment{Outcome: NothingTested, Untested: true}
	case r.success:
		e.Outcome, e.Line, e.Untested = Passed, "", none && (r.empty || !r.tested)
	case r.tested:
		e.Outcome, e.Untested = Failed, none && r.empty
	default:
		e.Outcome = NotInstalled
	}
	return e
}

// worse returns the worse of two reports of one environment.
func worse(a, b report) report {
	if !a.ended || a.skipped || a.success && b.ended && !b.skipped && !b.success {
		return b
	}
	return a
}

// errNoReport is the error of a file that tox did not write.
var errNoReport = errors.New("it is not a result file of tox")

// parseReport reads a result file of tox, whose format is that of ResultLog in tox's own sources
// (https://github.com/tox-dev/tox/blob/main/src/tox/journal). What it does not need is skipped. Numbers are never converted.
func parseReport(content io.Reader) (map[string]report, error) {
	p := &parser{jsontext.NewDecoder(content, jsontext.AllowInvalidUTF8(true))} // tests write whatever bytes they like
	reports, environments := map[string]report{}, 0
	err := p.object(func(key string) error {
		if key != "testenvs" {
			return p.skip()
		}
		return p.object(func(name string) error {
			if environments++; environments > maximumEnvironments {
				return fmt.Errorf("it has more than %d environments", maximumEnvironments)
			}
			one, err := p.report()
			if one.ended { // tox also writes an entry for environments that it did not run
				reports[limited(name)] = one
			}
			return err
		})
	})
	if err == nil {
		if _, err = p.ReadToken(); errors.Is(err, io.EOF) {
			return reports, nil
		}
		err = errNoReport
	}
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errNoReport
	}
	return nil, err
}

// A parser reads the parts of a result file.
type parser struct{ *jsontext.Decoder }

// object calls each for every key of an object; each reads the value.
func (p *parser) object(each func(key string) error) error {
	if token, err := p.ReadToken(); err != nil || token.Kind() != '{' {
		return cannot(err)
	}
	for p.PeekKind() != '}' {
		key, err := p.ReadToken()
		if err != nil {
			return err
		}
		if err := each(key.String()); err != nil {
			return err
		}
	}
	_, err := p.ReadToken()
	return err
}

// cannot returns the error of a value that could not be read, or that is another one than tox writes.
func cannot(err error) error {
	if err == nil {
		return errNoReport
	}
	return err
}

// skip reads a value that is not needed.
func (p *parser) skip() error {
	depth := p.StackDepth()
	for {
		if _, err := p.ReadToken(); err != nil {
			return err
		}
		switch {
		case p.StackDepth() == depth:
			return nil
		case p.StackDepth() > maximumDepth:
			return errors.New("its values are nested too deep")
		}
	}
}

// report reads what a file says of one environment.
func (p *parser) report() (r report, err error) {
	var installed, tested commands
	err = p.object(func(key string) error {
		switch {
		case key == "result" && p.PeekKind() == '{':
			r.ended = true
			return p.object(func(key string) error {
				switch {
				case key == "success":
					return p.flag(&r.success)
				case key == "skipped":
					return p.flag(&r.skipped)
				default:
					return p.skip()
				}
			})
		case key == "setup" && p.PeekKind() == '[':
			return p.commands(&installed)
		case key == "test" && p.PeekKind() == '[':
			return p.commands(&tested)
		default:
			return p.skip()
		}
	})
	r.line = installed.line
	if r.tested, r.empty = tested.ran, tested.empty && !tested.failed; r.tested {
		r.line = tested.line
	}
	return r, err
}

// flag reads whether a value is `true`.
func (p *parser) flag(to *bool) error {
	*to = p.PeekKind() == 't'
	return p.skip()
}

// commands are what a file says of a list of commands.
type commands struct {
	// ran reports whether there is one, empty whether one ended with noTests, and failed whether one ended with another status
	// than that and 0.
	ran, empty, failed bool
	// line is the last line of the first one that did not end with 0.
	line string
}

// commands reads a list of commands.
func (p *parser) commands(list *commands) error {
	if _, err := p.ReadToken(); err != nil {
		return err
	}
	for p.PeekKind() != ']' {
		list.ran = true
		var code, output, errors string
		err := p.object(func(key string) error {
			switch {
			case key == "retcode" && p.PeekKind() == '0':
				token, err := p.ReadToken()
				code = token.String()
				return err
			case key == "output" && p.PeekKind() == '"':
				return p.lastLine(&output)
			case key == "err" && p.PeekKind() == '"':
				return p.lastLine(&errors)
			default:
				return p.skip()
			}
		})
		if err != nil {
			return err
		}
		if code == "" || code == "0" {
			continue
		}
		list.empty, list.failed = list.empty || code == noTests, list.failed || code != noTests
		if list.line == "" {
			list.line = cmp.Or(output, errors)
		}
	}
	_, err := p.ReadToken()
	return err
}

// styles matches the escape sequences by which programs colour their output.
var styles = regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")

// lastLine reads a text and returns its last line that is not empty, without colours and without the rule around the line in
// which pytest counts.
func (p *parser) lastLine(to *string) error {
	token, err := p.ReadToken()
	if err != nil {
		return err
	}
	text := token.String()
	for text != "" {
		i := strings.LastIndexAny(text, "\n\r")
		line := text[i+1:]
		text = text[:max(i, 0)]
		if len(line) > 8*maximumLine {
			line = line[:8*maximumLine]
		}
		line = strings.Trim(styles.ReplaceAllString(line, ""), "= \t\x00")
		if len(line) > maximumLine {
			line = line[:maximumLine] + "…"
		}
		if *to = strings.ToValidUTF8(line, ""); *to != "" {
			return nil
		}
	}
	return nil
}
