package pypi

import (
	"crypto/tls"
	"errors"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"toxgen/internal/pypitest"
)

// secret is part of every password of these tests.
const secret = "s3cr3t"

// hasSecret reports whether text contains the secret, also in the encoding of HTTP basic authentication.
func hasSecret(text string) bool {
	basic := (&http.Request{Header: http.Header{}})
	basic.SetBasicAuth("user", secret)
	_, encoded, _ := strings.Cut(basic.Header.Get("Authorization"), " ")
	return strings.Contains(text, secret) || strings.Contains(text, strings.TrimRight(encoded, "="))
}

// filesWithSecret returns the files of a folder whose name or content contains the secret.
func filesWithSecret(tb testing.TB, folder string) (names []string) {
	tb.Helper()
	err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		if hasSecret(name) || hasSecret(string(content)) {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return names
}

// Each row is a failure of an index that needs credentials, behind servers with other credentials. Neither errors nor the
// cache may contain any of them.
func TestSecretsStayHidden(t *testing.T) {
	elsewhere := "http://other:" + secret + "@host.invalid/simple/demo/?token=" + secret + "#" + secret
	tests := []struct {
		name   string
		fault  pypitest.Fault // always, of everything
		failed bool
	}{
		{"well", nil, false},
		{"unauthorized", pypitest.Status(401, `WWW-Authenticate: Basic realm="simple"`), true},
		{"forbidden", pypitest.Status(403), true},
		{"missing", pypitest.Status(404), true},
		{"proxy", pypitest.Status(407), true},
		{"busy", pypitest.Status(429, "Retry-After: 10000"), true},
		{"failing", pypitest.Status(503), true},
		{"broken", pypitest.Reset(), true},
		{"cut", pypitest.Cut(20), true},
		{"late", pypitest.Latency(time.Hour), true},
		{"HTML", pypitest.HTML(), true},
		{"no HTTP", pypitest.Raw("220 smtp.invalid\r\n"), true},
		{"redirected", pypitest.Redirect(elsewhere), true},
		{"redirected, broken", pypitest.Redirect("http://other:" + secret + "%@host"), true},
		{"redirected, blanks", pypitest.Redirect("http://ot her:" + secret + "@host"), true},
		{"redirected, slash", pypitest.Redirect("http://other:/" + secret + "@host"), true},
		{"redirected, port", pypitest.Redirect("http://other:" + secret + "/@host"), true},
		{"redirected, in a circle", pypitest.Redirect("?" + secret), true},
	}
	for _, credentials := range []string{"URL", "netrc"} {
		for _, test := range tests {
			t.Run(test.name+", by "+credentials, func(t *testing.T) {
				wheel, sdist := pypitest.Wheel("demo", "1.0"), pypitest.Sdist(pypitest.SdistOld, "demo", "1.0", "six")
				index := pypitest.New(t)
				with := func(url string) string { return strings.Replace(url, "://", "://user:"+secret+"@", 1) }
				wheel.URL = with(index.Origin) + "/files/demo/" + wheel.Filename
				index.Set(pypitest.Project{Name: "demo", Files: []pypitest.File{wheel, sdist}})
				page := project(t, client(t, index, Options{}))
				folder := t.TempDir()
				o := Options{URL: with(index.URL), CacheDir: folder, Limits: Limits{Tries: 2, Request: 5 * time.Second, Download: 5 * time.Second}}
				if test.name == "late" {
					o.Limits.Request, o.Limits.Download = 20*time.Millisecond, 20*time.Millisecond
				}
				if credentials == "netrc" {
					o.URL, o.Netrc = index.URL, filepath.Join(t.TempDir(), "netrc")
					if err := os.WriteFile(o.Netrc, []byte("machine 127.0.0.1 login user password "+secret), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				index.Reset()
				if test.fault != nil {
					index.Fault("/*/*/", 0, test.fault)
					index.Fault("/*/*/*", 0, test.fault)
				}
				c := client(t, index, o)
				_, err := c.Project(t.Context(), "demo")
				all := []error{err}
				for _, f := range page.All() {
					_, err := c.Metadata(t.Context(), f, Requirements)
					all = append(all, err)
				}
				for _, err := range all {
					if (err != nil) != test.failed || hasSecret(errorText(err)) {
						t.Errorf("got %v, want an error: %t, and no secret", err, test.failed)
					}
				}
				if hasSecret(c.Name()) {
					t.Errorf("the client's name is %s", c.Name())
				}
				if got := filesWithSecret(t, folder); got != nil {
					t.Errorf("the cache contains the secret: %q", got)
				}
				if user, password, _ := (&http.Request{Header: index.Requests()[0].Header}).BasicAuth(); user != "user" || password != secret {
					t.Errorf("the index got %s:%s", user, password)
				}
			})
		}
	}
}

// Each row is a failure of a proxy that needs credentials.
func TestProxySecretsStayHidden(t *testing.T) {
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "who are you?", http.StatusProxyAuthRequired)
	}))
	t.Cleanup(refusing.Close)
	gone, refused := "http://"+pypitest.Refused, "the page of demo: proxyconnect tcp: dial tcp "+pypitest.Refused+": connect: connection refused"
	tests := []struct{ name, proxy, index, want string }{
		{"refuses", refusing.URL, "http://index.invalid/simple/",
			"the page of demo: the server answered 407 Proxy Authentication Required: check the credentials of the proxy"},
		{"refuses a tunnel", refusing.URL, "https://index.invalid/simple/", "the page of demo: Proxy Authentication Required"},
		{"gone", gone, "http://index.invalid/simple/", refused},
		{"gone, no tunnel", gone, "https://index.invalid/simple/", refused},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			c, err := New(Options{URL: test.index, CacheDir: folder, Limits: Limits{Tries: 2, Delay: time.Millisecond}})
			if err != nil {
				t.Fatal(err)
			}
			proxy, err := url.Parse(test.proxy)
			if err != nil {
				t.Fatal(err)
			}
			proxy.User = url.UserPassword("user", secret)
			c.http.Transport.(*http.Transport).Proxy = http.ProxyURL(proxy)
			_, err = c.Project(t.Context(), "demo")
			if got := errorText(err); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if got := filesWithSecret(t, folder); got != nil {
				t.Errorf("the cache contains the secret: %q", got)
			}
		})
	}
}

