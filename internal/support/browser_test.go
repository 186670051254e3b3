package support

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A browser is a Chromium without a window, and one page in it. It is controlled by the Chrome DevTools Protocol through a
// pipe (--remote-debugging-pipe): one JSON value after the other, each followed by a zero byte.
type browser struct {
	t       *testing.T
	in      *os.File
	out     *bufio.Reader
	session string
	calls   int
	// requests are the URLs that the page asked for. problems are exceptions, and messages of the console.
	requests, problems []string
	// address is the URL of the page, which is loaded.
	address string
	loaded  bool
}

// required is an environment variable that makes it a failure if there is no browser.
const required = "TOXGEN_REQUIRE_BROWSER"

// newBrowser starts a browser, which ends with the test. Without one, the test is skipped.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" || runtime.GOOS == "windows" {
		lack(t, "no Chromium is on PATH (apt-get install chromium)")
	}
	ours, theirs := pipes(t)
	command := exec.Command(path, "--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
		"--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir="+t.TempDir())
	command.ExtraFiles = theirs[:] // they are 3 and 4
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	for _, f := range theirs {
		f.Close()
	}
	b := &browser{t: t, in: ours[1], out: bufio.NewReader(ours[0])}
	if _, err := b.exchange("Browser.getVersion", nil); err != nil {
		lack(t, "%s does not start: %v, %v", path, err, command.Wait())
	}
	t.Cleanup(func() {
		b.call("Browser.close", nil)
		_ = command.Wait() // how it ends is of no interest
	})
	var target struct{ TargetID string }
	b.into(&target, "Target.createTarget", map[string]any{"url": "about:blank"})
	var attached struct{ SessionID string }
	b.into(&attached, "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true})
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network", "Accessibility"} {
		b.call(domain+".enable", nil)
	}
	return b
}

// lack ends a test that has no browser.
func lack(t *testing.T, format string, values ...any) {
	t.Helper()
	if os.Getenv(required) != "" {
		t.Fatalf(format, values...)
	}
	t.Skipf("NOT CHECKED, because no browser shows the page here: "+format, values...)
}

// pipes returns two pipes: what we read from and write to, and what the browser reads from and writes to.
func pipes(t *testing.T) (ours, theirs [2]*os.File) {
	t.Helper()
	for i := range 2 {
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			theirs[0], ours[1] = read, write
		} else {
			ours[0], theirs[1] = read, write
		}
	}
	t.Cleanup(func() { ours[0].Close(); ours[1].Close() })
	return ours, theirs
}

// exchange calls a method and returns the answer. Events that come before it are recorded.
func (b *browser) exchange(method string, parameters map[string]any) (message, error) {
	b.calls++
	request := map[string]any{"id": b.calls, "method": method}
	if parameters != nil {
		request["params"] = parameters
	}
	if b.session != "" && !strings.HasPrefix(method, "Browser.") {
		request["sessionId"] = b.session
	}
	data, err := json.Marshal(request)
	if err == nil {
		_, err = b.in.Write(append(data, 0))
	}
	var m message
	for err == nil && m.ID != b.calls {
		m, err = b.receive()
	}
	return m, err
}

// call calls a method and returns its result.
func (b *browser) call(method string, parameters map[string]any) json.RawMessage {
	b.t.Helper()
	m, err := b.exchange(method, parameters)
	if err != nil || m.Error.Message != "" {
		b.t.Fatalf("%s: %v %s", method, err, m.Error.Message)
	}
	return m.Result
}

// into is like call, and decodes the result.
func (b *browser) into(result any, method string, parameters map[string]any) {
	b.t.Helper()
	if err := json.Unmarshal(b.call(method, parameters), result); err != nil {
		b.t.Fatalf("%s: %v", method, err)
	}
}

// A message is an answer or an event of the browser.
type message struct {
	ID     int
	Method string
	Params struct {
		Request struct{ URL string }
		Entry   struct{ Text string }
		// ExceptionDetails describes an exception that nothing caught.
		ExceptionDetails struct{ Text string }
	}
	Result json.RawMessage
	Error  struct{ Message string }
}

