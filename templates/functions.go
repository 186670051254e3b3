package templates

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"text/template"
)

// bounded returns functions in place of those of text/template whose results may be large. Those for HTML, JavaScript and
// URLs have no use here.
func bounded(b *Budget) template.FuncMap {
	refused := func(...any) (string, error) { return "", errors.New("templates of toxgen do not have this function") }
	return template.FuncMap{
		"print":    func(args ...any) (string, error) { return b.print(args, false) },
		"println":  func(args ...any) (string, error) { return b.print(args, true) },
		"printf":   b.printf,
		"html":     refused,
		"js":       refused,
		"urlquery": refused,
	}
}

// A growing is a value that is made of parts, and never larger than a value may be.
type growing struct {
	budget *Budget
	text   strings.Builder
}

// add adds a part.
func (g *growing) add(part string) error {
	if g.text.Len()+len(part) > maximumValue {
		return g.budget.overdrawn("a value has more than %d bytes", maximumValue)
	}
	g.text.WriteString(part)
	return nil
}

// print formats like fmt.Sprint or fmt.Sprintln, but one argument after the other.
func (b *Budget) print(args []any, line bool) (string, error) {
	g := &growing{budget: b}
	for i, arg := range args {
		if i > 0 && (line || !isText(args[i-1]) && !isText(arg)) {
			if err := g.add(" "); err != nil {
				return "", err
			}
		}
		if err := g.add(fmt.Sprint(arg)); err != nil {
			return "", err
		}
	}
	if line {
		if err := g.add("\n"); err != nil {
			return "", err
		}
	}
	return b.Value(g.text.String())
}

// isText reports whether fmt.Sprint puts no space beside an operand.
func isText(arg any) bool {
	return arg != nil && reflect.TypeOf(arg).Kind() == reflect.String
}

// maximumWidth is the greatest width and precision of a verb.
const maximumWidth = 1000

// printf formats like fmt.Sprintf, but one verb after the other. It knows no widths from arguments and no indexes of
// arguments.
func (b *Budget) printf(format string, args ...any) (string, error) {
	g := &growing{budget: b}
	for format != "" {
		text, rest, found := strings.Cut(format, "%")
		if err := g.add(text); err != nil {
			return "", err
		}
		if !found {
			break
		}
		end := strings.IndexFunc(rest, func(r rune) bool { return !strings.ContainsRune("+-# 0123456789.", r) })
		if end < 0 {
			return "", fmt.Errorf("printf: %q ends within a verb", format)
		}
		verb := rest[:end+1]
		if strings.ContainsAny(verb, "*[") {
			return "", errors.New("printf: widths from arguments and indexes of arguments are not supported")
		}
		for _, number := range strings.FieldsFunc(rest[:end], func(r rune) bool { return r < '0' || r > '9' }) {
			if number = strings.TrimLeft(number, "0"); len(number) > 4 || len(number) == 4 && number > fmt.Sprint(maximumWidth) {
				return "", fmt.Errorf("printf: a width is more than %d", maximumWidth)
			}
		}
		format = rest[end+1:]
		var operands []any
		if verb != "%" && len(args) > 0 {
			operands, args = args[:1], args[1:]
		}
		if err := g.add(fmt.Sprintf("%"+verb, operands...)); err != nil {
			return "", err
		}
	}
	if len(args) > 0 {
		return "", fmt.Errorf("printf: %d arguments too many", len(args))
	}
	return b.Value(g.text.String())
}
