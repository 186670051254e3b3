package templates

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/template"
	"text/template/parse"
)

// Limits of what the templates of one run may use. They are far above what any matrix needs, and below what a machine
// would notice. text/template has only a limit of recursion, which is so high that the stack would not bear it.
const (
	maximumText    = 256 << 10 // bytes of a template
	maximumNesting = 100       // actions and parentheses within each other in the text of a template
	maximumDepth   = 100       // templates that execute each other
	maximumSteps   = 500_000   // passes of loops, and executions of templates
	maximumValue   = 1 << 20   // bytes of one value
	maximumBytes   = 16 << 20  // bytes of all values and of the output together
)

// A Template is the text of one template and what it may use.
type Template struct {
	Name, Text string
	// Left and Right are the delimiters of actions. Empty ones stand for {{ and }}.
	Left, Right string
	// Functions are those that the template has besides the usual ones. What they return must be passed to Budget.Value.
	Functions template.FuncMap
}

// A Budget bounds the time and the memory that the execution of templates takes, whatever their texts are. Several
// templates share one, so that a template and those that it includes cannot use more together. It is not safe for
// concurrent use.
type Budget struct {
	ctx          context.Context
	steps, bytes int
	depth        int
	// at returns the position of the loop or the template that was entered last, in the form of text/template.
	at func() string
}

// NewBudget returns a budget of which nothing is used. A context that ends interrupts an execution.
func NewBudget(ctx context.Context) *Budget {
	return &Budget{ctx: ctx, steps: maximumSteps, bytes: maximumBytes, at: func() string { return "" }}
}

// An overdraft is the error of a template that would use more than its budget. It names the position itself, because
// text/template would name the counter that found it.
type overdraft struct{ at, message string }

// Error returns the position and what is wrong, as text/template does.
func (o *overdraft) Error() string {
	if o.at == "" {
		return o.message
	}
	return "template: " + o.at + ": " + o.message
}

// overdrawn returns the error for a limit.
func (b *Budget) overdrawn(format string, args ...any) error {
	return &overdraft{b.at(), fmt.Sprintf(format, args...)}
}

// Value returns a text that a function of a template made, or an error if the template must not have it.
func (b *Budget) Value(text string) (string, error) {
	if len(text) > maximumValue {
		return "", b.overdrawn("a value has more than %d bytes", maximumValue)
	}
	return text, b.use(len(text))
}

// use takes bytes from the budget.
func (b *Budget) use(bytes int) error {
	if b.bytes -= bytes; b.bytes < 0 {
		return b.overdrawn("the output and the values that it is made of have more than %d bytes", maximumBytes)
	}
	return nil
}

// step takes a step from the budget.
func (b *Budget) step() error {
	if b.steps--; b.steps < 0 {
		return b.overdrawn("the template does not end: it made more than %d passes of loops and executions of templates", maximumSteps)
	}
	if b.ctx.Err() != nil {
		return b.overdrawn("interrupted: %v", context.Cause(b.ctx))
	}
	return nil
}

// enter begins the execution of a template within others, leave ends it.
func (b *Budget) enter() error {
	if b.depth++; b.depth > maximumDepth {
		return b.overdrawn("templates execute each other more than %d deep", maximumDepth)
	}
	return b.step()
}

func (b *Budget) leave() { b.depth-- }

// Execute returns the text that a template makes of data.
func (b *Budget) Execute(t Template, data any) (string, error) {
	if len(t.Text) > maximumText {
		return "", &overdraft{"", fmt.Sprintf("the template has more than %d bytes", maximumText)}
	}
	if err := b.use(len(t.Text)); err != nil {
		return "", err
	}
	outer := b.at
	defer func() { b.at = outer }()
	counter := &counter{budget: b}
	parsed, err := template.New(t.Name).Delims(t.Left, t.Right).Option("missingkey=error").
		Funcs(bounded(b)).Funcs(t.Functions).Parse(t.Text)
	if err != nil {
		return "", err
	}
	for _, defined := range parsed.Templates() {
		if err := counter.insert(defined.Tree); err != nil {
			return "", err
		}
	}
	w := &writer{budget: b}
	depth := b.depth
	err = parsed.Funcs(counter.functions()).Execute(w, data)
	b.depth = depth
	if over := (*overdraft)(nil); errors.As(err, &over) {
		err = over
	}
	return w.text.String(), err
}

