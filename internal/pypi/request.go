package pypi

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// A request is one query to a server.
type request struct {
	// what names the content, for messages.
	what   string
	url    *url.URL
	accept string
	// etag and modified are the validators of the cached answer, if there is one.
	etag, modified string
	// bytes is the value of the Range header, or empty.
	bytes string
	// archive is set if the exact bytes are needed: the server is asked not to compress them.
	archive bool
	// limit is the maximum size of the decoded body, within the maximum duration of the request.
	limit  int64
	within time.Duration
}

// An overError is the error for content that is larger than its limit.
type overError struct {
	what  string
	limit int64
}

// Error names the content and the limit.
func (e *overError) Error() string { return fmt.Sprintf("%s is larger than %d bytes", e.what, e.limit) }

// An answer is an HTTP response with status 200, 206 or 304.
type answer struct {
	status int
	header http.Header
	// url is the URL of the answer, after redirects.
	url *url.URL
	// length is the length of the body, or negative if it is not known.
	length int64
	body   *limited
}

var (
	// errTruncated means that the body ended early without an error of the connection. The request is retried.
	errTruncated = errors.New("the answer ended early")
	// errOver means that a body is larger than its limit.
	errOver = errors.New("the content is larger than the limit")
)

// ask makes a request and retries it until there is an answer, a permanent failure, or no try left. use reads the answer.
// Its error is permanent unless the connection broke while it read, or the error is errTruncated.
func (c *Client) ask(ctx context.Context, r request, use func(*answer) error) error {
	if c.offline {
		return &OfflineError{r.what}
	}
	if err := c.checkURL(r.url); err != nil {
		return fmt.Errorf("%s: %w", r.what, err)
	}
	most := c.limits.Tries
	if c.unanswered.Load() >= maximumUnanswered {
		most = 1
	}
	pause := &backoff.ExponentialBackOff{InitialInterval: c.limits.Delay, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: 20 * c.limits.Delay}
	tries := 0
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		if tries++; tries > 1 {
			c.stats.retries.Add(1)
		}
		return struct{}{}, c.try(ctx, r, use)
	}, backoff.WithBackOff(pause), backoff.WithMaxTries(most), backoff.WithMaxElapsedTime(0))
	switch {
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("%s: %w", r.what, context.Cause(ctx))
	case err != nil && tries == int(most): // otherwise the failure was permanent
		c.unanswered.Add(1)
	}
	return err
}

// maximumUnanswered is how many queries in a row may get no answer before further ones are tried only once, until one is
// answered. A dead server then does not delay all remaining queries, and one that fails now and then is still retried.
const maximumUnanswered = 20

// read makes a request and returns the whole body of the answer.
func (c *Client) read(ctx context.Context, r request) (body []byte, status int, header http.Header, err error) {
	err = c.ask(ctx, r, func(a *answer) error {
		if status, header = a.status, a.header; a.length > r.limit {
			return errOver
		}
		body, err = io.ReadAll(a.body)
		return err
	})
	return body, status, header, err
}

// try makes the request once.
func (c *Client) try(ctx context.Context, r request, use func(*answer) error) error {
	if err := c.slots.Acquire(ctx, 1); err != nil {
		return backoff.Permanent(err)
	}
	defer c.slots.Release(1)
	ctx, cancel := context.WithTimeout(ctx, r.within)
	defer cancel()
	c.stats.requests.Add(1)
	response, err := c.http.Do(c.newRequest(ctx, r))
	if err != nil {
		shown := fmt.Errorf("%s: %w", r.what, scrub(err))
		if errors.As(err, new(*refusal)) || errors.As(err, new(*tls.CertificateVerificationError)) {
			return backoff.Permanent(shown)
		}
		return shown
	}
	defer response.Body.Close()
	body := &limited{reader: response.Body, left: r.limit}
	defer func() { c.stats.bytes.Add(body.read) }()
	if err := c.checkStatus(r, response); err != nil {
		_, _ = io.CopyN(io.Discard, body, 64<<10) // so that the connection can be reused
		return err
	}
	err = use(&answer{response.StatusCode, response.Header, response.Request.URL, response.ContentLength, body})
	switch {
	case err == nil:
		c.unanswered.Store(0)
		return nil
	case body.failed != nil:
		return fmt.Errorf("%s: %w: %w", r.what, errTruncated, scrub(body.failed))
	case errors.Is(err, errTruncated):
		return err
	case errors.Is(err, errOver):
		return backoff.Permanent(&overError{r.what, r.limit})
	default:
		return backoff.Permanent(err)
	}
}

