// Package pypi asks a package index.
//
// It speaks the Simple API in its JSON form (PEP 691 with PEP 592, 658, 700, 714 and 792). [Client.Project] is a
// project's page; [Client.Metadata] are the core metadata of one file, taken from where they cost least: the
// index itself, the one member of a wheel that holds them, by Range requests, or the static members of a source
// distribution, as far as they have to be read. Nothing is unpacked to disk and nothing of a stranger's is
// executed.
//
// Requests are bounded in number at a time, size and duration; the context of a call bounds them all. Failures
// that may pass (429, 5xx, connections that break, bodies that end early) are tried again with growing, jittered
// delays, as the server asks with Retry-After; what is final is not. A server that many questions in a row got no answer
// from is asked once a question, until it answers. File URLs and redirects lead to https or to
// the index's own origin, and credentials go to that origin alone. What was read is kept on disk, pages in parsed
// form, and asked for again as Cache-Control, ETag and Last-Modified allow.
//
// A client answers each question once: what failed stays failed, so that its answers do not depend on who asks
// first. Only a question that was given up with its context is asked again. One project never affects another.
//
// Errors: [ErrNotFound] for what the index does not have, [UnreadableError] for metadata that will never be
// readable, [DigestError] for content that is not what the index promised, [OfflineError] for a request that was
// forbidden; anything else may pass. No error, cache entry or output holds credentials.
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

	"toxgen/internal/foreign"
	"toxgen/internal/memo"
	"toxgen/internal/pep508"
)

// DefaultURL is the public index. It is the only place that names it.
const DefaultURL = "https://pypi.org/simple/"

// ErrNotFound says that the index does not have what was asked for.
var ErrNotFound = errors.New("the index does not have it")

// OfflineError is a request that was forbidden.
type OfflineError struct{ What string }

// Error names what was wanted.
func (e *OfflineError) Error() string { return "offline: " + e.What + " would have to be fetched" }

// Options of a client.
type Options struct {
	// URL is the root of the index; it may carry user:password.
	URL string
	// CacheDir is where answers are kept; empty: nowhere.
	CacheDir string
	// Offline makes every request an *OfflineError.
	Offline bool
	// Netrc is a file that may hold credentials; empty, or not there: none.
	Netrc string
	// Limits, where a zero means the usual one.
	Limits Limits
}

// Limits bound what a client does.
type Limits struct {
	// Concurrency is how many requests run at a time (48).
	Concurrency int64
	// Request is how long one request may take, its body included (30s), Download how long one for a whole archive
	// (5m).
	Request, Download time.Duration
	// Tries is how often a request is made at most (6), Delay about how long the first pause is (200ms), RetryAfter
	// the longest pause that a server may ask for (60s).
	Tries      uint
	Delay      time.Duration
	RetryAfter time.Duration
	// Page and Metadata bound the decoded bytes of an answer (64 and 8 MiB), Archive how much of an sdist is read
	// (64 MiB), Unpacked what becomes of that (1 GiB), Wheel the size of an archive that is fetched whole because the
	// server knows no ranges (256 MiB).
	Page, Metadata, Archive, Unpacked, Wheel int64
}

const mebibyte = 1 << 20

func (l Limits) orUsual() Limits {
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

// Client asks one index. It is safe for concurrent use.
type Client struct {
	root        *url.URL // without credentials, with a slash at its end
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

// Stats count what a client did.
type Stats struct {
	// Requests made, with those made again; Bytes of decoded bodies; Retries; answers taken from the cache.
	Requests, Bytes, Retries, Cached int64
}

// New is a client of the index at o.URL.
func New(o Options) (*Client, error) {
	root, err := url.Parse(o.URL)
	if err != nil || root.Hostname() == "" || root.Scheme != "https" && root.Scheme != "http" {
		return nil, errors.New("the index URL is not an http or https URL") // it may hold a password: not shown
	}
	c := &Client{credentials: root.User, offline: o.Offline, limits: o.Limits.orUsual(), cache: newCache(o.CacheDir)}
	c.pages.KeepErrors, c.metadata.KeepErrors = true, true // so that the answers do not depend on who asks first
	c.root = plain(root).JoinPath("/")
	if c.credentials == nil {
		c.credentials = netrcCredentials(o.Netrc, root.Hostname())
	}
	c.slots = semaphore.NewWeighted(c.limits.Concurrency)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = int(c.limits.Concurrency)
	transport.MaxResponseHeaderBytes = mebibyte
	c.http = &http.Client{Transport: transport, CheckRedirect: c.redirect}
	return c, nil
}

// Name is the index's URL without credentials.
func (c *Client) Name() string { return foreign.Text(c.root.String()) }

// Stats are the counts so far.
func (c *Client) Stats() Stats {
	s := &c.stats
	return Stats{Requests: s.requests.Load(), Bytes: s.bytes.Load(), Retries: s.retries.Load(), Cached: s.cached.Load()}
}

// Project is the page of a project by its normalised name.
func (c *Client) Project(ctx context.Context, name string) (*Project, error) {
	if !pep508.IsNormalizedName(name) {
		return nil, fmt.Errorf("%q is not the normalised name of a project", foreign.Text(name))
	}
	return c.pages.Get(ctx, name, func() (*Project, error) { return c.page(ctx, name) })
}

// page takes a page from the cache if it is fresh, and else asks whether it changed.
func (c *Client) page(ctx context.Context, name string) (*Project, error) {
	location := c.root.JoinPath(name + "/")
	r := request{what: "the page of " + name, url: location, accept: contentType, limit: c.limits.Page, within: c.limits.Request}
	kept, expires := c.cache.page(location, name)
	if kept != nil {
		if time.Now().Before(expires) {
			c.stats.cached.Add(1)
			return kept.project, nil
		}
		r.etag, r.modified = kept.etag, kept.modified
	}
	var project *Project
	err := c.ask(ctx, r, func(a *answer) error {
		expires, keep := freshness(a.header, time.Now())
		if a.status == http.StatusNotModified {
			c.stats.cached.Add(1)
			c.cache.refresh(location, expires)
			project = kept.project
			return nil
		}
		if err := isJSON(a.header.Get("Content-Type")); err != nil {
			return fmt.Errorf("%s: %w", r.what, err)
		}
		record, err := parsePage(a)
		if err != nil {
			return fmt.Errorf("%s: %w", r.what, err)
		}
		fresh, err := decodePage(name, string(record))
		if err != nil {
			return err
		}
		if keep {
			c.cache.putPage(location, record, expires)
		}
		project = fresh.project
		return nil
	})
	return project, err
}
