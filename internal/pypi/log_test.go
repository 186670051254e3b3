package pypi

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// openLog returns a log as another process would open it.
func openLog(folder string) *entryLog { return &entryLog{path: filepath.Join(folder, "below", "log")} }

// checkEntries checks that a log has the wanted entries, and none for another key.
func checkEntries(t *testing.T, l *entryLog, want map[string]string) {
	t.Helper()
	for key, entry := range want {
		if got, ok := l.get(key); !ok || got != entry {
			t.Errorf("%s: got %q, %v, want %q", key, got, ok, entry)
		}
	}
	if got, ok := l.get("another key"); ok {
		t.Errorf("under a key that was never added: %q", got)
	}
	if got := len(l.entries); got != len(want) {
		t.Errorf("%d entries, want %d", got, len(want))
	}
}

func TestLog(t *testing.T) {
	folder := t.TempDir()
	one := openLog(folder)
	checkEntries(t, one, nil)
	one.add("a", []byte("1"))
	one.add("b", nil)
	checkEntries(t, one, map[string]string{"a": "1", "b": ""})
	other := openLog(folder)
	other.add("a", []byte("2"))
	checkEntries(t, other, map[string]string{"a": "2", "b": ""})
	checkEntries(t, one, map[string]string{"a": "1", "b": ""})
	checkEntries(t, openLog(folder), map[string]string{"a": "2", "b": ""})
	nowhere := &entryLog{}
	nowhere.add("a", []byte("1"))
	checkEntries(t, nowhere, nil)
}

// TestLogDamaged checks that the other entries and later ones are read, wherever one entry is damaged or cut.
func TestLogDamaged(t *testing.T) {
	folder := t.TempDir()
	l := openLog(folder)
	l.add("first", []byte("1"))
	l.add("second", []byte("22"))
	data, err := os.ReadFile(l.path)
	if err != nil {
		t.Fatal(err)
	}
	second := logHead + len(logKey{}) + 1
	damaged := func(what string, text []byte, want map[string]string) {
		t.Run(what, func(t *testing.T) {
			if err := os.WriteFile(l.path, text, 0o600); err != nil {
				t.Fatal(err)
			}
			checkEntries(t, openLog(folder), want)
			openLog(folder).add("third", []byte("3"))
			want["third"] = "3"
			checkEntries(t, openLog(folder), want)
		})
	}
	for i := range data {
		changed := bytes.Clone(data)
		changed[i] ^= 0x10
		if i < second {
			damaged(fmt.Sprintf("byte %d is another", i), changed, map[string]string{"second": "22"})
			damaged(fmt.Sprintf("%d bytes", i), data[:i], map[string]string{})
		} else {
			damaged(fmt.Sprintf("byte %d is another", i), changed, map[string]string{"first": "1"})
			damaged(fmt.Sprintf("%d bytes", i), data[:i], map[string]string{"first": "1"})
		}
	}
}

// TestLogTooLong checks that a log that is too long is removed.
func TestLogTooLong(t *testing.T) {
	folder := t.TempDir()
	l := openLog(folder)
	l.add("a", []byte("1"))
	if err := os.Truncate(l.path, maximumLog+1); err != nil {
		t.Fatal(err)
	}
	l = openLog(folder)
	checkEntries(t, l, nil)
	l.add("b", []byte("2"))
	checkEntries(t, openLog(folder), map[string]string{"b": "2"})
}

// TestLogTogether checks that a file contains the entries of all logs that write to it at the same time.
func TestLogTogether(t *testing.T) {
	folder := t.TempDir()
	want := map[string]string{}
	var group sync.WaitGroup
	for i := range 8 {
		l := openLog(folder)
		for j := range 50 {
			key := fmt.Sprint(i, " ", j)
			want[key] = key
			group.Go(func() { l.add(key, []byte(key)) })
		}
	}
	group.Wait()
	checkEntries(t, openLog(folder), want)
}

// FuzzLog checks that an entry after arbitrary bytes is found.
func FuzzLog(f *testing.F) {
	l := openLog(f.TempDir())
	l.add("https://files.example/demo-1.0-py3-none-any.whl ", []byte("\nName: demo\n"))
	one, err := os.ReadFile(l.path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(one))
	f.Add(string(one[:len(one)-1]))
	f.Add(string(one[:logHead]))
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		held := readLog(text)
		after := readLog(text + string(one))
		if len(after) < len(held) || len(after) > len(held)+1 {
			t.Errorf("%d entries, and with one more %d", len(held), len(after))
		}
		maps.Copy(held, readLog(string(one)))
		if !maps.Equal(held, after) {
			t.Errorf("got %v, want %v", after, held)
		}
	})
}
