package pypi

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"toxgen/internal/pypitest"
)

// trust makes a client accept the certificates of servers.
func trust(c *Client, servers ...*pypitest.Server) {
	pool := x509.NewCertPool()
	for _, s := range servers {
		pool.AddCert(s.Certificate())
	}
	c.http.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: pool}
}

// withUser returns a URL with credentials.
func withUser(url string) string { return strings.Replace(url, "://", "://user:secret@", 1) }

// Each row redirects the page of an index to a path of one of three servers: itself, another one, one with https.
func TestRedirect(t *testing.T) {
	tests := []struct {
		name       string
		https      bool // the index uses https
		to         string
		want       string
		authorized bool // the last request had the credentials
	}{
		{"same origin", false, "self/simple/moved/", "", true},
		{"same origin, relative", false, "/simple/moved/", "", true},
		{"up to https", false, "secure/simple/moved/", "", false},
		{"other origin of https", true, "secure/simple/moved/", "", false},
		{"same origin of https", true, "self/simple/moved/", "", true},
		{"other origin of http", false, "other/simple/moved/", "OTHER/simple/moved/ has neither https nor the origin of the index", false},
		{"down to http", true, "other/simple/moved/", "OTHER/simple/moved/ has neither https nor the origin of the index", false},
		{"file", false, "file:///etc/passwd", "file:///etc/passwd has neither https nor the origin of the index", false},
		{"secrets of others", false, "http://name:secret@host.invalid/a?secret#secret", "http://host.invalid/a has neither https nor the origin of the index", false},
		{"control characters", false, "http://host.invalid/%1b[31m", "http://host.invalid/%1b[31m has neither https nor the origin of the index", false},
		{"circle", false, "/simple/demo/", "too many redirects", false},
		{"broken location", false, "http://name:secret@ho st/", `failed to parse Location header "http://…`, false},
		{"broken location with odd credentials", false, `http://na"me:sec ret/secret@host/`, `failed to parse Location header "http://…`, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			files := pypitest.Project{Name: "moved", Files: []pypitest.File{{Filename: "demo-1.0-py3-none-any.whl", URL: "demo-1.0-py3-none-any.whl"}}}
			index := pypitest.Start(t, pypitest.Options{TLS: test.https}, files)
			other, secure := pypitest.New(t, files), pypitest.Start(t, pypitest.Options{TLS: true}, files)
			origins := strings.NewReplacer("self/", index.Origin+"/", "other/", other.Origin+"/", "secure/", secure.Origin+"/")
			index.Fault("/simple/demo/", 0, pypitest.Redirect(origins.Replace(test.to)))
			c := client(t, index, Options{URL: withUser(index.URL)})
			trusted := []*pypitest.Server{secure}
			if test.https {
				trusted = append(trusted, index)
			}
			trust(c, trusted...)

			p, err := c.Project(t.Context(), "demo")
			if got, want := errorText(err), test.want; want != "" {
				if want = "the page of demo: " + strings.Replace(want, "OTHER", other.Origin, 1); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
				if got := len(other.Requests()) + len(secure.Requests()); got != 0 {
					t.Errorf("%d requests to other servers, want none", got)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			log := append(append(index.Requests(), other.Requests()...), secure.Requests()...)
			last := log[len(log)-1]
			if authorized := last.Header.Get("Authorization") != ""; authorized != test.authorized {
				t.Errorf("the last request had credentials: %t", authorized)
			}
			if referer := last.Header.Get("Referer"); referer != "" {
				t.Errorf("the last request names %q", referer)
			}
			if want := "/simple/moved/demo-1.0-py3-none-any.whl"; !strings.HasSuffix(p.All()[0].URL, want) {
				t.Errorf("the file's URL is %s, want one that is relative to where the page came from", p.All()[0].URL)
			}
		})
	}
}

func TestFileURLs(t *testing.T) {
	other, secure := pypitest.New(t, demo("1.0")), pypitest.Start(t, pypitest.Options{TLS: true}, demo("1.0"))
	const path = "/files/demo/demo-1.0-py3-none-any.whl"
	tests := []struct {
		name, url, want string
		authorized      bool
	}{
		{"own origin", "", "", true},
		{"https", secure.Origin + path, "", false},
		{"other origin", other.Origin + path,
			"the metadata of demo-1.0-py3-none-any.whl: " + other.Origin + path + ".metadata has neither https nor the origin of the index", false},
		{"file", "file:///etc/demo-1.0-py3-none-any.whl", "the metadata of demo-1.0-py3-none-any.whl cannot be read: its URL is invalid", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := demo("1.0")
			p.Files[0].URL = test.url
			index := pypitest.New(t, p)
			secure.Reset()
			c := client(t, index, Options{URL: withUser(index.URL)})
			trust(c, secure)
			_, err := c.Metadata(t.Context(), project(t, c).All()[0], Requirements)
			if got := errorText(err); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			log := append(index.Requests(), secure.Requests()...)
			if authorized := log[len(log)-1].Header.Get("Authorization") != ""; err == nil && authorized != test.authorized {
				t.Errorf("the request had credentials: %t", authorized)
			}
			if got := len(other.Requests()); got != 0 {
				t.Errorf("%d requests to the other origin", got)
			}
		})
	}
}

