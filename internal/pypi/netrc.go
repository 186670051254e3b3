package pypi

import (
	"io"
	"net/url"
	"os"
	"strings"
)

// maximumNetrc limits the size of a .netrc file.
const maximumNetrc = 1 << 20

// netrcCredentials returns the credentials of a host in a .netrc file, or nil if it has none or cannot be read.
func netrcCredentials(name, host string) *url.Userinfo {
	if name == "" {
		return nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maximumNetrc))
	if err != nil {
		return nil
	}
	return parseNetrc(string(data), host)
}

// A netrcEntry is the entry of a machine in a .netrc file, or the default entry for all other machines.
type netrcEntry struct {
	machine, login, password string
	isDefault                bool
}

// parseNetrc returns the credentials of a host in the text of a .netrc file, or nil if there are none. It uses the first
// entry of the host, or else the default entry. The format is that of ftp(1) with the comments and quotes of Python's
// netrc module. Unknown words are ignored.
func parseNetrc(text, host string) *url.Userinfo {
	words := netrcWords{strings.ReplaceAll(text, "\r\n", "\n")}
	entries := []netrcEntry{{}} // the first entry collects what comes before any machine
	for word, ok := words.keyword(); ok; word, ok = words.keyword() {
		last := &entries[len(entries)-1]
		switch word {
		case "machine":
			entries = append(entries, netrcEntry{machine: words.next()})
		case "default":
			entries = append(entries, netrcEntry{isDefault: true})
		case "login":
			last.login = words.next()
		case "password":
			last.password = words.next()
		case "account":
			words.next()
		case "macdef": // its lines end with an empty one
			_, words.text, _ = strings.Cut(words.text, "\n\n")
		}
	}
	var found *netrcEntry
	for i := range entries[1:] {
		e := &entries[1+i]
		if e.login != "" && (found == nil && e.isDefault || (found == nil || found.isDefault) && strings.EqualFold(e.machine, host)) {
			found = e
		}
	}
	if found == nil {
		return nil
	}
	return url.UserPassword(found.login, found.password)
}

// netrcWords reads the words of a .netrc file.
type netrcWords struct{ text string }

const netrcBlanks = " \t\r\n"

// keyword returns the next word in the position of a keyword, where it skips comments. ok is false at the end.
func (w *netrcWords) keyword() (word string, ok bool) {
	for {
		w.text = strings.TrimLeft(w.text, netrcBlanks)
		if !strings.HasPrefix(w.text, "#") {
			return w.next(), w.text != ""
		}
		_, w.text, _ = strings.Cut(w.text, "\n")
	}
}

// next returns the next word, or "" at the end. A word in quotes may contain white space.
func (w *netrcWords) next() string {
	w.text = strings.TrimLeft(w.text, netrcBlanks)
	if !strings.HasPrefix(w.text, `"`) {
		end := strings.IndexAny(w.text, netrcBlanks)
		if end < 0 {
			end = len(w.text)
		}
		word := w.text[:end]
		w.text = w.text[end:]
		return word
	}
	var b strings.Builder
	for i := 1; i < len(w.text); i++ {
		switch c := w.text[i]; {
		case c == '"':
			w.text = w.text[i+1:]
			return b.String()
		case c == '\\' && i+1 < len(w.text):
			i++
			b.WriteByte(w.text[i])
		default:
			b.WriteByte(c)
		}
	}
	w.text = ""
	return b.String()
}
