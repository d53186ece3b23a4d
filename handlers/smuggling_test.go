package handlers_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// raw sends bytes as they are and gives all that comes back until the server closes.
func (h *house) raw(request string) string {
	h.t.Helper()
	_, host, _ := strings.Cut(h.URL, "//")
	conn, err := net.Dial("tcp", host)
	must(h.t, err)
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	_, err = io.WriteString(conn, request)
	must(h.t, err)
	got, _ := io.ReadAll(conn)
	return string(got)
}

// A request that two servers could read as one or as two is answered once, and the connection closed:
// what was hidden in it is never read as another request.
func TestNoRequestHidesAnother(t *testing.T) {
	t.Parallel()
	h := open(t)
	const hidden = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
	post := func(header, body string) string {
		return "POST /signin HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n" + header + "\r\n" + body
	}
	chunked := "0\r\n\r\n" + hidden
	for name, c := range map[string]struct{ sent, status string }{
		"a length and chunks":          {post(fmt.Sprintf("Content-Length: %d\r\nTransfer-Encoding: chunked\r\n", len(chunked)), chunked), "403"},
		"chunks and a length":          {post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", chunked), "403"},
		"chunks alone":                 {post("Transfer-Encoding: chunked\r\n", chunked), "403"},
		"two lengths":                  {post("Content-Length: 5\r\nContent-Length: 6\r\n", "abcde"+hidden), "400"},
		"a list of lengths":            {post("Content-Length: 5, 6\r\n", "abcde"+hidden), "400"},
		"a signed length":              {post("Content-Length: +5\r\n", "abcde"+hidden), "400"},
		"a length with a space before": {post("Content-Length : 5\r\n", "abcde"+hidden), "400"},
		"another encoding":             {post("Content-Length: 5\r\nTransfer-Encoding: identity\r\n", "abcde"+hidden), "501"},
		"an encoding misspelled":       {post("Transfer-Encoding: xchunked\r\n", chunked), "501"},
		"an encoding behind a tab":     {post("Transfer-Encoding:\x0bchunked\r\n", chunked), "400"},
		"two encodings":                {post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", chunked), "501"},
		"a line feed in a chunk's end": {post("Transfer-Encoding: chunked\r\n", "5\nabcde\n0\n\n"+hidden), "422"},
		"a carriage return alone":      {"GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\rContent-Length: 5\r\n\r\n" + hidden, "400"},
		"a NUL":                        {"GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n" + hidden, "400"},
		"two hosts":                    {"GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n" + hidden, "400"},
		"no host":                      {"GET /healthz HTTP/1.1\r\n\r\n" + hidden, "400"},
		"a header without end":         {"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("a", 30<<10) + "\r\n\r\n" + hidden, "431"},
	} {
		got := h.raw(c.sent)
		if !strings.HasPrefix(got, "HTTP/1.1 "+c.status) || strings.Count(got, "HTTP/1.1 ") != 1 {
			t.Errorf("%s is answered\n%.300s", name, got)
		}
	}
}
