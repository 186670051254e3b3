package pypi

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"toxgen/internal/foreign"
)

// refusal is a URL that the client does not follow.
type refusal struct{ message string }

// Error names the URL and the rule.
func (r *refusal) Error() string { return r.message }

// allowed says whether a URL may be asked: https, or the index's own origin.
func (c *Client) allowed(u *url.URL) error {
	if u.Scheme == "https" && u.Hostname() != "" || c.own(u) {
		return nil
	}
	return &refusal{foreign.Text(plain(u).String()) + " is neither https nor the index's own origin"}
}

// own says whether a URL is of the index's own origin.
func (c *Client) own(u *url.URL) bool { return origin(u) == origin(c.root) }

// origin is scheme, host and port.
func origin(u *url.URL) [3]string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return [3]string{u.Scheme, strings.ToLower(u.Hostname()), port}
}

// plain is a URL without what may be a secret.
func plain(u *url.URL) *url.URL {
	shown := *u
	shown.User, shown.RawQuery, shown.ForceQuery, shown.Fragment, shown.RawFragment = nil, "", false, "", ""
	return &shown
}

// maximumRedirects is how many redirects are followed for one request.
const maximumRedirects = 5

// redirect says whether to follow a redirect, and keeps secrets to where they belong: http.Client compares hosts,
// not origins.
func (c *Client) redirect(next *http.Request, via []*http.Request) error {
	if len(via) > maximumRedirects {
		return &refusal{"too many redirects"}
	}
	next.Header.Del("Referer")
	if !c.own(next.URL) {
		next.Header.Del("Authorization")
	}
	return c.allowed(next.URL)
}

// userinfo is a URL with credentials and what follows it, which may repeat them.
var userinfo = regexp.MustCompile(`(?s)//.*@.*`)

// scrub makes an error of the network one line without the URL that it would repeat.
func scrub(err error) error {
	if e := (*url.Error)(nil); errors.As(err, &e) {
		err = e.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("no answer in time")
	}
	return errors.New(foreign.Text(userinfo.ReplaceAllString(err.Error(), "//…")))
}
