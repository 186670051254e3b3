package pypi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"toxgen/internal/metadata"
)

// Need says how much of a file's metadata is wanted.
type Need int

const (
	// Classifiers are in PKG-INFO, however old.
	Classifiers Need = iota
	// Requirements need more, where a source distribution does not state them for good.
	Requirements
)

// Source says where requirements were read.
type Source string

// The sources of requirements.
const (
	FromMetadata  Source = ""             // core metadata that are final
	FromRequires  Source = "requires.txt" // an egg-info's requires.txt, or an egg-info without one
	FromDynamic   Source = "dynamic"      // PKG-INFO that says they may differ, or is too old to say
	NotDetermined Source = "unknown"      // nobody asked
)

// Metadata are the core metadata of one file.
type Metadata struct {
	metadata.Metadata
	Source Source
}

// UnreadableError says why the metadata of a file will never be readable.
type UnreadableError struct{ Filename, Reason string }

// Error names the file.
func (e *UnreadableError) Error() string {
	return fmt.Sprintf("the metadata of %s cannot be read: %s", e.Filename, e.Reason)
}

// DigestError is content that is not what the index promised.
type DigestError struct{ What string }

// Error names what it was.
func (e *DigestError) Error() string {
	return e.What + " is not what the index promised: its SHA-256 differs"
}

// verify compares content with its digest, if one is stated.
func verify(what string, content []byte, digest string) error {
	if sum := sha256.Sum256(content); digest != "" && hex.EncodeToString(sum[:]) != digest {
		return &DigestError{what}
	}
	return nil
}

// Metadata reads the core metadata of a file. Where requirements were not asked for, the answer may hold them all
// the same; its Source says so.
func (c *Client) Metadata(ctx context.Context, f *File, need Need) (*Metadata, error) {
	location, err := f.location()
	if err != nil {
		return nil, err
	}
	if !f.Sdist {
		need = Requirements // one answer serves both
	}
	key := location.String() + " " + f.SHA256
	return c.metadata.Get(ctx, fmt.Sprint(need, " ", key), func() (*Metadata, error) {
		if kept, ok := c.cache.metadataOf(key); ok && (need == Classifiers || kept.Source != NotDetermined) {
			c.stats.cached.Add(1)
			return kept, nil
		}
		m, err := c.readMetadata(ctx, f, location, need)
		if err == nil {
			c.cache.putMetadata(key, m)
		}
		return m, err
	})
}

// readMetadata reads a file's metadata from where it costs least.
func (c *Client) readMetadata(ctx context.Context, f *File, location *url.URL, need Need) (*Metadata, error) {
	if f.Core == Advertised || f.Core == Unsaid && !f.Sdist {
		m, err := c.served(ctx, f, location)
		if m != nil || err != nil {
			return m, err
		}
	}
	if f.Sdist {
		return c.sdistMetadata(ctx, f, location, need)
	}
	return c.wheelMetadata(ctx, f, location)
}

// served asks for the metadata that an index serves by themselves (PEP 658). It gives nil where they have to be
// read out of the file: where the index has none, refuses what it never promised, or answers with something else.
// What an index serves for a source distribution counts as pip has it, whatever the archive says.
func (c *Client) served(ctx context.Context, f *File, location *url.URL) (*Metadata, error) {
	beside := *location
	beside.Path += ".metadata"
	if beside.RawPath != "" {
		beside.RawPath += ".metadata"
	}
	what := "the metadata of " + f.Filename
	data, _, _, err := c.read(ctx, request{what: what, url: &beside, limit: c.limits.Metadata, within: c.limits.Request})
	refused := (*statusError)(nil)
	switch {
	case errors.Is(err, ErrNotFound), f.Core == Unsaid && errors.As(err, &refused) && refused.code < 500 && refused.code != http.StatusTooManyRequests:
		return nil, nil
	case err != nil:
		return nil, err
	}
	if err := verify(what, data, f.CoreSHA256); err != nil {
		return nil, err
	}
	m := &Metadata{metadata.Parse(data), FromMetadata}
	if m.Name == "" {
		return nil, nil
	}
	return m, nil
}
