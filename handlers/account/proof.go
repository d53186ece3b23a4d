package account

import (
	"net/http"
	"strings"

	"github.com/a-h/templ"
	"github.com/go-webauthn/webauthn/protocol"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	view "github.com/jexi/portal/views/account"
	"github.com/jexi/portal/views/ui"
	"github.com/jexi/portal/web"
)

// NewProof asks for a passkey or a code before something sensitive. Who has just shown one goes on.
func (r Room) NewProof(c *web.Ctx) error {
	next := identity.LocalPath(c.Query("next"))
	if c.Proved() && next != "" {
		return c.SeeOther(next)
	}
	ways, err := web.Read(c, identity.FindWays)
	if err != nil {
		return err
	}
	return c.Page(r.proof(c, ways, next, nil))
}

func (r Room) proof(c *web.Ctx, ways identity.Ways, next string, e ui.Errors) templ.Component {
	in := view.ProofForm{Passkey: len(ways.Passkeys) > 0, TOTP: ways.TOTP, Next: next, Security: securityNear(next)}
	if c.Proved() {
		in.Until = c.Visit().ProofAt.Add(access.ProofLasts)
	}
	return view.Proof(c.Shell("Show that it is you"), in, e)
}

// OfferProof gives the browser a challenge for one of the person's own passkeys.
func (r Room) OfferProof(c *web.Ctx) error {
	options, err := web.Read(c, func(tx *db.Tx) (*protocol.CredentialAssertion, error) {
		return r.Credentials.OfferProof(tx, c.SessionHash())
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, options)
}

// ProveByPasskey takes a passkey's answer.
func (r Room) ProveByPasskey(c *web.Ctx) error {
	return r.prove(c, "credential", r.Credentials.ProveByPasskey)
}

// ProveByCode takes a code of the authenticator app.
func (r Room) ProveByCode(c *web.Ctx) error { return r.prove(c, "code", r.Credentials.ProveByCode) }

type proving func(tx *db.Tx, session []byte, answer string) (string, *fault.Fault, error)

func (r Room) prove(c *web.Ctx, field string, by proving) error {
	next := identity.LocalPath(c.Form("next"))
	e, err := r.enter(c, func(tx *db.Tx) (entry, error) {
		session, refused, err := by(tx, c.SessionHash(), c.Form(field))
		return entry{Session: session, To: next, Refused: refused}, err
	})
	if err != nil {
		ways, lost := web.Read(c, identity.FindWays)
		if lost != nil {
			return lost
		}
		return c.Refuse(err, func(e ui.Errors) templ.Component { return r.proof(c, ways, next, e) })
	}
	if e.To == "" {
		e.To = "/proof"
	}
	return c.SeeOther(e.To)
}

// securityNear is the security page in the workspace that a path belongs to, or the person's own.
func securityNear(path string) string {
	if rest, ok := strings.CutPrefix(path, "/w/"); ok {
		slug, _, _ := strings.Cut(rest, "/")
		return "/w/" + slug + "/security"
	}
	return "/security"
}
