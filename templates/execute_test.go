package templates

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"text/template"
)

// data is what the templates of the tests are executed with.
type data struct {
	Name  string
	Lines []string
}

// execute executes a template that may include itself as `self`, within a new budget.
func execute(ctx context.Context, text string) (string, error) {
	b := NewBudget(ctx)
	b.steps /= 20 // for a short test; that all of them are soon used up is tested in package tox
	t := Template{Name: "x.tmpl", Text: text}
	t.Functions = template.FuncMap{"include": func(d any) (string, error) { return b.Execute(t, d) }}
	lines := make([]string, 1000)
	for i := range lines {
		lines[i] = fmt.Sprint("line ", i)
	}
	return b.Execute(t, data{"a name", lines})
}

// doubled returns a template that doubles a text many times.
func doubled(action string) string {
	return `{{$x := "0123456789"}}{{range 60}}{{$x = ` + action + `}}{{end}}`
}

// TestHostileTemplates checks that templates that would not end, or would take all memory or the whole stack, are errors
// that name the template and the line, and that little memory was used.
func TestHostileTemplates(t *testing.T) {
	const endless = "the template does not end: it made more than 500000 passes of loops and executions of templates"
	loops := strings.Repeat("{{range $.Lines}}", 20) + strings.Repeat("{{end}}", 20)
	tests := []struct{ name, text, want string }{
		{"a loop over a number", "a\n{{range 2000000000}}{{end}}", "template: x.tmpl:2:8: " + endless},
		{"a loop whose body does nothing", "{{range 2000000000}}{{if false}}x{{end}}{{end}}", endless},
		{"a loop in the else of a loop", "{{range slice .Lines 0 0}}{{else}}\n{{range 2000000000}}{{end}}{{end}}", "template: x.tmpl:2:8: " + endless},
		{"a loop in a condition", "{{with .Name}}{{if true}}{{range 2000000000}}{{continue}}{{end}}{{end}}{{end}}", endless},
		{"loops within each other", loops, endless},
		{"output without an end", "{{range 2000000000}}" + strings.Repeat("0123456789", 100) + "{{end}}", "the output and the values that it is made of have more than 16777216 bytes"},
		{"recursion without an end", "a\n{{define \"r\"}}\n{{template \"r\" .}}{{end}}{{template \"r\" .}}", "template: x.tmpl:2:14: templates execute each other more than 100 deep"},
		{"recursion that branches", `{{define "r"}}{{if .}}{{template "r" (slice . 1)}}{{template "r" (slice . 1)}}{{end}}{{end}}{{template "r" (printf "%60s" "")}}`, endless},
		{"recursion that keeps values", `{{define "r"}}{{$x := print . "x"}}{{template "r" $x}}{{end}}{{template "r" (printf "%1000s" "")}}`, "more than 100 deep"},
		{"inclusion without an end", "\n{{include .}}", "templates execute each other more than 100 deep"},
		{"inclusions that branch", "{{include .}}{{include .}}", "more than 100 deep"},
		{"a value that doubles by print", doubled("print $x $x"), "a value has more than 1048576 bytes"},
		{"a value that doubles by println", doubled("println $x $x"), "a value has more than 1048576 bytes"},
		{"a value that doubles by printf", doubled(`printf "%s%s" $x $x`), "a value has more than 1048576 bytes"},
		{"a value that doubles by quoting", doubled(`printf "%q%q" $x $x`), "a value has more than 1048576 bytes"},
		{"many large values", `{{$x := printf "%1000s" ""}}{{range 2000000000}}{{$y := print $x $x $x}}{{end}}`, "the output and the values that it is made of have more than"},
		{"a width", `{{printf "%1000000000d" 1}}`, "template: x.tmpl:1:2: executing \"x.tmpl\" at <printf \"%1000000000d\" 1>: error calling printf: printf: a width is more than 1000"},
		{"a precision", `{{printf "%.0001001f" 1.0}}`, "printf: a width is more than 1000"},
		{"a width from an argument", `{{printf "%*d" 1000000000 1}}`, "printf: widths from arguments"},
		{"an argument again and again", `{{printf "%[1]s%[1]s" "x"}}`, "printf: widths from arguments and indexes of arguments"},
		{"many widths", `{{printf "` + strings.Repeat("%1000d", 2000) + `"` + strings.Repeat(" 1", 2000) + `}}`, "a value has more than 1048576 bytes"},
		{"the functions of web pages", `{{html .Name}}`, "templates of toxgen do not have this function"},
		{"deep conditions", strings.Repeat("{{if true}}", 10000) + strings.Repeat("{{end}}", 10000), "actions or parentheses are nested more than 100 deep"},
		{"a long chain of conditions", "{{if false}}" + strings.Repeat("{{else if false}}", 10000) + "{{end}}", "nested more than 100 deep"},
		{"deep parentheses", "{{print " + strings.Repeat("(print ", 5000) + "1" + strings.Repeat(")", 5000) + "}}", "nested more than 100 deep"},
		{"deep parentheses in a template that is never executed", `{{define "n"}}{{print ` + strings.Repeat("(print ", 5000) + "1" + strings.Repeat(")", 5000) + "}}{{end}}", "nested more than 100 deep"},
		{"the deepest parentheses", "{{print " + strings.Repeat("(", 100000) + "1" + strings.Repeat(")", 100000) + "}}", "x.tmpl:1: max expression depth exceeded"},
		{"a large template", strings.Repeat("x", maximumText+1), "the template has more than 262144 bytes"},
		{"the counter's own functions", "{{leave__}}", `function "leave__" not defined`},
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := execute(t.Context(), tt.text); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v\nwant %q", err, tt.want)
			}
		})
	}
	runtime.ReadMemStats(&after)
	if used := (after.Sys - before.Sys) >> 20; used > 250 {
		t.Errorf("%d MiB were taken from the machine", used)
	}
}

