package pypi

import (
	"io"
	"net/url"
	"os"
	"strings"
)

// maximumNetrc bounds a .netrc file.
const maximumNetrc = 1 << 20

// netrcCredentials are those of a host in a .netrc file, or nil. A file that cannot be read holds none.
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

// netrcEntry is what a .netrc file says of a machine, or of every machine that it does not name.
type netrcEntry struct {
	machine, login, password string
	everyone                 bool
}

// parseNetrc reads what ftp(1) describes, with the comments and quotes of Python's netrc: the first entry of the
// host, else the one for everyone. What does not belong into such a file is passed over.
func parseNetrc(text, host string) *url.Userinfo {
	words := netrcWords{strings.ReplaceAll(text, "\r\n", "\n")}
	entries := []netrcEntry{{}} // the first is what stands before any machine
	for word, ok := words.keyword(); ok; word, ok = words.keyword() {
		last := &entries[len(entries)-1]
		switch word {
		case "machine":
			entries = append(entries, netrcEntry{machine: words.next()})
		case "default":
			entries = append(entries, netrcEntry{everyone: true})
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
		if e.login != "" && (found == nil && e.everyone || (found == nil || found.everyone) && strings.EqualFold(e.machine, host)) {
			found = e
		}
	}
	if found == nil {
		return nil
	}
	return url.UserPassword(found.login, found.password)
}

// netrcWords are the words of a .netrc file that are left.
type netrcWords struct{ text string }

const netrcBlanks = " \t\r\n"

// keyword is the next word where a value does not belong, comments passed over; ok is false at the end.
func (w *netrcWords) keyword() (word string, ok bool) {
	for {
		w.text = strings.TrimLeft(w.text, netrcBlanks)
		if !strings.HasPrefix(w.text, "#") {
			return w.next(), w.text != ""
		}
		_, w.text, _ = strings.Cut(w.text, "\n")
	}
}

// next is the next word, empty at the end. One in quotes may hold blanks.
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