// Each row redirects a file of another origin, with https, to a path of one of three servers.
func TestFileRedirects(t *testing.T) {
	const path = "/files/demo/demo-1.0-py3-none-any.whl"
	tests := []struct {
		name, to string
		want     string
		asked    [3]int // requests for it to the index, to the other server with http, to that with https
	}{
		{"to the same", "secure" + path, "six", [3]int{0, 0, 2}},
		{"to the index, without its credentials", "index" + path, "six", [3]int{1, 0, 1}},
		{"down to http", "other" + path, "demo-1.0-py3-none-any.whl: OTHER" + path + " has neither https nor the origin of the index", [3]int{0, 0, 1}},
		{"in a circle", "secure/files/moved/demo-1.0-py3-none-any.whl", "demo-1.0-py3-none-any.whl: too many redirects", [3]int{0, 0, 6}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := demo("1.0", "Requires-Dist: six")
			p.Files[0].Core = pypitest.CoreDenied
			other, secure := pypitest.New(t, p), pypitest.Start(t, pypitest.Options{TLS: true}, p)
			p.Files[0].URL = secure.Origin + "/files/moved/demo-1.0-py3-none-any.whl"
			index := pypitest.New(t, p)
			origins := strings.NewReplacer("index/", index.Origin+"/", "other/", other.Origin+"/", "secure/", secure.Origin+"/")
			secure.Fault("/files/moved/*", 0, pypitest.Redirect(origins.Replace(test.to)))
			c := client(t, index, Options{URL: withUser(index.URL)})
			trust(c, secure)
			if got, want := answerOf(t, c, Requirements), strings.Replace(test.want, "OTHER", other.Origin, 1); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			asked := [3]int{index.Count("/files/*/*"), other.Count("/files/*/*"), secure.Count("/files/*/*")}
			if asked != test.asked {
				t.Errorf("%v requests, want %v", asked, test.asked)
			}
			for _, r := range append(index.Requests(), secure.Requests()...) {
				if strings.HasPrefix(r.Path, "/files/") && r.Header.Get("Authorization") != "" {
					t.Errorf("the request for %s had credentials", r.Path)
				}
			}
		})
	}
}

