package pypi

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// A refusal is the error for a URL that the client does not follow.
type refusal struct{ message string }

// Error names the URL and the reason.
func (r *refusal) Error() string { return r.message }

// checkURL returns an error unless the client may request a URL: one with https, or of the origin of the index.
func (c *Client) checkURL(u *url.URL) error {
	if u.Scheme == "https" && u.Hostname() != "" || c.isOwn(u) {
		return nil
	}
	return &refusal{withoutSecrets(u).String() + " has neither https nor the origin of the index"}
}

// isOwn reports whether a URL has the origin of the index.
func (c *Client) isOwn(u *url.URL) bool { return origin(u) == origin(c.root) }

// origin returns the scheme, host and port of a URL.
func origin(u *url.URL) [3]string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return [3]string{u.Scheme, strings.ToLower(u.Hostname()), port}
}

// withoutSecrets returns a URL without the parts that may contain secrets: user, query and fragment.
func withoutSecrets(u *url.URL) *url.URL {
	shown := *u
	shown.User, shown.RawQuery, shown.ForceQuery, shown.Fragment, shown.RawFragment = nil, "", false, "", ""
	return &shown
}

// maximumRedirects is the maximum number of redirects of one request.
const maximumRedirects = 5

// redirect returns an error if a redirect must not be followed. It also removes secrets that must not go to another
// origin, because http.Client compares hosts, not origins.
func (c *Client) redirect(next *http.Request, via []*http.Request) error {
	if len(via) > maximumRedirects {
		return &refusal{"too many redirects"}
	}
	next.Header.Del("Referer")
	if !c.isOwn(next.URL) {
		next.Header.Del("Authorization")
	}
	return c.checkURL(next.URL)
}

// userinfo matches a URL with credentials and all that follows it, which may repeat them.
var userinfo = regexp.MustCompile(`(?s)//.*@.*`)

// scrub returns an error of the network without its URL and without credentials.
func scrub(err error) error {
	if e := (*url.Error)(nil); errors.As(err, &e) {
		err = e.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("no answer in time")
	}
	return errors.New(userinfo.ReplaceAllString(err.Error(), "//…"))
}
