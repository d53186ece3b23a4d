package dev

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/mailer/mailbox"
	view "github.com/jexi/portal/views/dev"
	"github.com/jexi/portal/web"
)

// ListMails shows what was sent, newest first.
func (r Room) ListMails(c *web.Ctx) error {
	b := view.Box{To: c.Query("to")}
	for _, m := range r.mailbox.List() {
		if !slices.Contains(b.Addresses, m.To) {
			b.Addresses = append(b.Addresses, m.To)
		}
		if b.To == "" || b.To == m.To {
			b.Mails = append(b.Mails, m)
		}
	}
	slices.Sort(b.Addresses)
	return c.Page(view.Mailbox(c.Shell("Mailbox"), b))
}

// ListMailsJSON is the same for programs. Its form is promised to tests outside.
func (r Room) ListMailsJSON(c *web.Ctx) error { return c.JSON(http.StatusOK, r.mailbox.List()) }

// ShowMail shows one mail with both of its parts.
func (r Room) ShowMail(c *web.Ctx) error {
	m, err := r.find(c.Param("id"))
	if err != nil {
		return err
	}
	setPolicy(c, "frame-src 'self'")
	return c.Page(view.Mail(c.Shell(m.Subject), m, links(m.Text)))
}

// framePolicy lets a mail show itself and do nothing: mails carry style attributes, and whatever
// else stands in one must not run.
const framePolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; " +
	"frame-ancestors 'self'; sandbox allow-top-navigation-by-user-activation allow-popups"

// ShowMailHTML is the HTML part for the frame. Its links open in the whole window, as from a mail program.
func (r Room) ShowMailHTML(c *web.Ctx) error {
	m, err := r.find(c.Param("id"))
	if err != nil {
		return err
	}
	c.Writer().Header().Set("Content-Security-Policy", framePolicy)
	body := strings.Replace(m.HTML, "<head>", `<head><base target="_top">`, 1)
	return c.Bytes(http.StatusOK, "text/html; charset=utf-8", []byte(body))
}

func (r Room) find(id string) (mailbox.Mail, error) {
	for _, m := range r.mailbox.List() {
		if m.ID == id {
			return m, nil
		}
	}
	return mailbox.Mail{}, fault.Missing()
}

var address = regexp.MustCompile(`https?://[^\s<>"]+[^\s<>".,)]`)

// links are the addresses in a mail's plain part, each once.
func links(text string) []string {
	found := address.FindAllString(text, -1)
	var out []string
	for _, l := range found {
		if !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}
