package tox

import "strings"

// A Reader reads values of a tox.ini that a person wrote. Factors have the meaning that they have in tox 4. What all values that a
// reader reads expand to is bounded by the size of the file.
type Reader struct{ splitter *splitter }

// NewReader returns a reader for the values of a file.
func NewReader(data []byte) *Reader { return &Reader{newSplitter(data)} }

// A Conditional is a line of a value. It applies to the environments that have all factors of one of the alternatives; a factor that
// begins with `!` is one that they must not have. Without a condition there are no alternatives.
type Conditional struct {
	Alternatives [][]string
	Content      string
}

// Names returns the names that a value of env_list expands to, each only once.
func (r *Reader) Names(value string) []string { return r.splitter.names(value) }

// Lines returns the lines of a value, without comments and lines that have no content.
func (r *Reader) Lines(value string) []Conditional {
	var all []Conditional
	for text := range strings.SplitSeq(value, "\n") {
		l := r.splitter.split(withoutComment(strings.TrimSpace(text)))
		if l.content == "" {
			continue
		}
		c := Conditional{Content: l.content}
		for _, alternative := range l.alternatives {
			c.Alternatives = append(c.Alternatives, strings.Split(alternative.String(), "-"))
		}
		all = append(all, c)
	}
	return all
}

// Exceeded reports whether the values expand to more than the reader reads: what it returned is incomplete then.
func (r *Reader) Exceeded() bool { return r.splitter.left < 0 }
