// Package static holds what browsers load: style, script, fonts, images.
//
// Everything is in the binary. An address carries a hash of all of it, so that
// browsers keep a file for good and a new build is seen at once.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed css/portal.css js/*.js font/*.woff2 img/*.svg
var embedded embed.FS

// Prefix is where Handler is mounted.
const Prefix = "/static/"

// types are the only kinds of file there are.
var types = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".woff2": "font/woff2",
}

// file is one embedded file; gzipped is nil where it would not be smaller.
type file struct {
	kind    string
	body    []byte
	gzipped []byte
}

type bundle struct {
	hash  string
	files map[string]file
}

// load reads the embedded files once, at first use.
var load = sync.OnceValue(func() bundle {
	b := bundle{files: map[string]file{}}
	sum := sha256.New()
	err := fs.WalkDir(embedded, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := embedded.ReadFile(name)
		if err != nil {
			return err
		}
		sum.Write([]byte(name + "\x00"))
		sum.Write(body)
		b.files[name] = file{kind: types[path.Ext(name)], body: body, gzipped: zip(name, body)}
		return nil
	})
	if err != nil {
		panic("static: the embedded files cannot be read: " + err.Error())
	}
	b.hash = hex.EncodeToString(sum.Sum(nil))[:12]
	return b
})

func zip(name string, body []byte) []byte {
	if path.Ext(name) == ".woff2" {
		return nil
	}
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	w.Write(body)
	w.Close()
	if out.Len() >= len(body) {
		return nil
	}
	return out.Bytes()
}

// URL is the address of a file, such as "css/portal.css". It panics on a name
// that does not exist, so a test that renders the page finds it.
func URL(name string) string {
	b := load()
	if _, ok := b.files[name]; !ok {
		panic("static: there is no file " + name)
	}
	return Prefix + b.hash + "/" + name
}

// Handler serves the files. An address with the hash of another build (two run
// side by side during an upgrade) is answered too, but not kept.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "Only GET and HEAD.", http.StatusMethodNotAllowed)
			return
		}
		b := load()
		hash, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, Prefix), "/")
		f, ok := b.files[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if hash == b.hash {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		} else {
			w.Header().Set("Cache-Control", "no-cache")
		}
		f.serve(w, r)
	})
}

func (f file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("X-Content-Type-Options", "nosniff")
	body := f.body
	if f.gzipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if takesGzip(r.Header.Get("Accept-Encoding")) {
			h.Set("Content-Encoding", "gzip")
			body = f.gzipped
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		w.Write(body)
	}
}

// takesGzip reads Accept-Encoding; "gzip;q=0" refuses.
func takesGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(coding) != "gzip" {
			continue
		}
		q = strings.ReplaceAll(q, " ", "")
		return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
	}
	return false
}
