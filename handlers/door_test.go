package handlers_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/mail"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/jexi/portal/handlers"
	"github.com/jexi/portal/internal/mailer"
	"github.com/jexi/portal/internal/mailer/mailbox"
	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/modelstest"
	"github.com/jexi/portal/web"
)

// house is the whole portal over HTTP, with its worker and a real mail server, in the tests' world.
type house struct {
	*modelstest.World
	t     testing.TB
	Tools handlers.Tools
	URL   string
	Mail  *mailbox.Mailbox

	through http.RoundTripper // of every visitor, nil for the common one
}

func open(t testing.TB) *house {
	t.Helper()
	h := build(t)
	h.serve()
	h.work()
	return h
}

// build is a house that nobody serves in or works for yet.
func build(t testing.TB) *house {
	t.Helper()
	w := modelstest.New(t)
	h := &house{World: w, t: t}
	var err error
	if h.Mail, err = mailbox.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Mail.Close() })
	return h
}

// serve opens the doors; adjust sees the app before.
func (h *house) serve(adjust ...func(*web.App)) {
	h.t.Helper()
	m, err := mailer.New(h.Mail.URL(), mail.Address{Name: "Jexi", Address: "portal@jexi.example"})
	must(h.t, err)
	encoded, err := seal.NewKeyset()
	must(h.t, err)
	keyset, err := seal.ParseKeyset(encoded)
	must(h.t, err)
	signer, err := seal.ParseSigner(seal.NewSigningKey())
	must(h.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	srv := httptest.NewUnstartedServer(nil)
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	base := &url.URL{Scheme: "http", Host: "localhost:" + port} // passkeys want a name
	h.Tools = handlers.NewTools(h.DB, base, keyset, signer, m)
	h.Tools.Mailbox, h.Tools.Agents = h.Mail, map[string]string{"acme": h.Acme.Key}
	go h.Tools.Hub.Run(ctx)
	app := h.Tools.App(slog.New(slog.DiscardHandler))
	app.Demo = true
	for _, fn := range adjust {
		fn(app)
	}
	srv.Config = web.Server(app.Handler(handlers.Map(h.Tools)))
	srv.Start()
	h.URL = base.String()
	h.t.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
		cancel()
		m.Close()
	})
}

