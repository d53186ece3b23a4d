package web

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/labstack/echo/v4"
)

var packers = sync.Pool{New: func() any {
	w, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed) // the level is a valid one
	return w
}}

// compress packs pages for whoever takes them packed. Static files are packed already.
func (a *App) compress(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") || strings.HasPrefix(r.URL.Path, "/static/") || r.Method == http.MethodHead {
			return next(c)
		}
		c.Response().Header().Add("Vary", "Accept-Encoding")
		p := &packed{ResponseWriter: c.Response().Writer}
		c.Response().Writer = p
		defer p.close()
		return next(c)
	}
}

// packed decides at the first byte: only text is worth packing.
type packed struct {
	http.ResponseWriter
	gz     *gzip.Writer
	status int
	begun  bool
}

func (p *packed) WriteHeader(status int) {
	p.status = status
	if status == http.StatusNoContent || status == http.StatusNotModified || status >= 300 && status < 400 {
		p.begun = true
		p.ResponseWriter.WriteHeader(status)
	}
}

func (p *packed) begin() {
	if p.begun {
		return
	}
	p.begun = true
	h := p.Header()
	kind := h.Get("Content-Type")
	if h.Get("Content-Encoding") == "" && (strings.HasPrefix(kind, "text/") || strings.Contains(kind, "json")) {
		h.Set("Content-Encoding", "gzip")
		h.Del("Content-Length")
		p.gz = packers.Get().(*gzip.Writer)
		p.gz.Reset(p.ResponseWriter)
	}
	if p.status != 0 {
		p.ResponseWriter.WriteHeader(p.status)
	}
}

func (p *packed) Write(b []byte) (int, error) {
	p.begin()
	if p.gz != nil {
		return p.gz.Write(b)
	}
	return p.ResponseWriter.Write(b)
}

// Flush sends what there is, for streams.
func (p *packed) Flush() {
	p.begin()
	if p.gz != nil {
		p.gz.Flush()
	}
	if f, ok := p.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

// Hijack is for servers in tests; pages never take the connection over.
func (p *packed) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(p.ResponseWriter).Hijack()
}

// Unwrap lets a ResponseController reach the connection's deadlines.
func (p *packed) Unwrap() http.ResponseWriter { return p.ResponseWriter }

func (p *packed) close() {
	if !p.begun && p.status != 0 {
		p.begun = true
		p.ResponseWriter.WriteHeader(p.status)
	}
	if p.gz != nil {
		p.gz.Close()
		packers.Put(p.gz)
		p.gz = nil
	}
}
