package pypi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"toxgen/internal/metadata"
)

// Need selects how much of the metadata of a file is needed.
type Need int

const (
	// Classifiers needs only the classifiers, which every PKG-INFO states.
	Classifiers Need = iota
	// Requirements needs the requirements too. A source distribution may not state them finally in PKG-INFO, so that
	// more of it has to be read.
	Requirements
)

// Source is the source from which requirements were read.
type Source string

// The sources of requirements.
const (
	FromMetadata  Source = ""             // final core metadata
	FromRequires  Source = "requires.txt" // the requires.txt of an egg-info, or an egg-info without one
	FromDynamic   Source = "dynamic"      // a PKG-INFO that states that they may differ, or is too old to state it
	NotDetermined Source = "unknown"      // they were not needed
)

// Metadata holds the core metadata of one file.
type Metadata struct {
	metadata.Metadata
	Source Source
}

// An UnreadableError describes why the metadata of a file will never be readable, or that the index lists a file that it
// does not have.
type UnreadableError struct {
	Filename, Reason string
	// Missing is set if the index does not have the file. It may have it another time.
	Missing bool
	// passing is set if another answer for the same file may be readable.
	passing bool
}

// Error names the file and the reason.
func (e *UnreadableError) Error() string {
	return fmt.Sprintf("the metadata of %s cannot be read: %s", e.Filename, e.Reason)
}

// A DigestError is the error for content with another digest than the index states.
type DigestError struct{ What string }

// Error names the content.
func (e *DigestError) Error() string {
	return e.What + " does not have the SHA-256 that the index states"
}

// verify returns a DigestError if a digest is stated and the content has another one.
func verify(what string, content []byte, digest string) error {
	if sum := sha256.Sum256(content); digest != "" && hex.EncodeToString(sum[:]) != digest {
		return &DigestError{what}
	}
	return nil
}

// Metadata returns the core metadata of a file. If only classifiers are needed, the result may contain the requirements
// too; its Source is then not [NotDetermined].
func (c *Client) Metadata(ctx context.Context, f *File, need Need) (*Metadata, error) {
	location, err := f.location()
	if err != nil {
		return nil, err
	}
	if !f.Sdist {
		need = Requirements // one answer serves both
	}
	key := strings.Join([]string{location.String(), f.Filename, f.SHA256, f.CoreSHA256, strconv.Itoa(int(f.Core))}, " ")
	return c.metadata.Get(ctx, fmt.Sprint(need, " ", key), func() (*Metadata, error) {
		if m, err, known := c.cache.metadataOf(key, f, need); known {
			c.stats.cached.Add(1)
			return m, err
		}
		m, may, err := c.readMetadata(ctx, f, location, need)
		c.cache.putMetadata(key, f, need, may, m, err)
		return m, err
	})
}

// readMetadata reads the metadata of a file from the cheapest source. The metadata that the index advertises for a source
// distribution take precedence over the archive, as in pip. Metadata that it does not advertise are asked for last: an
// index may need much longer to say that it does not have something than to send a part of a file. What was read in an
// archive may be kept whatever the server says of the archive: it is not the answer.
func (c *Client) readMetadata(ctx context.Context, f *File, location *url.URL, need Need) (*Metadata, storage, error) {
	if f.Core == Advertised {
		m, may, err := c.served(ctx, f, location)
		if m != nil || err != nil {
			return m, may, err
		}
	}
	if f.Sdist {
		m, err := c.sdistMetadata(ctx, f, location, need)
		return m, anyStorage, err
	}
	m, err := c.wheelMetadata(ctx, f, location)
	if f.Core == Unsaid && IsAnswer(err) && !errors.As(err, new(*DigestError)) {
		if served, may, failed := c.served(ctx, f, location); served != nil || failed != nil {
			return served, may, failed
		}
	}
	return m, anyStorage, err
}

// served returns the metadata that an index serves separately (PEP 658). It returns nil if it does not have them, refuses
// them without having advertised them, or answers with other content.
func (c *Client) served(ctx context.Context, f *File, location *url.URL) (m *Metadata, may storage, err error) {
	beside := *location
	beside.Path += ".metadata"
	if beside.RawPath != "" {
		beside.RawPath += ".metadata"
	}
	what := "the metadata of " + f.Filename
	data, _, header, err := c.read(ctx, request{what: what, url: &beside, limit: c.limits.Metadata, within: c.limits.Request})
	refused := (*statusError)(nil)
	switch {
	case errors.Is(err, ErrNotFound), f.Core == Unsaid && errors.As(err, &refused) && refused.code < 500 && refused.code != http.StatusTooManyRequests:
		return nil, storage{}, nil
	case err != nil:
		return nil, storage{}, err
	}
	if err := verify(what, data, f.CoreSHA256); err != nil {
		return nil, storage{}, err
	}
	m = &Metadata{metadata.Parse(data), FromMetadata}
	if !m.isStated() {
		return nil, storage{}, nil
	}
	return m, c.storageOf(header), nil
}

// isStated reports whether a text is metadata at all. Whether they are those of the file is for the resolver to judge, as
// it is if they name no project.
func (m *Metadata) isStated() bool { return m.MetadataVersion != "" || m.Name != "" || m.Version != "" }