// work has jobs done from now on.
func (h *house) work() {
	h.t.Helper()
	worker, err := h.DB.NewWorker(h.Tools.Workers(), nil)
	must(h.t, err)
	must(h.t, worker.Start(context.Background()))
	h.t.Cleanup(func() {
		stop, done := context.WithTimeout(context.Background(), 10*time.Second)
		defer done()
		worker.Stop(stop)
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// browser is one visitor: it keeps cookies and does not follow redirects by itself.
type browser struct {
	h      *house
	client *http.Client
	Header http.Header
}

func (h *house) visitor() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{h: h, Header: http.Header{}, client: &http.Client{Jar: jar, Transport: h.through,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// signIn is a browser with a live session of this person, as if they had used a link.
func (h *house) signIn(p modelstest.Place, first string) *browser { return h.session(p, first, false) }

// signInProved is signIn with a passkey shown just now.
func (h *house) signInProved(p modelstest.Place, first string) *browser {
	return h.session(p, first, true)
}

func (h *house) session(p modelstest.Place, first string, proved bool) *browser {
	h.t.Helper()
	b := h.visitor()
	id := p.People[first].PersonID
	g, err := access.Check(access.Actor{}, access.Public)
	must(h.t, err)
	h.As(g, func(tx *db.Tx) error {
		plain, err := identity.StartSession(tx, &id, proved, "test", "127.0.0.1")
		u, _ := url.Parse(h.URL)
		b.client.Jar.SetCookies(u, []*http.Cookie{{Name: "jexi", Value: plain, Path: "/"}})
		return err
	})
	return b
}

// page is an answer, read.
type page struct {
	t      testing.TB
	Status int
	Header http.Header
	Body   string
	URL    string
}

func (b *browser) do(method, path string, body io.Reader, header http.Header) *page {
	b.h.t.Helper()
	req, err := http.NewRequest(method, b.h.absolute(path), body)
	must(b.h.t, err)
	for _, h := range []http.Header{b.Header, header} {
		for k, v := range h {
			req.Header[k] = v
		}
	}
	res, err := b.client.Do(req)
	must(b.h.t, err)
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	must(b.h.t, err)
	return &page{b.h.t, res.StatusCode, res.Header, string(got), req.URL.String()}
}

func (h *house) absolute(path string) string {
	if strings.HasPrefix(path, "http") {
		return path
	}
	return h.URL + path
}

// get opens a path and follows redirects as a browser would.
func (b *browser) get(path string) *page { return b.follow(b.do("GET", path, nil, nil)) }

func (b *browser) follow(p *page) *page {
	for range 10 {
		to := p.Header.Get("Location")
		if p.Status < 300 || p.Status > 399 || to == "" {
			return p
		}
		p = b.do("GET", to, nil, nil)
	}
	b.h.t.Fatal("redirects without end")
	return p
}

// submit sends the form of a page whose action ends with the suffix, with its hidden fields and
// the given ones over them, and follows. It fails the test when the page has no such form.
func (b *browser) submit(p *page, action string, fields url.Values) *page {
	b.h.t.Helper()
	return b.follow(b.post(p, action, fields))
}

// post is submit without following.
func (b *browser) post(p *page, action string, fields url.Values) *page {
	b.h.t.Helper()
	to, form, ok := p.form(action)
	if !ok {
		b.h.t.Fatalf("no form for %q on %s (%d):\n%s", action, p.URL, p.Status, p.Text())
	}
	for k, v := range fields {
		form[k] = v
	}
	if to == "" {
		to = p.URL
	}
	return b.do("POST", to, strings.NewReader(form.Encode()), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
}

// form finds a form by the end of its action and gives its values as a browser would send them.
func (p *page) form(action string) (to string, values url.Values, ok bool) {
	doc, err := html.Parse(strings.NewReader(p.Body))
	must(p.t, err)
	walk(doc, func(n *html.Node) {
		if ok || n.Data != "form" || !strings.EqualFold(attr(n, "method"), "post") || !strings.HasSuffix(attr(n, "action"), action) {
			return
		}
		to, values, ok = attr(n, "action"), fields(n), true
	})
	return to, values, ok
}

func fields(form *html.Node) url.Values {
	out := url.Values{}
	walk(form, func(n *html.Node) {
		name := attr(n, "name")
		if name == "" || has(n, "disabled") {
			return
		}
		switch n.Data {
		case "input":
			kind := attr(n, "type")
			if (kind == "radio" || kind == "checkbox") && !has(n, "checked") || kind == "submit" {
				return
			}
			out.Add(name, attr(n, "value"))
		case "textarea":
			out.Add(name, text(n))
		case "select":
			out.Add(name, selected(n))
		}
	})
	return out
}

func selected(n *html.Node) (value string) {
	first := true
	walk(n, func(o *html.Node) {
		if o.Data == "option" && (first || has(o, "selected")) {
			value, first = attr(o, "value"), false
		}
	})
	return value
}

func walk(n *html.Node, visit func(*html.Node)) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode {
			visit(c)
		}
		walk(c, visit)
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func text(n *html.Node) string {
	var b strings.Builder
	var rec func(*html.Node)
	rec = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			rec(c)
		}
	}
	rec(n)
	return b.String()
}

// Text is what a reader sees, with single spaces.
func (p *page) Text() string {
	doc, err := html.Parse(strings.NewReader(p.Body))
	must(p.t, err)
	return strings.Join(strings.Fields(text(doc)), " ")
}

var clockTime = regexp.MustCompile(`\d\d:\d\d(:\d\d)?`)

// still is text of the page without the time of day, which its frame prints: two answers a
// minute apart are the same.
func (p *page) still(text string) string { return clockTime.ReplaceAllString(text, "hh:mm") }

// shows fails the test unless the answer has this status and reads all of these.
func (p *page) shows(status int, want ...string) *page {
	p.t.Helper()
	if p.Status != status {
		p.t.Fatalf("%s answered %d, want %d:\n%s", p.URL, p.Status, status, p.Text())
	}
	read := p.Text()
	for _, s := range want {
		if !strings.Contains(read, s) {
			p.t.Errorf("%s does not say %q:\n%s", p.URL, s, read)
		}
	}
	return p
}

// call is a machine's request with a token; out may be nil.
func (h *house) call(key, method, path, body string, header http.Header, out any) *page {
	h.t.Helper()
	hd := http.Header{"Authorization": {"Bearer " + key}, "Content-Type": {"application/json"}}
	for k, v := range header {
		hd[k] = v
	}
	p := h.visitor().do(method, path, strings.NewReader(body), hd)
	if out != nil {
		if err := json.Unmarshal([]byte(p.Body), out); err != nil {
			h.t.Fatalf("%s %s answered %d %q: %v", method, path, p.Status, p.Body, err)
		}
	}
	return p
}

// insist does as agents and people do who are told that the portal is too busy: it comes back after
// the wait, with the very same call.
func insist(send func() *page) *page {
	p := send()
	for n := 0; p.Status == http.StatusServiceUnavailable && n < 20; n++ {
		wait, err := strconv.Atoi(p.Header.Get("Retry-After"))
		if err != nil {
			return p
		}
		time.Sleep(time.Duration(wait) * time.Second)
		p = send()
	}
	return p
}

// mail waits for a mail to this address whose subject contains the words.
func (h *house) mail(to, words string) mailbox.Mail {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	m, err := h.Mail.Wait(ctx, func(m mailbox.Mail) bool { return strings.Contains(m.To, to) && strings.Contains(m.Subject, words) })
	if err != nil {
		h.t.Fatalf("no mail to %s about %q: %v", to, words, err)
	}
	return m
}

func TestTheHouseIsHealthyAndReady(t *testing.T) {
	h := open(t)
	h.visitor().get("/healthz").shows(200, "ok")
	h.visitor().get("/readyz").shows(200, "ready")
	h.visitor().get("/nothing").shows(404, "Nothing here")
}
