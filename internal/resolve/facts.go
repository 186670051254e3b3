package resolve

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"toxgen/internal/foreign"
	"toxgen/internal/metadata"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
)

// facts are what the metadata of a file say, parsed.
type facts struct {
	fault  fault
	reason string // why there is a fault, in words

	requirements []*requirement
	// python is what Requires-Python asks for, nil if it asks for nothing.
	python *pep440.Specifiers
	extras []string
}

// fault says what is wrong with metadata.
type fault int

const (
	sound fault = iota
	// inconsistent: they speak of another project or version. The file is passed over, others of the release stay.
	inconsistent
	// invalid: a requirement cannot be read. The release is passed over with all its files (rule 7).
	invalid
	// unreadable: nobody knows the requirements. The file stays a candidate, as it is pip's, which would build it; to pin
	// it is refused.
	unreadable
)

// facts reads the metadata of a file.
func (u *Universe) facts(ctx context.Context, project string, file *File) (*facts, error) {
	return u.releases.get(ctx, file, func() (*facts, error) {
		m, err := u.index.Metadata(ctx, file)
		var lasting *UnreadableError
		if errors.As(err, &lasting) {
			return &facts{fault: unreadable, reason: lasting.Reason}, nil
		}
		if err != nil {
			return nil, err
		}
		return u.parse(project, file, m), nil
	})
}

func (u *Universe) parse(project string, file *File, m *metadata.Metadata) *facts {
	version, err := pep440.Parse(m.Version)
	if pep508.NormalizeName(m.Name) != project || err != nil || !version.Equal(file.Version) {
		said := foreign.Text(strings.TrimSpace(m.Name + " " + m.Version))
		return &facts{fault: inconsistent, reason: fmt.Sprintf("the metadata of %s are those of `%s`", foreign.Text(file.Filename), said)}
	}
	f := &facts{extras: normalizedExtras(m.ProvidesExtra)}
	for _, text := range m.RequiresDist {
		r, err := u.requirement(text)
		if err != nil {
			return &facts{fault: invalid, reason: "invalid Requires-Dist: " + foreign.Text(err.Error())}
		}
		f.requirements = append(f.requirements, r)
	}
	// An invalid Requires-Python excludes nothing (rule 8).
	if python, err := pep440.ParseSpecifiers(m.RequiresPython); err == nil && !python.IsEmpty() {
		f.python = &python
	}
	return f
}
