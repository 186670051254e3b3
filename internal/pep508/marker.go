package pep508

import (
	"fmt"
	"strings"

	"toxgen/internal/pep440"
)

// Marker is a parsed environment marker, compiled for evaluation. It is immutable.
type Marker struct {
	root expression
	// extra says that the marker asks for an extra.
	extra bool
}

// expression is comparisons and expressions in parentheses, joined by `and` and `or`.
type expression struct {
	terms []term
	// ors says of each term but the first whether `or` stands before it.
	ors []bool
}

// term is one of its two fields.
type term struct {
	comparison *comparison
	nested     *expression
}

// operand is a variable or a text.
type operand struct {
	variable   variable
	isVariable bool
	text       string
}

// is says whether the operand is a certain variable.
func (o operand) is(v variable) bool { return o.isVariable && o.variable == v }

// comparison is `left operator right`.
type comparison struct {
	left, right operand
	operator    string
	// specifier is the operator with the right side's text, where that makes one and the left is a version.
	specifier    pep440.Specifier
	hasSpecifier bool
}

// maximumDepth bounds how deep parentheses nest: more are a stranger's mischief.
const maximumDepth = 200

// ParseMarker reads a marker; its errors are *SyntaxError.
func ParseMarker(text string) (*Marker, error) { return (&scanner{text: text}).wholeMarker() }

// wholeMarker reads a marker up to the end of the text.
func (s *scanner) wholeMarker() (*Marker, error) {
	m := &Marker{}
	var err error
	if m.root, err = s.expression(m, 0); err != nil {
		return nil, err
	}
	if !s.atEnd() {
		return nil, s.fail("`and`, `or` or the end was expected")
	}
	return m, nil
}

func (s *scanner) expression(m *Marker, depth int) (expression, error) {
	var e expression
	if depth > maximumDepth {
		return e, s.fail("the parentheses nest too deep")
	}
	for {
		t, err := s.term(m, depth)
		if err != nil {
			return e, err
		}
		e.terms = append(e.terms, t)
		switch {
		case s.keyword("or"):
			e.ors = append(e.ors, true)
		case s.keyword("and"):
			e.ors = append(e.ors, false)
		default:
			return e, nil
		}
	}
}

func (s *scanner) term(m *Marker, depth int) (t term, err error) {
	s.blanks()
	if s.take('(') {
		nested, err := s.expression(m, depth+1)
		if err != nil {
			return t, err
		}
		if !s.take(')') {
			return t, s.fail("`and`, `or` or `)` was expected")
		}
		t.nested = &nested
	} else if t.comparison, err = s.comparison(m); err != nil {
		return t, err
	}
	s.blanks()
	return t, nil
}

func (s *scanner) comparison(m *Marker) (*comparison, error) {
	c := &comparison{}
	var err error
	if c.left, err = s.operand(); err != nil {
		return nil, err
	}
	s.blanks()
	if c.operator, err = s.operator(); err != nil {
		return nil, err
	}
	s.blanks()
	if c.right, err = s.operand(); err != nil {
		return nil, err
	}
	c.normalize()
	m.extra = m.extra || c.left.is(extraVariable) || c.right.is(extraVariable)
	return c, nil
}

// spellings are the variables as they may be written.
var spellings = func() map[string]variable {
	all := map[string]variable{
		"os.name": osName, "sys.platform": sysPlatform, "platform.version": platformVersion, "platform.machine": platformMachine,
		"platform.python_implementation": platformPythonImplementation, "python_implementation": platformPythonImplementation,
	}
	for v, name := range variableNames {
		if name != "" {
			all[name] = variable(v)
		}
	}
	return all
}()

// longestSpelling bounds how far the end of a variable is looked for.
var longestSpelling = len("platform_python_implementation")

func (s *scanner) operand() (operand, error) {
	if v, found := s.variable(); found {
		return operand{variable: v, isVariable: true, text: variableNames[v]}, nil
	}
	text, found, err := s.quoted()
	if err != nil || found {
		return operand{text: text}, err
	}
	return operand{}, s.fail("a variable or a text in quotes was expected")
}

// variable reads the name of a variable. One with a dot ends before the dot if what follows makes no name.
func (s *scanner) variable() (variable, bool) {
	if s.isWord(s.at - 1) {
		return 0, false
	}
	end := s.at
	for end < s.at+longestSpelling && (s.isWord(end) || end < len(s.text) && s.text[end] == '.') {
		end++
	}
	for ; end > s.at; end-- {
		if v, found := spellings[s.text[s.at:end]]; found && !s.isWord(end) {
			s.at = end
			return v, true
		}
	}
	return 0, false
}