func TestOrigin(t *testing.T) {
	tests := []struct {
		a, b string
		same bool
	}{
		{"https://Index.example/", "https://index.example:443/x", true},
		{"http://index.example", "http://index.example:80", true},
		{"https://index.example", "http://index.example", false},
		{"https://index.example", "https://index.example:8443", false},
		{"https://index.example", "https://files.index.example", false},
		{"https://[::1]/", "https://[::1]:443/", true},
	}
	for _, test := range tests {
		t.Run(test.a+" "+test.b, func(t *testing.T) {
			c, err := New(Options{URL: test.a})
			if err != nil {
				t.Fatal(err)
			}
			q, err := http.NewRequest(http.MethodGet, test.b, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.isOwn(q.URL); got != test.same {
				t.Errorf("same origin: %t", got)
			}
		})
	}
}

func TestCredentials(t *testing.T) {
	netrc := filepath.Join(t.TempDir(), "netrc")
	if err := os.WriteFile(netrc, []byte("machine 127.0.0.1 login name password secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, user, netrc string
		want              string
	}{
		{"none", "", "", ""},
		{"URL", "user:pass%40word@", netrc, "user:pass@word"},
		{"URL with a token", "token@", netrc, "token:"},
		{"netrc", "", netrc, "name:secret"},
		{"no netrc", "", netrc + "s", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			index := pypitest.New(t, demo("1.0"))
			c := client(t, index, Options{URL: strings.Replace(index.URL, "://", "://"+test.user, 1), Netrc: test.netrc})
			project(t, c)
			user, password, ok := (&http.Request{Header: index.Requests()[0].Header}).BasicAuth()
			if got := user + ":" + password; ok && got != test.want || !ok && test.want != "" {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if strings.Contains(c.Name(), "secret") || strings.Contains(c.Name(), "@") {
				t.Errorf("the client's name is %s", c.Name())
			}
		})
	}
}

func TestUntrustedCertificate(t *testing.T) {
	index := pypitest.Start(t, pypitest.Options{TLS: true}, demo("1.0"))
	c := client(t, index, Options{URL: withUser(index.URL)})
	_, err := c.Project(t.Context(), "demo")
	if err == nil || !strings.HasPrefix(err.Error(), "the page of demo: tls: failed to verify certificate: ") {
		t.Errorf("got %v", err)
	}
	if got := c.Stats().Requests; got != 1 {
		t.Errorf("%d requests, want 1: it will not get better", got)
	}
}

// Certificates are read from the environment once per process, so the test starts a process.
func TestCertificateFile(t *testing.T) {
	if trusted := os.Getenv("TEST_TRUSTED"); trusted != "" {
		c, err := New(Options{URL: trusted, Limits: Limits{Tries: 1}})
		if err != nil {
			t.Fatal(err)
		}
		t.Log("found", filenames(project(t, c)))
		return
	}
	index := pypitest.Start(t, pypitest.Options{TLS: true}, demo("1.0"))
	name := filepath.Join(t.TempDir(), "authority.pem")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: index.Certificate().Raw}
	if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, file, want string }{
		{"trusted", name, "found demo-1.0-py3-none-any.whl"},
		{"another", os.DevNull, "the page of demo: tls: failed to verify certificate: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			command := exec.Command(os.Args[0], "-test.run=^TestCertificateFile$", "-test.v")
			command.Env = append(os.Environ(), "TEST_TRUSTED="+withUser(index.URL), "SSL_CERT_FILE="+test.file, "SSL_CERT_DIR="+t.TempDir())
			output, _ := command.CombinedOutput() // a failure is part of the output
			if got := string(output); !strings.Contains(got, test.want) || strings.Contains(got, "secret") {
				t.Errorf("got %s, want %q and no secret", got, test.want)
			}
		})
	}
}

// Proxies are read from the environment once per process and are never used for loopback, so the test starts a process
// that queries a host that does not exist.
func TestProxy(t *testing.T) {
	if proxied := os.Getenv("TEST_PROXIED"); proxied != "" {
		c, err := New(Options{URL: proxied, Limits: Limits{Tries: 1}})
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.Project(t.Context(), "demo")
		if err != nil {
			t.Fatal(err)
		}
		t.Log("found", filenames(p))
		return
	}
	index := pypitest.New(t, demo("1.0"))
	tests := []struct{ name, proxy, url, want string }{
		{"http", withUser(index.Origin), "http://index.invalid/simple/", "found demo-1.0-py3-none-any.whl"},
		{"https", withUser(index.Origin), "https://index.invalid/simple/", "the page of demo: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			command := exec.Command(os.Args[0], "-test.run=^TestProxy$", "-test.v")
			command.Env = append(os.Environ(), "TEST_PROXIED="+test.url, "HTTP_PROXY="+test.proxy, "HTTPS_PROXY="+test.proxy, "NO_PROXY=")
			output, _ := command.CombinedOutput() // a failure is part of the output
			if got := string(output); !strings.Contains(got, test.want) || strings.Contains(got, "secret") {
				t.Errorf("got %s, want %q and no secret", got, test.want)
			}
		})
	}
	requests := index.Requests()
	if len(requests) == 0 || requests[0].Header.Get("Proxy-Authorization") == "" {
		t.Errorf("the proxy got no credentials: %v", requests)
	}
}
