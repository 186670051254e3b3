package pypitest

import (
	"bytes"
	"net/http"
	"strings"
	"time"

	"toxgen/internal/pep508"
)

// contentType is the content type of a PEP 691 page in JSON.
const contentType = "application/vnd.pypi.simple.v1+json"

// answer answers a request as a working index does.
func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	kind, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch kind {
	case "simple":
		s.answerPage(w, r, strings.TrimSuffix(rest, "/"))
	case "files":
		name, filename, _ := strings.Cut(rest, "/")
		name = pep508.NormalizeName(name)
		if wanted, found := strings.CutSuffix(filename, ".metadata"); found {
			s.answerMetadata(w, r, name, wanted)
		} else {
			s.answerFile(w, r, name, filename)
		}
	default:
		s.notFound(w, r)
	}
}

func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	s.miss(r.URL.Path)
	http.NotFound(w, r)
}

func (s *Server) answerPage(w http.ResponseWriter, r *http.Request, name string) {
	p := s.page(pep508.NormalizeName(name))
	if p == nil {
		s.notFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "max-age=600, public")
	h.Set("ETag", p.etag)
	h.Set("Vary", "Accept, Accept-Encoding")
	if r.Header.Get("If-None-Match") == p.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", contentType)
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		content(w, r, p.body())
		return
	}
	h.Set("Content-Encoding", "gzip")
	content(w, r, p.packed)
}

func (s *Server) answerMetadata(w http.ResponseWriter, r *http.Request, name, filename string) {
	text, ok, missing := s.source.metadata(name, filename)
	switch {
	case ok:
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Cache-Control", "max-age=365000000, immutable, public")
		content(w, r, []byte(text))
	case missing:
		http.NotFound(w, r)
	default:
		s.notFound(w, r)
	}
}

func (s *Server) answerFile(w http.ResponseWriter, r *http.Request, name, filename string) {
	archive, ok := s.source.archive(name, filename)
	if !ok {
		s.notFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Cache-Control", "no-store")
	http.ServeContent(w, r, filename, time.Time{}, bytes.NewReader(archive))
}

// content sends a body with its length.
func content(w http.ResponseWriter, r *http.Request, body []byte) {
	w.Header().Set("Content-Length", decimal(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client may have closed the connection
	}
}