func TestScrub(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "dial tcp 127.0.0.1:1: connection refused", "dial tcp 127.0.0.1:1: connection refused"},
		{"URL", "lookup https://host/a: no such host", "lookup https://host/a: no such host"},
		{"credentials", "lookup https://user:secret@host: no such host", "lookup https://…"},
		{"odd credentials", "parse \"https://us er:se/cr?et#\n@host\": invalid port \":se\"", `parse "https://…`},
		{"credentials repeated", "parse \"//user:secret@host\": parse \"//user:secret@host\": invalid userinfo", `parse "//…`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, err := range []error{errors.New(test.in), &url.Error{Op: "Get", URL: "https://user:secret@host/", Err: errors.New(test.in)}} {
				if got := scrub(err).Error(); got != test.want {
					t.Errorf("got %s, want %s", got, test.want)
				}
			}
		})
	}
}

// Each row is a server without a valid certificate. It must get neither requests nor credentials.
func TestUnprovenServers(t *testing.T) {
	index := pypitest.Start(t, pypitest.Options{TLS: true}, demo("1.0"))
	plain := pypitest.New(t, demo("1.0"))
	old := httptest.NewUnstartedServer(http.NotFoundHandler())
	old.Config.ErrorLog = log.New(t.Output(), "", 0)
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11}
	old.StartTLS()
	t.Cleanup(old.Close)
	tests := []struct {
		name, url string
		change    func(*tls.Config)
		want      string // a part of it
		tries     int64
	}{
		{"unknown", index.Origin, func(c *tls.Config) { c.RootCAs = nil }, "tls: failed to verify certificate: x509: ", 1},
		{"of another name", index.Origin, func(c *tls.Config) { c.ServerName = "other.invalid" }, "tls: failed to verify certificate: x509: ", 1},
		{"expired", index.Origin, func(c *tls.Config) { c.Time = func() time.Time { return time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) } },
			"x509: certificate has expired or is not yet valid", 1},
		{"without TLS", strings.Replace(plain.Origin, "http:", "https:", 1), nil, "http: server gave HTTP response to HTTPS client", 2},
		{"of an old version", old.URL, nil, "protocol version", 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := client(t, nil, Options{URL: strings.Replace(test.url, "://", "://user:"+secret+"@", 1) + "/simple/", Limits: Limits{Tries: 2}})
			trust(c, index)
			if test.change != nil {
				test.change(c.http.Transport.(*http.Transport).TLSClientConfig)
			}
			_, err := c.Project(t.Context(), "demo")
			if got := errorText(err); !strings.HasPrefix(got, "the page of demo: ") || !strings.Contains(got, test.want) || hasSecret(got) {
				t.Errorf("got %q, want %q and no secret", got, test.want)
			}
			if got := c.Stats().Requests; got != test.tries {
				t.Errorf("%d requests, want %d", got, test.tries)
			}
		})
	}
	if got := len(index.Requests()) + len(plain.Requests()); got != 0 {
		t.Errorf("%d requests came through, want none", got)
	}
}
