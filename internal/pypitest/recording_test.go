package pypitest

import (
	"archive/zip"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestNames(t *testing.T) {
	names, err := Names(Slice())
	if err != nil || len(names) != 35 || names[0] != "annotated-doc" {
		t.Errorf("got %q, %v", names, err)
	}
}

// The numbers of files were counted independently in the same slice.
func TestReplayPages(t *testing.T) {
	day := func(text string) time.Time {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	tests := []struct {
		name    string
		options Options
		project string
		files   int
		want    map[string]any // the last file
	}{
		{"all", Options{}, "pure-eval", 14, map[string]any{"filename": "pure_eval-0.2.4.tar.gz", "url": "/files/pure-eval/pure_eval-0.2.4.tar.gz", "yanked": false,
			"upload-time": "2026-09-10T21:41:22.836089Z", "size": 20563.0,
			"hashes": map[string]any{"sha256": "260c2774686e651b79f8b8e7fc9d80b3599ea6a66334b47d5f4abb69fc2c0ea1"}}},
		{"as of a date", Options{AsOf: day("2026-08-10T04:00:00Z")}, "pure-eval", 12, map[string]any{"filename": "pure_eval-0.2.3.tar.gz",
			"url": "/files/pure-eval/pure_eval-0.2.3.tar.gz", "yanked": false, "upload-time": "2024-07-21T12:58:21.801290Z", "size": 19752.0,
			"hashes": map[string]any{"sha256": "5f4e983f40564c576c7c8635ae88db5956bb2229d7e9237d03b3c0b0190eaf42"}}},
		{"as of the moment of an upload", Options{AsOf: day("2026-09-10T21:41:22.836089Z")}, "pure-eval", 14, nil},
		{"stubs", Options{Stubs: true, AsOf: day("2021-03-26T13:25:31Z")}, "pure-eval", 6, map[string]any{"filename": "pure_eval-0.2.0-py3-none-any.whl",
			"url": "/files/pure-eval/pure_eval-0.2.0-py3-none-any.whl", "yanked": false, "upload-time": "2021-03-26T13:25:30.223557Z", "hashes": map[string]any{},
			"core-metadata": true, "dist-info-metadata": true}},
		{"not advertised", Options{Stubs: true, Core: ReplayNo, AsOf: day("2021-03-26T13:25:31Z")}, "pure-eval", 6, map[string]any{
			"filename": "pure_eval-0.2.0-py3-none-any.whl", "url": "/files/pure-eval/pure_eval-0.2.0-py3-none-any.whl", "yanked": false,
			"upload-time": "2021-03-26T13:25:30.223557Z", "hashes": map[string]any{}}},
		{"another", Options{}, "flask", 110, nil},
		{"stand-ins", Options{Stubs: true, StandIns: true, AsOf: day("2019-04-01T14:42:11.953652Z")}, "contextvars", 9, map[string]any{
			"filename": "contextvars-2.4-0sdist-py3-none-any.whl", "url": "/files/contextvars/contextvars-2.4-0sdist-py3-none-any.whl", "yanked": false,
			"upload-time": "2019-04-01T14:42:11.953652Z", "hashes": map[string]any{}, "core-metadata": true, "dist-info-metadata": true}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			files := pageOf(t, Replay(t, Slice(), test.options), test.project)
			if len(files) != test.files {
				t.Fatalf("%d files, want %d", len(files), test.files)
			}
			if diff := cmp.Diff(test.want, files[len(files)-1]); test.want != nil && diff != "" {
				t.Errorf("the last file (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReplayFiles(t *testing.T) {
	const (
		own     = "/files/pure-eval/pure_eval-0.2.3-py3-none-any.whl"
		sibling = "/files/markupsafe/markupsafe-3.0.3-cp314-cp314-win_amd64.whl"
		unknown = "/files/pure-eval/pure_eval-0.2.0-py3-none-any.whl"
		absent  = "/files/typer/typer-0.24.2-py3-none-any.whl"
		sdist   = "/files/pure-eval/pure_eval-0.0.3.tar.gz"
		other   = "/files/pure-eval/pure_eval-0.2.3.tar.gz"
	)
	tests := []struct {
		name    string
		options Options
		path    string
		status  int
		miss    bool
	}{
		{"own metadata", Options{}, own + ".metadata", 200, false},
		{"metadata of another wheel of the release", Options{}, sibling + ".metadata", 200, false},
		{"metadata that was not recorded", Options{}, unknown + ".metadata", 404, true},
		{"metadata of the stand-in for a source distribution", Options{}, "/files/pure-eval/pure_eval-0.0.3-0sdist-py3-none-any.whl.metadata", 200, false},
		{"metadata of no stand-in", Options{}, "/files/pure-eval/pure_eval-0.2.3-0sdist-py3-none-any.whl.metadata", 404, true},
		{"metadata that the index did not have", Options{Core: ReplayReal}, absent + ".metadata", 404, false},
		{"metadata that the index did not have, but here", Options{Core: ReplayNo}, absent + ".metadata", 200, false},
		{"no stub", Options{}, own, 404, true},
		{"stub", Options{Stubs: true}, own, 200, false},
		{"stub of another wheel of the release", Options{Stubs: true}, sibling, 200, false},
		{"metadata of a stand-in", Options{Stubs: true, StandIns: true}, "/files/contextvars/contextvars-2.4-0sdist-py3-none-any.whl.metadata", 200, false},
		{"stub of a source distribution", Options{Stubs: true}, sdist, 200, false},
		{"no stub of a source distribution", Options{Stubs: true}, other, 404, true},
		{"no stub of a file that was not recorded", Options{Stubs: true}, unknown, 404, true},
		{"odd name", Options{Stubs: true}, "/files/pure-eval/pure.whl", 404, true},
		{"odd name's metadata", Options{Stubs: true}, "/files/pure-eval/pure.whl.metadata", 404, true},
		{"no project", Options{Stubs: true}, "/files/none/none.whl", 404, true},
		{"no page", Options{}, "/simple/none/", 404, true},
		{"page outside", Options{}, "/simple/..%2fREADME/", 404, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := Replay(t, Slice(), test.options)
			response, _ := ask(t, s, test.path)
			if response.StatusCode != test.status {
				t.Errorf("status %d, want %d", response.StatusCode, test.status)
			}
			if miss := len(s.Misses()) == 1; miss != test.miss {
				t.Errorf("misses %q, want one: %t", s.Misses(), test.miss)
			}
		})
	}
}

func TestStubs(t *testing.T) {
	s := Replay(t, Slice(), Options{Stubs: true})
	t.Run("wheel", func(t *testing.T) {
		_, text := ask(t, s, "/files/pure-eval/pure_eval-0.2.3-py3-none-any.whl.metadata")
		_, content := ask(t, s, "/files/pure-eval/pure_eval-0.2.3-py3-none-any.whl")
		z, err := zip.NewReader(strings.NewReader(content), int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		member, err := z.Open("pure_eval-0.2.3.dist-info/METADATA")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(member); err != nil || string(got) != text {
			t.Errorf("got %q, %v, want %q", got, err, text)
		}
	})
	t.Run("source distribution", func(t *testing.T) {
		_, content := ask(t, s, "/files/pure-eval/pure_eval-0.0.3.tar.gz")
		members := untar(t, content)
		if got, want := members["pure_eval-0.0.3/pure_eval.egg-info/requires.txt"], "[tests]\npytest"; strings.TrimSpace(got) != want {
			t.Errorf("requires.txt is %q, want %q", got, want)
		}
	})
}

// A wheel without a record has the metadata of another wheel of its release, preferably one for Python 3.
func TestSiblings(t *testing.T) {
	p := &recorded{name: "demo", sibling: map[string]string{}, exact: map[string]string{}}
	weak := map[string]bool{}
	for _, filename := range []string{"demo-1.0-py2-none-any.whl", "demo-1.0-py2.py3-none-any.whl", "demo-1.0-cp37-cp37m-linux_x86_64.whl",
		"demo-2.0-cp27-none-any.whl", "demo-3.0-py3-none-any.whl", "demo-3.0-py2-none-any.whl", "demo-4.0-0sdist-py3-none-any.whl", "demo-5.0-abi3-none-any.whl"} {
		p.addSibling(filename, filename, weak)
	}
	want := map[string]string{"1.0": "demo-1.0-py2.py3-none-any.whl", "2.0": "demo-2.0-cp27-none-any.whl", "3.0": "demo-3.0-py3-none-any.whl",
		"5.0": "demo-5.0-abi3-none-any.whl"}
	if diff := cmp.Diff(want, p.sibling); diff != "" {
		t.Errorf("siblings (-want +got):\n%s", diff)
	}
}

// A recording that cannot be read breaks the connection. The log of the server contains the reason.
func TestDamagedRecording(t *testing.T) {
	s := Replay(t, fstest.MapFS{"demo.jsonl.gz": {Data: []byte("no")}}, Options{})
	for range 2 {
		if response, body := ask(t, s, "/simple/demo/"); response != nil {
			t.Errorf("got %d, %s", response.StatusCode, body)
		}
	}
}

// BenchmarkReplay renders and serves the pages of the recorded slice.
func BenchmarkReplay(b *testing.B) {
	names, err := Names(Slice())
	if err != nil {
		b.Fatal(err)
	}
	b.Run("render", func(b *testing.B) {
		for b.Loop() {
			Replay(b, Slice(), Options{}).Warm(names...)
		}
	})
	b.Run("serve", func(b *testing.B) {
		s := Replay(b, Slice(), Options{})
		s.Warm(names...)
		for b.Loop() {
			for _, name := range names {
				if response, _ := ask(b, s, fmt.Sprintf("/simple/%s/", name)); response.StatusCode != 200 {
					b.Fatal(response.StatusCode)
				}
			}
		}
	})
}
