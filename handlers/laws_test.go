package handlers_test

import (
	"mime"
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
	e.typed(p)
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
	if strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") && strings.Contains(p.Body, "<"+markup) {
		e.t.Errorf("%s (%d) holds a text as markup", p.URL, p.Status)
	}
	for _, other := range []*premises{e.acme, e.globex} {
		if !slices.Contains(readable, other) && strings.Contains(p.Body+p.Header.Get("Location"), other.canary) {
			e.t.Errorf("%s (%d) shows what is %s's:\n%s", p.URL, p.Status, other.Slug, p.Text())
		}
	}
}

// files are the kinds of what can be kept; none of them is shown by a browser as a page of ours.
var files = []string{"application/zip", "application/jsonl", "text/csv", "text/plain"}

// typed holds an answer to its type: text says in which letters, and a file to keep is one, by a name
// that every browser reads alike.
func (e *estate) typed(p *page) {
	e.t.Helper()
	given := p.Header.Get("Content-Type")
	kind, more, err := mime.ParseMediaType(given)
	if p.Body != "" && (err != nil || strings.HasPrefix(kind, "text/") && !strings.EqualFold(more["charset"], "utf-8")) {
		e.t.Errorf("%s (%d) is typed %q", p.URL, p.Status, given)
	}
	if given := p.Header.Get("Content-Disposition"); given != "" {
		how, named, err := mime.ParseMediaType(given)
		if err != nil || how != "attachment" || !fileName.MatchString(named["filename"]) || !slices.Contains(files, kind) {
			e.t.Errorf("%s gives the file %q of type %q", p.URL, given, kind)
		}
	} else if p.Status == 200 && slices.Contains(files, kind) && !bare.MatchString(p.URL) {
		e.t.Errorf("%s gives %s to be shown, not kept", p.URL, kind)
	}
}

var fileName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$`)

// bare are the pages of plain text.
var bare = regexp.MustCompile(`/(healthz|readyz)(\?|$)`)

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
