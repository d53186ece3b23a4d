package web

import (
	"net/http"
	"sort"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/views/layout"
)

// resend keeps what was typed when a form met a session that had ended or a proof that was too
// old: the visitor signs in or proves in another tab and sends the same form again. It carries
// the token it came with, so that a forged form stays one.
func (c *Ctx) resend(f *fault.Fault) (layout.ResendProps, bool) {
	p := layout.ResendProps{Action: c.Request().URL.RequestURI()}
	switch f.Code {
	case fault.SignIn:
		p.Title, p.Text, p.Step, p.Href = "Your session has ended", "Nothing was sent, and nothing you typed is lost.", "Sign in", "/signin"
	case fault.ProofNeeded:
		p.Title, p.Text, p.Step, p.Href = "Show that it is you", f.Message, "Show passkey or code", "/proof"
	default:
		return p, false
	}
	r := c.Request()
	if c.route.Door != Person && c.route.Door != Member {
		return p, false
	}
	if r.PostForm == nil { // refused at the door, before it was read
		r.Body = http.MaxBytesReader(c.Writer(), r.Body, smallBody)
		if r.ParseForm() != nil {
			return p, false
		}
	}
	for name, values := range r.PostForm {
		if name == c.route.Secret {
			p.Secret = name
			continue
		}
		for _, v := range values {
			p.Fields = append(p.Fields, layout.Typed{Name: name, Value: v})
		}
	}
	sort.SliceStable(p.Fields, func(i, j int) bool { return p.Fields[i].Name < p.Fields[j].Name })
	return p, len(p.Fields) > 0
}
