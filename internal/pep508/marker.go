package pep508

import (
	"fmt"
	"slices"
	"strings"

	"toxgen/internal/pep440"
)

// A Marker is a parsed environment marker, compiled for evaluation. It is immutable.
type Marker struct {
	root expression
	// comparisons is the number of comparisons.
	comparisons int
	// extras are the names that the variable extra is compared with, sorted. open is set if it is compared by `in` or
	// `not in`.
	extras []string
	open   bool
}

// An expression is a sequence of terms joined by `and` and `or`.
type expression struct {
	terms []term
	// ors holds for each term but the first whether it follows `or` rather than `and`.
	ors []bool
}

// A term is either a comparison or an expression in parentheses. The other field is nil.
type term struct {
	comparison *comparison
	nested     *expression
}

// An operand is a variable or a string.
type operand struct {
	variable   variable
	isVariable bool
	text       string
}

// is reports whether the operand is the variable v.
func (o operand) is(v variable) bool { return o.isVariable && o.variable == v }

// A comparison is `left operator right`.
type comparison struct {
	left, right operand
	operator    string
	// specifier is the operator with the text of the right side, if that is a valid specifier and the left side is a
	// version.
	specifier    pep440.Specifier
	hasSpecifier bool
}

// maximumDepth limits the nesting of parentheses. Deeper markers are malicious.
const maximumDepth = 200

// ParseMarker parses a marker. An error is a [*SyntaxError].
func ParseMarker(text string) (*Marker, error) { return (&scanner{text: text}).wholeMarker() }

// wholeMarker reads a marker that reaches to the end of the text.
func (s *scanner) wholeMarker() (*Marker, error) {
	m := &Marker{}
	var err error
	if m.root, err = s.expression(m, 0); err != nil {
		return nil, err
	}
	if !s.atEnd() {
		return nil, s.fail("`and`, `or` or the end was expected")
	}
	slices.Sort(m.extras)
	m.extras = slices.Compact(m.extras)
	return m, nil
}

func (s *scanner) expression(m *Marker, depth int) (expression, error) {
	var e expression
	if depth > maximumDepth {
		return e, s.fail("the parentheses are nested too deeply")
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
	m.comparisons++
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
	m.notice(c)
	return c, nil
}

// spellings maps the names by which variables may be written to the variables.
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

// longestSpelling limits how far to look for the end of a variable.
var longestSpelling = len("platform_python_implementation")

func (s *scanner) operand() (operand, error) {
	if v, found := s.variable(); found {
		return operand{variable: v, isVariable: true, text: variableNames[v]}, nil
	}
	text, found, err := s.quoted()
	if err != nil || found {
		return operand{text: text}, err
	}
	return operand{}, s.fail("a variable or a quoted string was expected")
}

// variable reads the name of a variable, as long as possible: a name may contain a dot or be followed by one.
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

// normalize normalises the names of extras (PEP 685) and compiles comparisons of versions.
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

// notice notes how a comparison uses the variable extra.
func (m *Marker) notice(c *comparison) {
	if !c.left.is(extraVariable) && !c.right.is(extraVariable) {
		return
	}
	m.open = m.open || strings.HasSuffix(c.operator, "in")
	for _, o := range [...]operand{c.left, c.right} {
		if !o.is(extraVariable) {
			m.extras = append(m.extras, o.text)
		}
	}
}

// Extras returns the extras that the marker distinguishes, sorted: with all others it holds or does not hold alike. If
// open is set, it distinguishes any two extras. A nil marker distinguishes none.
func (m *Marker) Extras() (names []string, open bool) {
	if m == nil {
		return nil, false
	}
	return m.extras, m.open
}

// Comparisons returns how many comparisons the marker has; a nil marker has none.
func (m *Marker) Comparisons() int {
	if m == nil {
		return 0
	}
	return m.comparisons
}

// Evaluate reports whether the marker holds in an environment with one requested extra, or "" for none. A nil marker,
// that of a requirement without a marker, always holds. It is an error to compare strings with === or ~=, to compare two
// operands of which neither is a variable, or to use a variable that has no value.
func (m *Marker) Evaluate(e *Environment, extra string) (bool, error) {
	if m == nil {
		return true, nil
	}
	return m.root.evaluate(e, NormalizeName(extra))
}

// evaluate evaluates every term, because an error in any of them must be returned.
func (x *expression) evaluate(e *Environment, extra string) (bool, error) {
	// some: a group of terms before this one holds. every: all terms of this group so far hold.
	some, every := false, true
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
		return false, fmt.Errorf("%s has no value in an environment", key)
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

// matches reports whether the specifier matches the variable on the left.
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
		return false, fmt.Errorf("%s cannot compare the strings %q and %q", operator, left, right)
	}
}

// String returns the marker in the form in which packaging prints it.
func (m *Marker) String() string {
	var b strings.Builder
	m.root.write(&b, true)
	return b.String()
}

// write prints the expression, without parentheses around a single term or around the outermost expression.
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

// String returns the name of a variable, or a quoted string.
func (o operand) String() string {
	if o.isVariable {
		return o.text
	}
	return quote(o.text)
}