// receive reads a message, and records it if it is an event.
func (b *browser) receive() (message, error) {
	data, err := b.out.ReadBytes(0)
	if err != nil {
		return message{}, fmt.Errorf("the browser ended: %w", err)
	}
	var m message
	if err := json.Unmarshal(data[:len(data)-1], &m); err != nil {
		return message{}, fmt.Errorf("%w: %s", err, data)
	}
	switch m.Method {
	case "Page.loadEventFired":
		b.loaded = true
	case "Network.requestWillBeSent":
		b.requests = append(b.requests, m.Params.Request.URL)
	case "Log.entryAdded":
		b.problems = append(b.problems, m.Params.Entry.Text)
	case "Runtime.exceptionThrown":
		b.problems = append(b.problems, m.Params.ExceptionDetails.Text)
	}
	return m, nil
}

// open shows a page, which is a file.
func (b *browser) open(page []byte) {
	b.t.Helper()
	path := filepath.Join(b.t.TempDir(), "page.html")
	if err := os.WriteFile(path, page, 0o666); err != nil {
		b.t.Fatal(err)
	}
	b.requests, b.problems, b.loaded = nil, nil, false
	b.address = (&url.URL{Scheme: "file", Path: path}).String()
	for b.call("Page.navigate", map[string]any{"url": b.address}); !b.loaded; {
		if _, err := b.receive(); err != nil {
			b.t.Fatal(err)
		}
	}
}

// run returns the text that a script returns. It may return a promise.
func (b *browser) run(format string, values ...any) string {
	b.t.Helper()
	script := fmt.Sprintf("(async () => { %s })()", fmt.Sprintf(format, values...))
	var result struct {
		Result           struct{ Value any }
		ExceptionDetails struct{ Exception struct{ Description string } }
	}
	b.into(&result, "Runtime.evaluate", map[string]any{"expression": script, "returnByValue": true, "awaitPromise": true})
	if failure := result.ExceptionDetails.Exception.Description; failure != "" {
		b.t.Fatalf("%s\n%s", failure, script)
	}
	text, _ := result.Result.Value.(string)
	return text
}

// press presses a key, as a person does.
func (b *browser) press(key string) {
	b.t.Helper()
	codes := map[string]int{"Tab": 9, "Enter": 13, "Escape": 27, "ArrowDown": 40}
	down := map[string]any{"type": "keyDown", "key": key, "code": key, "windowsVirtualKeyCode": codes[key]}
	if len(key) == 1 {
		down["text"] = key
		delete(down, "code")
	}
	if key == "Enter" {
		down["text"] = "\r"
	}
	b.call("Input.dispatchKeyEvent", down)
	b.call("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": key})
}

// write presses the keys of a text.
func (b *browser) write(text string) {
	b.t.Helper()
	for _, character := range text {
		b.press(string(character))
	}
}

// media emulates a medium (`screen` or `print`) and a preferred colour scheme.
func (b *browser) media(medium, scheme string) {
	b.t.Helper()
	b.call("Emulation.setEmulatedMedia", map[string]any{"media": medium, "features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}})
}

// size sets the width and the height of the window.
func (b *browser) size(width, height int) {
	b.t.Helper()
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})
}

// keep writes what the browser made into the folder of artifacts, which `go test -artifacts` keeps.
func (b *browser) keep(name, method string, parameters map[string]any) {
	b.t.Helper()
	var made struct{ Data string }
	b.into(&made, method, parameters)
	data, err := base64.StdEncoding.DecodeString(made.Data)
	if err == nil {
		err = os.WriteFile(filepath.Join(b.t.ArtifactDir(), name), data, 0o666)
	}
	if err != nil || len(data) == 0 {
		b.t.Errorf("%s: %d bytes, %v", name, len(data), err)
	}
}
