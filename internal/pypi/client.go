// Package pypi is a client of a Python package index.
//
// It uses the JSON form of the Simple API (PEP 691 with PEP 592, 658, 700, 714 and 792). [Client.Project] returns the
// page of a project. [Client.Metadata] returns the core metadata of one file, from the cheapest source: the index itself
// where it advertises them, the METADATA member of a wheel (read by Range requests), or the static members of a source
// distribution, read only as far as necessary. Nothing is unpacked to disk, and no downloaded code is executed.
//
// The number of concurrent requests and the size and duration of each are limited; the context of a call limits all of
// its requests. Temporary failures (429, 5xx, broken connections, truncated bodies) are retried with growing, jittered
// delays, or with the delay of Retry-After; permanent failures are not. If many queries in a row get no answer, further
// queries are tried only once, until one is answered. File URLs and redirects must use https or the origin of the index,
// and credentials are sent only to that origin. Answers are cached on disk, pages in parsed form, by the credentials, and
// revalidated as Cache-Control, ETag and Last-Modified require (RFC 9111). Metadata with a digest, or that such cannot be
// read, are kept for good; without one, as long as their page may be used. That something is not there is kept for ten
// minutes. The result does not depend on the cache.
//
// A client performs each query once and remembers the result, also a failure, so that results do not depend on the order
// of the queries. Only a query that ended with its context is performed again. One project never affects another.
//
// Errors: [ErrNotFound] if the index does not have the project or file, [UnreadableError] for metadata that will never
// be readable, [DigestError] for content with another digest than the index states, [OfflineError] for a request in
// offline mode. Any other error may be temporary. No error, cache entry or output contains credentials.
package pypi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"toxgen/internal/display"
	"toxgen/internal/memo"
	"toxgen/internal/pep508"
)

// DefaultURL is the URL of the public index. The URL is written nowhere else in the program.
const DefaultURL = "https://pypi.org/simple/"

// ErrNotFound means that the index does not have the project or file.
var ErrNotFound = errors.New("the index does not have it")

// An OfflineError is the error for a request that would be necessary in offline mode.
type OfflineError struct{ What string }

// Error names what would have to be fetched.
func (e *OfflineError) Error() string { return "TOXGEN_OFFLINE forbids fetching " + e.What }

// Options configures a client.
type Options struct {
	// URL is the root of the index. It may contain user:password.
	URL string
	// CacheDir is the folder of the cache, which must be private. If it is empty, there is no cache.
	CacheDir string
	// Offline makes every request fail with an *OfflineError.
	Offline bool
	// Netrc is the path of a file with credentials. It may be empty, and the file may not exist.
	Netrc string
	// Limits holds the limits of the client. A zero stands for the default.
	Limits Limits
}

// Limits holds the limits of a client, with the defaults in parentheses.
type Limits struct {
	// Concurrency is how many requests run at a time (48).
	Concurrency int64
	// Request is how long one request may take, including its body (30s), Download how long the download of a whole
	// archive may take (5m).
	Request, Download time.Duration
	// Tries is the maximum number of tries of a request (6), Delay the approximate length of the first pause (200ms),
	// RetryAfter the longest pause that a server may ask for (60s).
	Tries      uint
	Delay      time.Duration
	RetryAfter time.Duration
	// Page and Metadata limit the decoded bytes of an answer (64 and 8 MiB), Archive how much of an sdist is read
	// (64 MiB), Unpacked the unpacked size of that (1 GiB), Wheel the size of an archive that is fetched as a whole
	// because the server does not support ranges (256 MiB).
	Page, Metadata, Archive, Unpacked, Wheel int64
}

const mebibyte = 1 << 20

// withDefaults returns l with zeros replaced by the defaults.
func (l Limits) withDefaults() Limits {
	return Limits{
		Concurrency: cmp.Or(l.Concurrency, 48),
		Request:     cmp.Or(l.Request, 30*time.Second),
		Download:    cmp.Or(l.Download, 5*time.Minute),
		Tries:       cmp.Or(l.Tries, 6),
		Delay:       cmp.Or(l.Delay, 200*time.Millisecond),
		RetryAfter:  cmp.Or(l.RetryAfter, time.Minute),
		Page:        cmp.Or(l.Page, 64*mebibyte),
		Metadata:    cmp.Or(l.Metadata, 8*mebibyte),
		Archive:     cmp.Or(l.Archive, 64*mebibyte),
		Unpacked:    cmp.Or(l.Unpacked, 1024*mebibyte),
		Wheel:       cmp.Or(l.Wheel, 256*mebibyte),
	}
}

