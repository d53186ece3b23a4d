package handlers_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// always are the headers that stand on every answer, whatever it is.
var always = map[string]string{
	"Content-Security-Policy":      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
	"X-Content-Type-Options":       "nosniff",
	"Referrer-Policy":              "no-referrer",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Cache-Control":                "no-store",
}

// inner is what only the portal's own people may see: code, SQL, places on disk.
var inner = regexp.MustCompile(`(?i)goroutine \d|\.go:\d|SQLSTATE|\bselect\b.{1,80}\bfrom\b|relation "|violates|\bpgx\b|\bgorm\b|panic|runtime error|nil pointer|/root/|/home/|/work/|/tmp/|127\.0\.0\.1:\d`)

// lawful holds an answer to what all answers promise: its headers, its cookies, nothing of the
// inside, and nothing of a workspace that is not among the readable.
func (e *estate) lawful(p *page, readable []*premises) {
	e.t.Helper()
	for name, want := range always {
		if name == "Content-Security-Policy" && p.Header.Get("Content-Disposition") != "" {
			want = "sandbox" // a file to keep, not a page
		}
		if got := p.Header.Get(name); got != want {
			e.t.Errorf("%s (%d): %s is %q", p.URL, p.Status, name, got)
		}
	}
	if p.Header.Get("X-Request-Id") == "" {
		e.t.Errorf("%s (%d) has no request id", p.URL, p.Status)
	}
	for _, c := range (&http.Response{Header: p.Header}).Cookies() {
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || len(c.Raw) > 4096 {
			e.t.Errorf("%s sets the cookie %s", p.URL, c.Raw)
		}
	}
	if p.Status >= 400 {
		if found := inner.FindString(p.Body); found != "" {
			e.t.Errorf("%s (%d) shows the inside: %q", p.URL, p.Status, found)
		}
	}
	for _, other := range []*premises{e.acme, e.globex} {
		if !slices.Contains(readable, other) && strings.Contains(p.Body+p.Header.Get("Location"), other.canary) {
			e.t.Errorf("%s (%d) shows what is %s's:\n%s", p.URL, p.Status, other.Slug, p.Text())
		}
	}
}

// What may differ between two answers that are alike: the asked address, the tokens of the forms
// and their operation ids, and the minute of the clock. A 404 names no request.
var differing = []*regexp.Regexp{
	regexp.MustCompile(`name="csrf" value="[^"]*"`),
	regexp.MustCompile(`name="operation" value="[^"]*"`),
	regexp.MustCompile(`\d\d:\d\d(:\d\d)?`),
}

// settled is an answer's body without what may differ.
func (e *estate) settled(p *page) string {
	path := strings.TrimPrefix(p.URL, e.URL)
	body := strings.ReplaceAll(p.Body, path, "ADDRESS")
	for _, d := range differing {
		body = d.ReplaceAllString(body, "…")
	}
	return body
}