// TestInterrupted checks that the end of a context ends a template.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("the time is over"))
	for _, text := range []string{"{{range 3}}{{end}}", "x", `{{define "a"}}{{end}}{{template "a"}}`} {
		if _, err := execute(ctx, text); err == nil || !strings.Contains(err.Error(), "template: x.tmpl:1:0: interrupted: the time is over") {
			t.Errorf("%s: got error %v", text, err)
		}
	}
}

// TestFunctions checks that templates within the limits get what text/template would give them.
func TestFunctions(t *testing.T) {
	for _, text := range []string{
		`{{print}}|{{print 1}}|{{print 1 2}}|{{print "a" 1 2 "b" "c" nil}}|{{print .Name .Lines}}`,
		`{{println}}|{{println 1 "a" "b" 2}}`,
		`{{printf "%d%%"  5}}|{{printf "%5.2f|%-5s|%+d|%#x|%05d|% d|%q|%v|%T" 1.5 "a" 1 255 7 3 "q" .Lines .Name}}|{{printf "%s" 1}}|{{printf "%d"}}|{{printf "none"}}`,
		`{{printf "%1000d" 1}}`,
		`{{range $i, $line := .Lines}}{{if eq $i 3}}{{break}}{{end}}{{if eq $i 1}}{{continue}}{{end}}{{$line}};{{else}}none{{end}}`,
		`{{range 3}}{{.}}{{end}}{{range slice .Lines 0 0}}x{{else}}none{{end}}`,
		`{{define "a"}}[{{.}}]{{end}}{{template "a" .Name}}{{block "b" 1}}{{.}}{{end}}{{with .Name}}{{len .}}{{else with .Lines}}{{end}}`,
		`{{$x := 1}}{{range 3}}{{$x = print $x .}}{{end}}{{$x}} {{- /* a comment */ -}} {{(index .Lines 2) | printf "%s-%s" "x"}}`,
	} {
		want := func() string {
			var out strings.Builder
			lines, _ := execute(t.Context(), `{{range .Lines}}{{println .}}{{end}}`)
			d := data{"a name", strings.Split(strings.TrimSuffix(lines, "\n"), "\n")}
			if err := template.Must(template.New("x.tmpl").Parse(text)).Execute(&out, d); err != nil {
				t.Fatal(err)
			}
			return out.String()
		}()
		if got, err := execute(t.Context(), text); err != nil || got != want {
			t.Errorf("%s: got %q and %v, want %q", text, got, err, want)
		}
	}
}

// TestFault checks that an error has the position of its cause.
func TestFault(t *testing.T) {
	_, err := execute(t.Context(), "a\nb {{range 2000000000}}{{end}}")
	f := Fault("mine", "x.tmpl", err)
	if f.File != "mine/x.tmpl" || f.Line != 2 || !strings.HasPrefix(f.Message, "the template does not end") {
		t.Errorf("got %+v", f)
	}
}
