package handlers_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var linkForm = regexp.MustCompile(`http://\S+/signin/[a-z2-7]{52}`)

// askLink types an address on the sign-in page and gives the link that was mailed.
func (b *browser) askLink(email, next string) string {
	b.h.t.Helper()
	p := b.get("/signin?next="+url.QueryEscape(next)).shows(200, "Sign in with a passkey", "Work e-mail")
	b.submit(p, "/signin", url.Values{"email": {email}}).shows(200, "Check your mail")
	m := b.h.mail(email, "Sign in")
	link := linkForm.FindString(m.Text)
	if link == "" {
		b.h.t.Fatalf("no link in the mail:\n%s", m.Text)
	}
	return link
}

func TestALinkSignsInOnceAndLeadsWhereOneWanted(t *testing.T) {
	h := open(t)
	b := h.visitor()
	link := b.askLink("ada@acme.example", "/w/acme/security")
	p := b.get(link).shows(200, "Sign in as ada@acme.example?", "signed nobody in")
	b.submit(p, strings.TrimPrefix(link, h.URL), nil).shows(200, "You sign in by mail alone", "This browser")
}
