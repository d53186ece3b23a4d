package web

import (
	"crypto/hmac"
	"encoding/base64"
	"strings"

	"github.com/google/uuid"

	"github.com/jexi/portal/views/layout"
	"github.com/jexi/portal/views/ui"
)

// The sentence after a change travels in a signed cookie for one page, so that showing it writes nothing.
const noteCookie = "jexi_note"

func (a *App) seal(text string) string {
	b := base64.RawURLEncoding.EncodeToString([]byte(text))
	return b + "." + a.sign("note", b)
}

func (a *App) unseal(value string) string {
	b, mac, ok := strings.Cut(value, ".")
	if !ok || !hmac.Equal([]byte(mac), []byte(a.sign("note", b))) {
		return ""
	}
	text, err := base64.RawURLEncoding.DecodeString(b)
	if err != nil {
		return ""
	}
	return string(text)
}

func (c *Ctx) takeNote() *layout.Note {
	ck, err := c.Request().Cookie(noteCookie)
	if err != nil {
		return nil
	}
	c.setCookie(noteCookie, "", -1)
	title, text, ok := strings.Cut(c.app.unseal(ck.Value), "\n")
	if !ok {
		return nil
	}
	return &layout.Note{Tone: ui.OK, Title: title, Text: text}
}

// newOperation is the id of the next try that a form on this page will make.
func newOperation() string { return uuid.NewString() }
