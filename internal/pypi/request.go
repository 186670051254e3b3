package pypi

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// request is one question to a server.
type request struct {
	// what is asked for, in words.
	what   string
	url    *url.URL
	accept string
	// etag and modified are what the last answer said of itself, if it is at hand.
	etag, modified string
	// bytes is a Range header's value, or empty.
	bytes string
	// archive says that the bytes count, not their meaning: a server that packs them is asked not to.
	archive bool
	// limit bounds the decoded body, within the whole exchange.
	limit  int64
	within time.Duration
}

// answer is an answer with status 200, 206 or 304.
type answer struct {
	status int
	header http.Header
	// url is where it came from, after redirects.
	url *url.URL
	// length is the length of the body if it is known, else negative.
	length int64
	body   *limited
}

var (
	// errTruncated asks for another try: a body ended early though nothing broke.
	errTruncated = errors.New("the answer ended early")
	// errOver says that a body is larger than it may be.
	errOver = errors.New("there is more than may be read")
)

// ask makes a request until there is an answer, a final refusal, or no patience left. use reads the answer; its
// error is final unless the connection broke below it or it is errTruncated.
func (c *Client) ask(ctx context.Context, r request, use func(*answer) error) error {
	if c.offline {
		return &OfflineError{r.what}
	}
	if err := c.allowed(r.url); err != nil {
		return fmt.Errorf("%s: %w", r.what, err)
	}
	most := c.limits.Tries
	if c.unanswered.Load() >= lastStraw {
		most = 1
	}
	pause := &backoff.ExponentialBackOff{InitialInterval: c.limits.Delay, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: 20 * c.limits.Delay}
	tries := 0
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		if tries++; tries > 1 {
			c.stats.retries.Add(1)
		}
		return struct{}{}, c.once(ctx, r, use)
	}, backoff.WithBackOff(pause), backoff.WithMaxTries(most), backoff.WithMaxElapsedTime(0))
	switch {
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("%s: %w", r.what, context.Cause(ctx))
	case err != nil && tries == int(most): // else the answer was final
		c.unanswered.Add(1)
	}
	return err
}

// lastStraw is how many questions in a row may get no answer: from then on a question is asked once, until one gets
// an answer. So a server that dies does not keep everybody waiting, and one that fails now and then is not given up.
const lastStraw = 20

// read is the whole body of an answer.
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

// once makes the request one time.
func (c *Client) once(ctx context.Context, r request, use func(*answer) error) error {
	if err := c.slots.Acquire(ctx, 1); err != nil {
		return backoff.Permanent(err)
	}
	defer c.slots.Release(1)
	ctx, cancel := context.WithTimeout(ctx, r.within)
	defer cancel()
	c.stats.requests.Add(1)
	response, err := c.http.Do(c.message(ctx, r))
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
	if err := c.status(r, response); err != nil {
		_, _ = io.CopyN(io.Discard, body, 64<<10) // so that the connection can be used again
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
		return backoff.Permanent(fmt.Errorf("%s is larger than %d bytes", r.what, r.limit))
	default:
		return backoff.Permanent(err)
	}
}

// message is a request in HTTP.
func (c *Client) message(ctx context.Context, r request) *http.Request {
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
	if c.credentials != nil && c.own(r.url) {
		password, _ := c.credentials.Password()
		m.SetBasicAuth(c.credentials.Username(), password)
	}
	return m
}

// statusError is an answer that is none.
type statusError struct{ code int }

// Error names the status, and what could be done about it.
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

// Is says that 404 and 410 are ErrNotFound.
func (e *statusError) Is(target error) bool {
	return target == ErrNotFound && (e.code == http.StatusNotFound || e.code == http.StatusGone)
}

// status turns what is no answer into an error.
func (c *Client) status(r request, response *http.Response) error {
	code := response.StatusCode
	refused := fmt.Errorf("%s: %w", r.what, &statusError{code})
	switch {
	case code == http.StatusOK, code == http.StatusPartialContent && r.bytes != "", code == http.StatusNotModified && r.etag+r.modified != "":
		return nil
	case code == http.StatusNotImplemented, code < 500 && code != http.StatusTooManyRequests && code != http.StatusRequestTimeout:
		c.unanswered.Store(0)
		return backoff.Permanent(refused)
	}
	pause, stated := retryAfter(response.Header.Get("Retry-After"), time.Now())
	switch {
	case !stated:
		return refused
	case pause > c.limits.RetryAfter:
		return backoff.Permanent(fmt.Errorf("%w and asks to come back in %s", refused, pause))
	default:
		return fmt.Errorf("%w: %w", refused, &backoff.RetryAfterError{Duration: pause + rand.N(c.limits.Delay)})
	}
}

// retryAfter is the pause that a server asks for.
func retryAfter(text string, now time.Time) (pause time.Duration, stated bool) {
	if seconds, err := strconv.ParseUint(text, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, 1<<30)) * time.Second, true
	}
	at, err := http.ParseTime(text)
	return max(at.Sub(now), 0), err == nil
}

// maximumFreshness is how long an answer is used without asking again, whatever the server says.
const maximumFreshness = time.Hour

// freshness is until when an answer may be used without asking again, and whether it may be kept at all.
func freshness(h http.Header, now time.Time) (expires time.Time, keep bool) {
	var seconds int64
	for directive := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(name) {
		case "no-store":
			return time.Time{}, false
		case "no-cache":
			return now, true
		case "max-age":
			seconds, _ = strconv.ParseInt(strings.Trim(value, `"`), 10, 32) // what is no number is none
		}
	}
	age, _ := strconv.ParseInt(cmp.Or(h.Get("Age"), "0"), 10, 32)
	return now.Add(min(time.Duration(max(seconds-age, 0))*time.Second, maximumFreshness)), true
}

// limited reads so many bytes and no more, and remembers why the reader below failed.
type limited struct {
	reader     io.Reader
	left, read int64
	// over says that there were more bytes, failed why there could have been more.
	over   bool
	failed error
}

// Read serves io.Reader.
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
