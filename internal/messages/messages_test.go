// Package messages collects the texts that the program prints for people in testdata/messages.txt, so that a person can read all of
// them at once. Whoever changes one reads it there as others will: does it say where, what is wrong, why, and what to do, in plain
// English?
//
// A finding stands there with its hint: a literal of a struct with these fields, a call of a function with the parameters hint and format,
// or the results of a function with these names. An error is what errors.New or fmt.Errorf gets. A text is any other literal with a part
// of a sentence. Each package has its own part, sorted, with each message once and without line numbers, so that moving code
// changes nothing. `…` stands for a value that is not a literal, `⏎` for the end of a line.
//
// Not collected are the messages of libraries, and the texts of generated files, which are templates.
package messages

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/messages.txt")

// A message is a text with its kind, such as "error", and its hint.
type message struct{ kind, text, hint string }

// String returns the lines of the message in the file.
func (m message) String() string {
	text := m.kind + ": " + m.text
	if m.hint != "" {
		text += "\n  hint: " + m.hint
	}
	return text
}

// A helper is a function of a package that takes a message, named format, and perhaps a hint.
type helper struct{ format, hint int }

// A collector collects the messages of a package.
type collector struct {
	helpers map[string]helper
	found   []message
	// seen are the literals that are a part of a message.
	seen map[ast.Node]bool
}

// Visit implements [ast.Visitor]. It visits what contains a text before the text.
func (c *collector) Visit(n ast.Node) ast.Visitor {
	switch n := n.(type) {
	case *ast.ImportSpec:
		return nil
	case *ast.Field:
		c.skip(n.Tag)
	case *ast.FuncDecl:
		c.results(n)
	case *ast.CompositeLit:
		c.composite(n)
	case *ast.AssignStmt:
		c.assignment(n)
	case *ast.CallExpr:
		c.call(n)
	case *ast.BinaryExpr, *ast.BasicLit:
		c.add("text", n.(ast.Expr))
	}
	return c
}

// skip leaves a literal out.
func (c *collector) skip(n *ast.BasicLit) {
	if n != nil {
		c.seen[n] = true
	}
}

// composite adds the message of a finding, with its hint.
func (c *collector) composite(n *ast.CompositeLit) {
	var m message
	for _, element := range n.Elts {
		pair, is := element.(*ast.KeyValueExpr)
		if !is {
			continue
		}
		switch key, _ := pair.Key.(*ast.Ident); {
		case key == nil:
		case key.Name == "Message", key.Name == "Reason":
			m.kind, m.text = "finding", c.text(pair.Value)
		case key.Name == "Hint":
			m.hint = c.text(pair.Value)
		case key.Name == "Kind":
			c.text(pair.Value)
		}
	}
	if m.text != "" {
		c.found = append(c.found, m)
	} else if m.hint != "" {
		c.found = append(c.found, message{kind: "hint", text: m.hint})
	}
}

// assignment adds a message or a hint that is set by itself.
func (c *collector) assignment(n *ast.AssignStmt) {
	if len(n.Lhs) != len(n.Rhs) {
		return
	}
	var m message
	for i, left := range n.Lhs {
		switch field, _ := left.(*ast.SelectorExpr); {
		case field == nil:
		case field.Sel.Name == "Message", field.Sel.Name == "Reason":
			m.kind, m.text = "finding", c.text(n.Rhs[i])
		case field.Sel.Name == "Hint" && m.text != "":
			m.hint = c.text(n.Rhs[i])
		case field.Sel.Name == "Hint":
			c.add("hint", n.Rhs[i])
		}
	}
	if m.text != "" {
		c.found = append(c.found, m)
	}
}

// foreign are functions whose arguments are no messages.
var foreign = regexp.MustCompile(`^(regexp\.MustCompile|os\.Getenv|strings\.\w*|template\.\w*|tox\.RenderBuild)$`)

// call adds the text of an error.
func (c *collector) call(n *ast.CallExpr) {
	name := nameOf(n.Fun)
	switch {
	case foreign.MatchString(name):
		for _, argument := range n.Args {
			ast.Inspect(argument, func(n ast.Node) bool {
				if literal, is := n.(*ast.BasicLit); is {
					c.skip(literal)
				}
				return true
			})
		}
	case name == "errors.New", name == "fmt.Errorf":
		c.add("error", n.Args[0])
	default:
		h, is := c.helpers[name[strings.LastIndexByte(name, '.')+1:]]
		if !is || len(n.Args) <= h.format {
			return
		}
		m := message{kind: "text", text: c.text(n.Args[h.format])}
		if h.hint >= 0 {
			m.kind, m.hint = "finding", c.text(n.Args[h.hint])
		}
		if m.text != "…" {
			c.found = append(c.found, m)
		}
	}
}