// A Client queries one index. It is safe for concurrent use.
type Client struct {
	root        *url.URL // without credentials, with a trailing slash
	credentials *url.Userinfo
	offline     bool
	limits      Limits
	http        *http.Client
	slots       *semaphore.Weighted
	cache       *cache
	pages       memo.Map[string, *Project]
	metadata    memo.Map[string, *Metadata]
	// unanswered counts the questions since the last one that got an answer.
	unanswered atomic.Int64
	stats      struct{ requests, bytes, retries, cached atomic.Int64 }
}

// Stats counts what a client did.
type Stats struct {
	// Requests counts all requests including retries, Bytes the bytes of decoded bodies, Retries the repeated requests,
	// Cached the answers taken from the cache.
	Requests, Bytes, Retries, Cached int64
}

// New returns a client of the index at o.URL.
func New(o Options) (*Client, error) {
	root, err := url.Parse(o.URL)
	if err != nil || root.Hostname() == "" || root.Scheme != "https" && root.Scheme != "http" {
		return nil, errors.New("the index URL is not an http or https URL") // the URL is not shown: it may contain a password
	}
	c := &Client{credentials: root.User, offline: o.Offline, limits: o.Limits.withDefaults()}
	c.pages.KeepErrors, c.metadata.KeepErrors = true, true // so that the answers do not depend on who asks first
	c.root = withoutSecrets(root).JoinPath("/")
	if c.credentials == nil {
		c.credentials = netrcCredentials(o.Netrc, root.Hostname())
	}
	c.cache = newCache(cacheVersion, o.CacheDir, c.credentials, c.limits.Page)
	c.slots = semaphore.NewWeighted(c.limits.Concurrency)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	connections := int(c.limits.Concurrency)
	transport.MaxConnsPerHost, transport.MaxIdleConnsPerHost, transport.MaxIdleConns = connections, connections, connections
	transport.MaxResponseHeaderBytes = mebibyte
	c.http = &http.Client{Transport: transport, CheckRedirect: c.redirect}
	return c, nil
}

// Name returns the URL of the index without credentials.
func (c *Client) Name() string { return c.root.String() }

// Stats returns the counts so far.
func (c *Client) Stats() Stats {
	s := &c.stats
	return Stats{Requests: s.requests.Load(), Bytes: s.bytes.Load(), Retries: s.retries.Load(), Cached: s.cached.Load()}
}

// Project returns the page of a project. name must be normalised.
func (c *Client) Project(ctx context.Context, name string) (*Project, error) {
	if !pep508.IsNormalizedName(name) {
		return nil, fmt.Errorf("%q is not the normalised name of a project", display.Cut(name))
	}
	return c.pages.Get(ctx, name, func() (*Project, error) { return c.page(ctx, name) })
}

// page returns a page from the cache if it is fresh; otherwise it fetches or revalidates the page.
func (c *Client) page(ctx context.Context, name string) (*Project, error) {
	location := c.root.JoinPath(name + "/")
	r := request{what: "the page of " + name, url: location, accept: contentType, limit: c.limits.Page, within: c.limits.Request}
	kept, expires := c.cache.page(location, name)
	switch fresh := time.Now().Before(expires); {
	case fresh && kept.missing != 0:
		c.stats.cached.Add(1)
		return nil, fmt.Errorf("%s: %w", r.what, &statusError{code: kept.missing})
	case fresh:
		c.stats.cached.Add(1)
		kept.project.expires = expires
		return kept.project, nil
	case kept != nil:
		r.etag, r.modified = kept.etag, kept.modified
	}
	var project *Project
	err := c.ask(ctx, r, func(a *answer) error {
		may := c.storageOf(a.header)
		if a.status == http.StatusNotModified {
			c.stats.cached.Add(1)
			c.cache.refresh(location, may.expires)
			project, kept.project.expires = kept.project, may.expires
			return nil
		}
		if err := checkContentType(a.header.Get("Content-Type")); err != nil {
			return fmt.Errorf("%s: %w", r.what, err)
		}
		record, err := parsePage(name, a)
		if err != nil {
			return fmt.Errorf("%s: %w", r.what, err)
		}
		fresh, err := decodePage(name, record)
		if err != nil {
			return err
		}
		if may.keep {
			c.cache.putPage(location, record, may.expires)
		}
		project, fresh.project.expires = fresh.project, may.expires
		return nil
	})
	if missing, ok := errors.AsType[*statusError](err); ok && errors.Is(err, ErrNotFound) && missing.may.keep {
		c.cache.putMissing(location, missing.code, missing.may.until(time.Now().Add(notFoundFreshness)))
	}
	return project, err
}