// newRequest returns the HTTP request.
func (c *Client) newRequest(ctx context.Context, r request) *http.Request {
	m := (&http.Request{Method: http.MethodGet, URL: r.url, Host: r.url.Host, Header: http.Header{}}).WithContext(ctx)
	set := func(name, value string) {
		if value != "" {
			m.Header.Set(name, value)
		}
	}
	set("User-Agent", "toxgen")
	set("Accept", r.accept)
	set("If-None-Match", r.etag)
	set("If-Modified-Since", r.modified)
	set("Range", r.bytes)
	if r.archive {
		m.Header.Set("Accept-Encoding", "identity")
	}
	if c.credentials != nil && c.isOwn(r.url) {
		password, _ := c.credentials.Password()
		m.SetBasicAuth(c.credentials.Username(), password)
	}
	return m
}

// storageOf returns what the headers of an answer that came now allow.
func (c *Client) storageOf(h http.Header) storage {
	return storageOf(h, c.credentials != nil, time.Now())
}

// A statusError is the error for an HTTP response whose status is not 200, 206 or 304.
type statusError struct {
	code int
	// may is what the response allows.
	may storage
}

// Error names the status and, for some, what to do about it.
func (e *statusError) Error() string {
	text := fmt.Sprintf("the server answered %d %s", e.code, http.StatusText(e.code))
	switch e.code {
	case http.StatusUnauthorized, http.StatusForbidden:
		return text + ": check the credentials of the index"
	case http.StatusProxyAuthRequired:
		return text + ": check the credentials of the proxy"
	case http.StatusNotAcceptable:
		return notJSON(text).Error()
	}
	return text
}

// Is reports whether target is [ErrNotFound] and the status is 404 or 410.
func (e *statusError) Is(target error) bool {
	return target == ErrNotFound && (e.code == http.StatusNotFound || e.code == http.StatusGone)
}

// checkStatus returns an error unless the status of the response is expected. Temporary failures may be retried.
func (c *Client) checkStatus(r request, response *http.Response) error {
	code := response.StatusCode
	status := &statusError{code: code}
	refused := fmt.Errorf("%s: %w", r.what, status)
	switch {
	case code == http.StatusOK, code == http.StatusPartialContent && r.bytes != "", code == http.StatusNotModified && r.etag+r.modified != "":
		return nil
	case code == http.StatusNotImplemented, code < 500 && code != http.StatusTooManyRequests && code != http.StatusRequestTimeout:
		c.unanswered.Store(0)
		status.may = c.storageOf(response.Header)
		return backoff.Permanent(refused)
	}
	pause, stated := retryAfter(response.Header.Get("Retry-After"), time.Now())
	switch {
	case !stated:
		return refused
	case pause > c.limits.RetryAfter:
		return backoff.Permanent(fmt.Errorf("%w and asks to retry after %s", refused, pause))
	default:
		return &delayedError{refused, &backoff.RetryAfterError{Duration: pause + rand.N(c.limits.Delay)}}
	}
}

// A delayedError is an error after which the server wants to be left alone for a while. Its text is that of the error
// alone: the pause has a random part.
type delayedError struct {
	error
	pause *backoff.RetryAfterError
}

// Unwrap returns the error and the pause.
func (e *delayedError) Unwrap() []error { return []error{e.error, e.pause} }

