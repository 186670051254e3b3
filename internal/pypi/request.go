package pypi

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"toxgen/internal/foreign"
)

// request is one question to a server.
type request struct {
	// what is asked for, in words.
	what   string
	url    *url.URL
	accept string
	etag   string
	// bytes is a Range header's value, or empty.
	bytes string
	// limit bounds the decoded body.
	limit int64
}

// answer is a whole answer with status 200, 206, 304 or 416.
type answer struct {
	status int
	header http.Header
	url    *url.URL
	body   []byte
}

// get asks until there is an answer, a final refusal, or no patience left.
func (c *Client) get(ctx context.Context, r request) (*answer, error) {
	var result *answer
	err := c.try(ctx, r, func(response *http.Response) error {
		body, err := io.ReadAll(io.LimitReader(response.Body, r.limit+1))
		c.stats.bytes.Add(int64(len(body)))
		if err != nil {
			return fmt.Errorf("%s ended early: %w", r.what, c.scrub(err))
		}
		if int64(len(body)) > r.limit {
			return backoff.Permanent(fmt.Errorf("%s is larger than %d bytes", r.what, r.limit))
		}
		result = &answer{response.StatusCode, response.Header, response.Request.URL, body}
		return nil
	})
	return result, err
}

// try makes a request again and again; use reads the answer and may ask for another try by a plain error.
func (c *Client) try(ctx context.Context, r request, use func(*http.Response) error) error {
	if c.offline {
		return &OfflineError{r.what}
	}
	if err := c.allowed(r.url); err != nil {
		return err
	}
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval = c.limits.Delay
	pause.MaxInterval = 20 * c.limits.Delay
	tries := 0
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		if tries++; tries > 1 {
			c.stats.retries.Add(1)
		}
		return struct{}{}, c.once(ctx, r, use)
	}, backoff.WithBackOff(pause), backoff.WithMaxTries(c.limits.Tries), backoff.WithMaxElapsedTime(time.Duration(c.limits.Tries)*c.limits.Request))
	if after := (*backoff.RetryAfterError)(nil); errors.As(err, &after) {
		return fmt.Errorf("%s: the server keeps asking to come back later", r.what)
	}
	return err
}

// once makes the request one time.
func (c *Client) once(ctx context.Context, r request, use func(*http.Response) error) error {
	if err := c.slots.Acquire(ctx, 1); err != nil {
		return backoff.Permanent(err)
	}
	defer c.slots.Release(1)
	ctx, cancel := context.WithTimeout(ctx, c.limits.Request)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url.String(), nil)
	if err != nil {
		return backoff.Permanent(err)
	}
	for name, value := range map[string]string{"Accept": r.accept, "If-None-Match": r.etag, "Range": r.bytes} {
		if value != "" {
			q.Header.Set(name, value)
		}
	}
	q.Header.Set("User-Agent", "toxgen")
	if c.credentials != nil && c.sameOrigin(r.url) {
		password, _ := c.credentials.Password()
		q.SetBasicAuth(c.credentials.Username(), password)
	}
	c.stats.requests.Add(1)
	response, err := c.http.Do(q)
	if err != nil {
		if refused := (*refusal)(nil); errors.As(err, &refused) {
			return backoff.Permanent(refused)
		}
		return fmt.Errorf("%s: %w", r.what, c.scrub(err))
	}
	defer response.Body.Close()
	if err := c.status(r, response); err != nil {
		return err
	}
	return use(response)
}

// status turns what is no answer into an error.
func (c *Client) status(r request, response *http.Response) error {
	switch code := response.StatusCode; {
	case code == http.StatusOK, code == http.StatusPartialContent && r.bytes != "", code == http.StatusNotModified && r.etag != "",
		code == http.StatusRequestedRangeNotSatisfiable && r.bytes != "":
		return nil
	case code == http.StatusNotFound || code == http.StatusGone:
		return backoff.Permanent(fmt.Errorf("%s: %w", r.what, ErrNotFound))
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return backoff.Permanent(fmt.Errorf("%s: the server refuses with %d: check the credentials of the index", r.what, code))
	case code == http.StatusTooManyRequests || code >= 500:
		if pause, stated := c.retryAfter(response.Header); stated {
			return &backoff.RetryAfterError{Duration: pause}
		}
		return fmt.Errorf("%s: the server answered %d", r.what, code)
	default:
		return backoff.Permanent(fmt.Errorf("%s: the server answered %d", r.what, code))
	}
}

// retryAfter is the pause that a server asks for, bounded.
func (c *Client) retryAfter(h http.Header) (time.Duration, bool) {
	text := h.Get("Retry-After")
	pause := time.Duration(-1)
	if seconds, err := strconv.Atoi(text); err == nil {
		pause = time.Duration(min(seconds, 1<<20)) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		pause = time.Until(at)
	}
	if pause < 0 {
		return 0, false
	}
	return min(pause, c.limits.RetryAfter), true
}

// freshness is how long an answer may be used without asking again.
func freshness(h http.Header) time.Duration {
	for directive := range strings.SplitSeq(h.Get("Cache-Control"), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(name) {
		case "no-store", "no-cache":
			return 0
		case "max-age":
			if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
				return min(time.Duration(min(seconds, 1<<20))*time.Second, time.Hour)
			}
		}
	}
	return 0
}

// refusal is a URL that the client does not follow.
type refusal struct{ message string }

func (r *refusal) Error() string { return r.message }

// allowed says whether a URL may be asked: https, or the index's own origin.
func (c *Client) allowed(u *url.URL) error {
	if u.Scheme == "https" && u.Host != "" || c.sameOrigin(u) {
		return nil
	}
	return &refusal{fmt.Sprintf("%s is neither https nor the index's own origin", foreign.Text(u.Redacted()))}
}

func (c *Client) sameOrigin(u *url.URL) bool {
	return u.Scheme == c.root.Scheme && u.Host == c.root.Host
}

// maximumRedirects is how many redirects are followed for one request.
const maximumRedirects = 5

func (c *Client) redirect(next *http.Request, via []*http.Request) error {
	if len(via) > maximumRedirects {
		return &refusal{"too many redirects"}
	}
	if !c.sameOrigin(next.URL) {
		next.Header.Del("Authorization")
	}
	return c.allowed(next.URL)
}

// scrub makes an error of the network one line without the URL that it would repeat.
func (c *Client) scrub(err error) error {
	if e := (*url.Error)(nil); errors.As(err, &e) {
		err = e.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("no answer in time")
	}
	return errors.New(foreign.Text(err.Error()))
}

// netrcCredentials are those of a host in a .netrc file, or nil.
func netrcCredentials(name, host string) *url.Userinfo {
	f, err := os.Open(name)
	if name == "" || err != nil {
		return nil
	}
	defer f.Close()
	words := bufio.NewScanner(f)
	words.Split(bufio.ScanWords)
	var login, password string
	var here, found bool
	for words.Scan() {
		switch words.Text() {
		case "machine":
			if found {
				return url.UserPassword(login, password)
			}
			here = words.Scan() && words.Text() == host
		case "default":
			if found {
				return url.UserPassword(login, password)
			}
			here = true
		case "login":
			if words.Scan() && here {
				login, found = words.Text(), true
			}
		case "password":
			if words.Scan() && here {
				password = words.Text()
			}
		}
	}
	if !found {
		return nil
	}
	return url.UserPassword(login, password)
}
