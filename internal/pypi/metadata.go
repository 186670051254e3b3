package pypi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
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

// Metadata reads the core metadata of a file. It is asked for once.
func (c *Client) Metadata(ctx context.Context, f *File, need Need) (*Metadata, error) {
	if !f.Sdist || f.Core == Advertised {
		need = Requirements // one answer serves both
	}
	key := fmt.Sprintf("%s %s %d", f.URL, f.SHA256, need)
	return c.metadata.do(key, func() (*Metadata, error) {
		if data, source, ok := c.cache.metadata(key); ok {
			c.stats.cached.Add(1)
			return &Metadata{metadata.Parse(data), source}, nil
		}
		data, source, err := c.readMetadata(ctx, f, need)
		if err != nil {
			return nil, err
		}
		c.cache.putMetadata(key, data, source)
		return &Metadata{metadata.Parse(data), source}, nil
	})
}

// readMetadata gives the text of a file's metadata from where it costs least.
func (c *Client) readMetadata(ctx context.Context, f *File, need Need) ([]byte, Source, error) {
	location, err := url.Parse(f.URL)
	if err != nil {
		return nil, "", &UnreadableError{f.Filename, "its URL is invalid"}
	}
	if f.Core == Advertised || f.Core == Unsaid && !f.Sdist {
		data, err := c.served(ctx, f, location)
		if err == nil || !errors.Is(err, ErrNotFound) {
			return data, FromMetadata, err
		}
	}
	if f.Sdist {
		return c.sdistMetadata(ctx, f, location, need)
	}
	data, err := c.wheelMetadata(ctx, f, location)
	return data, FromMetadata, err
}

// served asks for the metadata that an index serves by themselves (PEP 658).
func (c *Client) served(ctx context.Context, f *File, location *url.URL) ([]byte, error) {
	beside := *location
	beside.Path += ".metadata"
	if beside.RawPath != "" {
		beside.RawPath += ".metadata"
	}
	what := "the metadata of " + f.Filename
	answer, err := c.get(ctx, request{what: what, url: &beside, limit: c.limits.Metadata})
	if err != nil {
		return nil, err
	}
	if f.CoreSHA256 != "" {
		sum := sha256.Sum256(answer.body)
		if hex.EncodeToString(sum[:]) != f.CoreSHA256 {
			return nil, &DigestError{what}
		}
	}
	return answer.body, nil
}