// IsAnswer reports whether an error is what the index answers, so that it would answer the same again: that it does not
// have something or does not hand it out, or that what it hands out is too large or not what it states. An index that
// could not be reached or failed has not answered.
func IsAnswer(err error) bool {
	status, refused := errors.AsType[*statusError](err)
	return refused && status.code < 500 && status.code != http.StatusTooManyRequests && status.code != http.StatusRequestTimeout ||
		errors.As(err, new(*overError)) || errors.As(err, new(*DigestError)) || errors.As(err, new(*UnreadableError))
}

// retryAfter parses a Retry-After header. It returns the pause and whether the header is valid.
func retryAfter(text string, now time.Time) (pause time.Duration, stated bool) {
	if seconds, err := strconv.ParseUint(text, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, 1<<30)) * time.Second, true
	}
	at, err := http.ParseTime(text)
	return max(at.Sub(now), 0), err == nil
}

// maximumFreshness is how long an answer may be used without revalidation, whatever the server states. notFoundFreshness
// is how long it counts that something is not there, which may come to be.
const (
	maximumFreshness  = time.Hour
	notFoundFreshness = 10 * time.Minute
)

// A storage is what the server allows to do with an answer, by RFC 9111.
type storage struct {
	// keep is set if the answer may be kept on disk.
	keep bool
	// expires is until when it may be used without revalidation. It is zero if the server does not state it.
	expires time.Time
}

// anyStorage allows everything.
var anyStorage = storage{keep: true}

// until returns until when the answer may be used, where it may be used until a time if the server does not state one.
func (s storage) until(usual time.Time) time.Time {
	if s.expires.IsZero() || s.expires.After(usual) {
		return usual
	}
	return s.expires
}

// storageOf returns what the headers of an answer allow; personal is set if the request had credentials. A cache belongs
// to one user of the machine, and its keys contain the credentials. So an answer for one user alone may be kept if there
// were credentials: without any, something else told the server who asks. Requests for the same key have the same headers,
// so that of the values of Vary only `*` matters.
func storageOf(h http.Header, personal bool, now time.Time) storage {
	if slices.Contains(listOf(h, "Vary"), "*") {
		return storage{}
	}
	stated, lifetime := false, int64(math.MaxInt32)
	for _, directive := range listOf(h, "Cache-Control") {
		name, value, _ := strings.Cut(directive, "=")
		switch strings.ToLower(name) {
		case "no-store":
			return storage{}
		case "private":
			if !personal {
				return storage{}
			}
		case "no-cache":
			stated, lifetime = true, 0
		case "max-age":
			seconds, _ := strconv.ParseInt(strings.Trim(value, `"`), 10, 32) // an invalid number is treated as 0
			stated, lifetime = true, min(lifetime, seconds)
		}
	}
	if !stated {
		return anyStorage
	}
	age, _ := strconv.ParseInt(cmp.Or(h.Get("Age"), "0"), 10, 32)
	return storage{true, now.Add(min(time.Duration(max(lifetime-age, 0))*time.Second, maximumFreshness))}
}

// listOf returns the members of a header that is a list. Commas in quoted strings do not separate them.
func listOf(h http.Header, name string) []string {
	quoted := false
	list := strings.FieldsFunc(strings.Join(h.Values(name), ","), func(c rune) bool {
		if c == '"' {
			quoted = !quoted
		}
		return c == ',' && !quoted
	})
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

// A limited reader reads at most a number of bytes, and remembers the error of the underlying reader.
type limited struct {
	reader     io.Reader
	left, read int64
	// over is set if there were more bytes. failed is the error after which more bytes could have followed.
	over   bool
	failed error
}

// Read implements [io.Reader].
func (l *limited) Read(p []byte) (int, error) {
	probing := l.left == 0
	if probing {
		p = make([]byte, 1)
	}
	n, err := l.reader.Read(p[:min(int64(len(p)), max(l.left, 1))])
	if err != nil && err != io.EOF {
		l.failed = err
	}
	if probing && n > 0 {
		l.over = true
		return 0, errOver
	}
	l.left -= int64(n)
	l.read += int64(n)
	return n, err
}