// A writer collects output within a budget.
type writer struct {
	budget *Budget
	text   strings.Builder
}

// Write implements io.Writer.
func (w *writer) Write(p []byte) (int, error) {
	if err := w.budget.use(len(p)); err != nil {
		return 0, err
	}
	return w.text.Write(p)
}

// A counter counts what a template does. text/template cannot be interrupted in a loop that has no output, so that its
// parsed form gets calls of functions that fail if the budget is used up.
type counter struct {
	budget *Budget
	// places are the positions of the inserted calls.
	places []func() string
}

// The functions that are inserted. They exist only after a template was parsed, so that its text cannot call them.
const (
	stepFunction  = "step__"
	enterFunction = "enter__"
	leaveFunction = "leave__"
)

// functions returns the functions that are inserted. Each returns an empty text.
func (c *counter) functions() template.FuncMap {
	return template.FuncMap{
		stepFunction: func(place int) (string, error) {
			c.budget.at = c.places[place]
			return "", c.budget.step()
		},
		enterFunction: func(place int) (string, error) {
			c.budget.at = c.places[place]
			return "", c.budget.enter()
		},
		leaveFunction: func() string {
			c.budget.leave()
			return ""
		},
	}
}

// insert adds the calls to a tree, or returns an error if its parts are nested too deeply.
func (c *counter) insert(tree *parse.Tree) error {
	if tree == nil || tree.Root == nil {
		return nil
	}
	if err := c.walk(tree, tree.Root, 0); err != nil {
		return err
	}
	begin := c.call(enterFunction, tree, tree.Root)
	tree.Root.Nodes = append(append(begin, tree.Root.Nodes...), action(leaveFunction))
	return nil
}

// call returns the call of a function that knows the position of a node.
func (c *counter) call(function string, tree *parse.Tree, at parse.Node) []parse.Node {
	c.places = append(c.places, func() string {
		location, _ := tree.ErrorContext(at)
		return location
	})
	return []parse.Node{action(fmt.Sprintf("%s %d", function, len(c.places)-1))}
}

// action returns the node of an action that calls one of the inserted functions.
func action(text string) parse.Node {
	function, _, _ := strings.Cut(text, " ")
	trees, err := parse.Parse("", "{{"+text+"}}", "", "", map[string]any{function: true})
	if err != nil {
		panic(err) // the text is ours
	}
	return trees[""].Root.Nodes[0]
}

// walk adds a call to the body of each loop below a node.
func (c *counter) walk(tree *parse.Tree, node parse.Node, depth int) error {
	if depth > maximumNesting {
		location, _ := tree.ErrorContext(node)
		return &overdraft{location, fmt.Sprintf("actions or parentheses are nested more than %d deep", maximumNesting)}
	}
	for _, child := range children(node) {
		if err := c.walk(tree, child, depth+1); err != nil {
			return err
		}
	}
	if loop, is := node.(*parse.RangeNode); is {
		loop.List.Nodes = append(c.call(stepFunction, tree, loop), loop.List.Nodes...)
	}
	return nil
}

// children returns the parts of a node that may have loops or parentheses in them.
func children(node parse.Node) (all []parse.Node) {
	branch := func(b *parse.BranchNode) {
		all = append(all, b.Pipe, b.List)
		if b.ElseList != nil {
			all = append(all, b.ElseList)
		}
	}
	switch n := node.(type) {
	case *parse.ListNode:
		return n.Nodes
	case *parse.ActionNode:
		return []parse.Node{n.Pipe}
	case *parse.IfNode:
		branch(&n.BranchNode)
	case *parse.WithNode:
		branch(&n.BranchNode)
	case *parse.RangeNode:
		branch(&n.BranchNode)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			return []parse.Node{n.Pipe}
		}
	case *parse.PipeNode:
		for _, command := range n.Cmds {
			all = append(all, command)
		}
	case *parse.CommandNode:
		return n.Args
	case *parse.ChainNode:
		return []parse.Node{n.Node}
	}
	return all
}
