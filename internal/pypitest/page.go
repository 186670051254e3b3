package pypitest

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"math/rand/v2"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// A listed is a file in the list of a page.
type listed struct {
	filename, url, sha256 string
	// requiresPython, size and yanked are JSON values, or empty if they are not stated.
	requiresPython, size, yanked string
	uploaded                     string
	// core is the JSON value of core-metadata, or empty if it is not stated.
	core string
}

// A page is a rendered page. It is kept packed alone, since a large index renders gigabytes.
type page struct {
	packed []byte
	etag   string
}

// body returns the text of the page.
func (p *page) body() []byte {
	z, err := gzip.NewReader(bytes.NewReader(p.packed))
	must(err)
	body, err := io.ReadAll(z)
	must(err)
	return body
}

// page returns the page of a project, which is rendered once, or nil if there is no such project.
func (s *Server) page(name string) *page {
	s.mu.Lock()
	render, known := s.pages[name]
	if !known {
		render = sync.OnceValue(func() *page {
			files, ok := s.source.listing(name)
			if !ok {
				return nil
			}
			return s.render(name, files)
		})
		s.pages[name] = render
	}
	s.mu.Unlock()
	return render()
}

// Warm renders the pages of projects in advance, so that a benchmark does not measure it.
func (s *Server) Warm(names ...string) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := next.Add(1); i <= int64(len(names)); i = next.Add(1) {
				s.page(names[i-1])
			}
		})
	}
	workers.Wait()
}

func (s *Server) render(name string, files []listed) *page {
	if s.options.Shuffle {
		random := rand.New(rand.NewPCG(uint64(s.options.Seed), uint64(len(files))))
		random.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
	}
	b := append([]byte(`{"meta":{"api-version":"1.1"},"name":`), quoted(name)...)
	b = append(b, `,"files":[`...)
	first := true
	for _, f := range files {
		if s.younger(f.uploaded) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = f.append(b)
	}
	b = append(b, "]}"...)
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestSpeed) // the level is valid
	_, _ = z.Write(b)                                    // writing to a buffer never fails
	_ = z.Close()
	sum := sha256.Sum256(b)
	return &page{packed.Bytes(), `"` + hex.EncodeToString(sum[:10]) + `"`}
}

// younger reports whether a file is hidden by AsOf.
func (s *Server) younger(uploaded string) bool {
	if s.options.AsOf.IsZero() || uploaded == "" {
		return false
	}
	at, err := time.Parse(time.RFC3339Nano, uploaded)
	return err == nil && at.After(s.options.AsOf)
}

func (f *listed) append(b []byte) []byte {
	b = append(b, `{"filename":`...)
	b = append(b, quoted(f.filename)...)
	b = append(b, `,"url":`...)
	b = append(b, quoted(f.url)...)
	b = append(b, `,"hashes":{`...)
	if f.sha256 != "" {
		b = append(b, `"sha256":`...)
		b = append(b, quoted(f.sha256)...)
	}
	b = append(b, '}')
	member := func(name, value string) {
		if value != "" {
			b = append(b, `,"`...)
			b = append(b, name...)
			b = append(b, `":`...)
			b = append(b, value...)
		}
	}
	member("size", f.size)
	if f.uploaded != "" {
		member("upload-time", quoted(f.uploaded))
	}
	member("yanked", f.yanked)
	member("requires-python", f.requiresPython)
	member("core-metadata", f.core)
	member("dist-info-metadata", f.core)
	return append(b, '}')
}

// quoted returns a text as a JSON string.
func quoted(s string) string {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			text, _ := json.Marshal(s) // a string can always be marshalled
			return string(text)
		}
	}
	return `"` + s + `"`
}

func decimal(n int) string { return strconv.Itoa(n) }