func (s *scanner) operator() (string, error) {
	if s.keyword("in") {
		return "in", nil
	}
	if s.keyword("not") {
		if !s.blanks() || !s.keyword("in") {
			return "", s.fail("` in` was expected after `not`")
		}
		return "not in", nil
	}
	for _, operator := range [...]string{"===", "==", "~=", "!=", "<=", ">=", "<", ">"} {
		if strings.HasPrefix(s.rest(), operator) {
			s.at += len(operator)
			return operator, nil
		}
	}
	return "", s.fail("an operator was expected: <, <=, ==, ===, !=, >=, >, ~=, in or not in")
}

// normalize brings names of extras into normal form (PEP 685) and compiles comparisons of versions.
func (c *comparison) normalize() {
	switch l, r := &c.left, &c.right; {
	case l.is(extraVariable) && !r.isVariable:
		r.text = NormalizeName(r.text)
	case r.isVariable && r.variable >= extraVariable && !l.isVariable:
		l.text = NormalizeName(l.text)
	case l.isVariable && l.variable.isVersion():
		if spec, err := pep440.ParseSpecifier(c.operator + r.text); err == nil {
			c.specifier, c.hasSpecifier = spec, true
		}
	}
}

// MentionsExtra says whether the marker asks for an extra; a nil marker does not.
func (m *Marker) MentionsExtra() bool { return m != nil && m.extra }

// Evaluate says whether the marker holds in an environment with one extra asked for, or none (""). A nil marker, that
// of a requirement without one, holds always. It is an error to compare texts by === or ~=, or two texts of which
// neither is a variable, or a variable that has no value here.
func (m *Marker) Evaluate(e *Environment, extra string) (bool, error) {
	if m == nil {
		return true, nil
	}
	return m.root.evaluate(e, NormalizeName(extra))
}

// evaluate looks at every term, since an error in any is one.
func (x *expression) evaluate(e *Environment, extra string) (bool, error) {
	some, every := false, true // some group before this one holds; every term of this one does
	for i := range x.terms {
		if i > 0 && x.ors[i-1] {
			some, every = some || every, true
		}
		var holds bool
		var err error
		if nested := x.terms[i].nested; nested != nil {
			holds, err = nested.evaluate(e, extra)
		} else {
			holds, err = x.terms[i].comparison.evaluate(e, extra)
		}
		if err != nil {
			return false, err
		}
		every = every && holds
	}
	return some || every, nil
}

func (c *comparison) evaluate(e *Environment, extra string) (bool, error) {
	key := c.right
	if c.left.isVariable {
		key = c.left
	}
	if !key.isVariable || key.variable > extraVariable {
		return false, fmt.Errorf("%s has no value here", key)
	}
	value := extra
	if key.variable < environmentVariables {
		value = e.values[key.variable]
	}
	if c.left.isVariable {
		if c.hasSpecifier {
			return c.matches(e), nil
		}
		return compareTexts(value, c.operator, c.right.text)
	}
	if key.variable.isVersion() {
		if spec, err := pep440.ParseSpecifier(c.operator + value); err == nil {
			return spec.MatchText(c.left.text), nil
		}
	}
	return compareTexts(c.left.text, c.operator, value)
}

// matches compares the variable on the left as a version.
func (c *comparison) matches(e *Environment) bool {
	if c.operator == "===" {
		return c.specifier.MatchText(e.values[c.left.variable])
	}
	v := e.versions[c.left.variable]
	return !v.IsZero() && c.specifier.Match(v)
}

func compareTexts(left, operator, right string) (bool, error) {
	switch operator {
	case "in":
		return strings.Contains(right, left), nil
	case "not in":
		return !strings.Contains(right, left), nil
	case "==", "<=", ">=":
		return left == right, nil
	case "!=":
		return left != right, nil
	case "<", ">":
		return false, nil
	default:
		return false, fmt.Errorf("%s does not compare the texts %q and %q", operator, left, right)
	}
}

// String is the marker in packaging's spelling.
func (m *Marker) String() string {
	var b strings.Builder
	m.root.write(&b, true)
	return b.String()
}

// write leaves out the parentheses around a single term and around the outermost expression.
func (x *expression) write(b *strings.Builder, outermost bool) {
	parentheses := len(x.terms) > 1 && !outermost
	if parentheses {
		b.WriteByte('(')
	}
	for i, t := range x.terms {
		switch {
		case i == 0:
		case x.ors[i-1]:
			b.WriteString(" or ")
		default:
			b.WriteString(" and ")
		}
		if t.nested != nil {
			t.nested.write(b, outermost && len(x.terms) == 1)
		} else {
			b.WriteString(t.comparison.left.String() + " " + t.comparison.operator + " " + t.comparison.right.String())
		}
	}
	if parentheses {
		b.WriteByte(')')
	}
}

// String is a variable's name, or a text in quotes.
func (o operand) String() string {
	if o.isVariable {
		return o.text
	}
	return quote(o.text)
}