// declared adds a function that is a helper.
func (c *collector) declared(name string, function *ast.FuncType) {
	h, place := helper{-1, -1}, 0
	for _, field := range function.Params.List {
		for _, parameter := range field.Names {
			switch parameter.Name {
			case "format":
				h.format = place
			case "hint":
				h.hint = place
			}
			place++
		}
	}
	if h.format >= 0 {
		c.helpers[name] = h
	}
}

// declarations adds the helpers of a file, also those that are function literals.
func (c *collector) declarations(file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			c.declared(n.Name.Name, n.Type)
		case *ast.AssignStmt:
			for i, right := range n.Rhs {
				name, _ := n.Lhs[i].(*ast.Ident)
				if literal, is := right.(*ast.FuncLit); is && name != nil {
					c.declared(name.Name, literal.Type)
				}
			}
		}
		return true
	})
}

// results adds the message and the hint that a function with results of these names returns.
func (c *collector) results(n *ast.FuncDecl) {
	if n.Type.Results == nil || n.Body == nil {
		return
	}
	var names []string
	for _, field := range n.Type.Results.List {
		for _, name := range field.Names {
			names = append(names, name.Name)
		}
	}
	text, hint := slices.Index(names, "message"), slices.Index(names, "hint")
	if text < 0 || hint < 0 {
		return
	}
	ast.Inspect(n.Body, func(n ast.Node) bool {
		if returned, is := n.(*ast.ReturnStmt); is && len(returned.Results) == len(names) {
			if m := (message{"finding", c.text(returned.Results[text]), c.text(returned.Results[hint])}); m.text != "…" && m.text != "" {
				c.found = append(c.found, m)
			}
		}
		return true
	})
}

// nameOf returns the name of a function, such as fmt.Errorf, or "".
func nameOf(function ast.Expr) string {
	switch f := function.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		if x, is := f.X.(*ast.Ident); is {
			return x.Name + "." + f.Sel.Name
		}
		return f.Sel.Name
	}
	return ""
}

// sentence matches a text in which a word is followed by another one.
var sentence = regexp.MustCompile(`[a-z]{2,}[,:;]? +[^ ]*[a-z%]{2}|[a-z%]{2,}[,:;]? +[a-z]{2,}`)

// add adds a text if it is a sentence.
func (c *collector) add(kind string, n ast.Expr) {
	if c.seen[n] {
		return
	}
	if text := c.text(n); sentence.MatchString(text) {
		c.found = append(c.found, message{kind: kind, text: text})
	}
}

// text returns the text of an expression, with `…` for what is not a literal, and takes its literals for seen. Of a call of
// Sprintf it returns the format.
func (c *collector) text(n ast.Expr) string {
	switch n := n.(type) {
	case *ast.BasicLit:
		c.seen[n] = true
		if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
			return strings.NewReplacer("\n", "⏎", "\t", "⇥").Replace(text)
		}
	case *ast.BinaryExpr:
		c.seen[n] = true
		if n.Op == token.ADD {
			return c.text(n.X) + c.text(n.Y)
		}
	case *ast.ParenExpr:
		return c.text(n.X)
	case *ast.CallExpr:
		if strings.HasSuffix(nameOf(n.Fun), "Sprintf") && len(n.Args) > 0 {
			return c.text(n.Args[0])
		}
	}
	return "…"
}

// collect returns the messages of the Go files of a folder, each once.
func collect(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	c := &collector{helpers: map[string]helper{}, seen: map[ast.Node]bool{}}
	var parsed []*ast.File
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		one, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, one)
		c.declarations(one)
	}
	for _, file := range parsed {
		ast.Walk(c, file)
	}
	var lines []string
	for _, m := range c.found {
		lines = append(lines, m.String())
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// unprinted are packages that only tests use.
var unprinted = []string{"bench", "pypitest", "program", "reference", "sdktest", "vectors"}

// TestMessages compares the messages of the program with those in testdata/messages.txt.
func TestMessages(t *testing.T) {
	folders, err := filepath.Glob(filepath.Join("..", "*"))
	if err != nil {
		t.Fatal(err)
	}
	folders = append(folders, "../../magefiles", "../../magefiles/graph", "../../magefiles/triage", "../../magefiles/update", "../../templates")
	var b strings.Builder
	for _, folder := range folders {
		if name := path.Base(filepath.ToSlash(folder)); !slices.Contains(unprinted, name) {
			if lines := collect(t, folder); len(lines) > 0 {
				b.WriteString("# " + strings.TrimLeft(path.Clean("internal/messages/"+filepath.ToSlash(folder)), "./") + "\n\n" + strings.Join(lines, "\n") + "\n\n")
			}
		}
	}
	const file = "testdata/messages.txt"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != string(want) {
		t.Errorf("messages changed: read them, and write them by `go test ./internal/messages -update`")
	}
}
