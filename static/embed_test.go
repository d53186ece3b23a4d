package static

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, method, url, encoding string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, url, nil)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func TestAFileIsKeptForGoodAndSaysWhatItIs(t *testing.T) {
	for name, kind := range map[string]string{
		"css/portal.css":                  "text/css; charset=utf-8",
		"js/portal.js":                    "text/javascript; charset=utf-8",
		"img/mark.svg":                    "image/svg+xml",
		"font/hanken-grotesk-latin.woff2": "font/woff2",
	} {
		res := get(t, http.MethodGet, URL(name), "")
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != kind {
			t.Errorf("%s: %d %q, want 200 %q", name, res.StatusCode, res.Header.Get("Content-Type"), kind)
		}
		if cache := res.Header.Get("Cache-Control"); !strings.Contains(cache, "immutable") {
			t.Errorf("%s: Cache-Control %q", name, cache)
		}
		if res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: may be sniffed", name)
		}
	}
}

func TestTheAddressOfAnotherBuildIsAnsweredButNotKept(t *testing.T) {
	res := get(t, http.MethodGet, Prefix+"000000000000/css/portal.css", "")
	if res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("%d %q", res.StatusCode, res.Header.Get("Cache-Control"))
	}
}

func TestGzipHoldsTheSameBytes(t *testing.T) {
	plain, _ := io.ReadAll(get(t, http.MethodGet, URL("js/htmx.min.js"), "gzip;q=0, br").Body)
	res := get(t, http.MethodGet, URL("js/htmx.min.js"), "br, gzip")
	if res.Header.Get("Content-Encoding") != "gzip" || res.Header.Get("Vary") != "Accept-Encoding" {
		t.Fatalf("headers %v", res.Header)
	}
	r, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if unzipped, _ := io.ReadAll(r); len(plain) == 0 || !bytes.Equal(plain, unzipped) {
		t.Errorf("%d bytes plain, %d unzipped", len(plain), len(unzipped))
	}
}

func TestOnlyFilesAreServedAndOnlyRead(t *testing.T) {
	for _, path := range []string{"", "css/", "css", "embed.go", "css/../embed.go", "css/tokens.css", "font/hanken-grotesk.LICENSE"} {
		if res := get(t, http.MethodGet, Prefix+load().hash+"/"+path, ""); res.StatusCode != http.StatusNotFound {
			t.Errorf("%q: %d, want 404", path, res.StatusCode)
		}
	}
	if res := get(t, http.MethodPost, URL("css/portal.css"), ""); res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d, want 405", res.StatusCode)
	}
	if body, _ := io.ReadAll(get(t, http.MethodHead, URL("css/portal.css"), "").Body); len(body) != 0 {
		t.Errorf("HEAD has a body of %d bytes", len(body))
	}
}

func TestTheStylesheetLoadsOnlyFilesThatAreThere(t *testing.T) {
	b := load()
	css := string(b.files["css/portal.css"].body)
	refs := regexp.MustCompile(`url\(["']?([^)"']+)`).FindAllStringSubmatch(css, -1)
	if len(refs) < 5 {
		t.Fatalf("only %d references: is portal.css built?", len(refs))
	}
	for _, ref := range refs {
		name, inside := strings.CutPrefix(ref[1], "../")
		if _, ok := b.files[name]; !inside || !ok {
			t.Errorf("%s is not an embedded file", ref[1])
		}
	}
}
