package web

import (
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/token"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
)

// idleNote is how stale "last seen" may be: a session in use is written at most this often.
const idleNote = time.Minute

const ctxKey = "web"

// serve walks a request through its door: who is it, may they, then the handler.
func (a *App) serve(r Route) echo.HandlerFunc {
	return func(e echo.Context) error {
		c := &Ctx{echo: e, app: a, route: r}
		e.Set(ctxKey, c)
		if err := a.limits.check(c); err != nil {
			return err
		}
		handle := r.Handle
		if r.Ask != nil {
			c.ahead = func(q *db.Questions) {
				handle = r.Ask(c, q)
				c.askFrame(q)
			}
		} else if r.Door == Member && safe(r.Method) {
			c.ahead = c.askFrame // also pages that read nothing else show what the menu counts
		}
		actor, err := c.who()
		if err != nil {
			return err
		}
		actor.From, actor.Request = c.Address(), requestID(e)
		c.came = actor
		if c.grant, err = access.Check(actor, r.Needs); err != nil {
			c.menu = nil
			return err
		}
		if err := c.prepare(); err != nil {
			return err
		}
		return handle(c)
	}
}

func (c *Ctx) who() (access.Actor, error) {
	switch c.route.Door {
	case Link:
		return c.find(c.Param("token"), c.app.FindLink)
	case Invited:
		if _, err := c.person(); err != nil { // who is signed in besides, to be told so
			return access.Actor{}, err
		}
		return c.find(c.Param("token"), c.app.FindInvitation)
	case Machine:
		plain, ok := c.bearer()
		if !ok {
			return access.Actor{}, fault.New(fault.SignIn, "Send the API token as Authorization: Bearer jx_…")
		}
		return identity.Bearer(c.Context(), c.app.DB, token.Hash(plain))
	}
	return c.person()
}

// bearer is the token that a machine sent; the scheme may be written in any case.
func (c *Ctx) bearer() (plain string, ok bool) {
	scheme, plain, _ := strings.Cut(c.Request().Header.Get("Authorization"), " ")
	return plain, strings.EqualFold(scheme, "Bearer")
}

func (c *Ctx) find(plain string, by func(*db.Tx, []byte) (access.Actor, error)) (a access.Actor, err error) {
	hash := token.Hash(plain)
	err = c.app.DB.In(c.Context(), access.ForBearer(hash), func(tx *db.Tx) error {
		a, err = by(tx, hash)
		return err
	})
	return a, err
}

func (c *Ctx) person() (access.Actor, error) {
	s, err := c.session()
	if err != nil {
		return access.Actor{}, err
	}
	if s.IsNew {
		return access.Actor{Kind: access.Anonymous}, nil
	}
	c.visit, c.known = s.Values[visitKey{}].(identity.Visit)
	a := c.visit.Actor()
	a.Session = hex.EncodeToString(token.Hash(s.ID))
	return a, nil
}

// prepare reads what was sent, within its limit, and checks what guards a change.
func (c *Ctx) prepare() error {
	r := c.Request()
	limit := c.route.Body
	if limit == 0 {
		limit = smallBody
	}
	r.Body = http.MaxBytesReader(c.Writer(), r.Body, limit)
	if c.route.Door == Machine {
		return c.readBody()
	}
	if safe(r.Method) {
		return c.checkProof()
	}
	if err := r.ParseForm(); err != nil {
		return badBody(err)
	}
	if c.route.Door != Link { // a link's token is itself what no other site can know
		if err := c.checkCSRF(); err != nil {
			return err
		}
	}
	return c.checkProof()
}

func (c *Ctx) readBody() (err error) {
	if safe(c.Request().Method) {
		return nil
	}
	kind, _, _ := mime.ParseMediaType(c.Request().Header.Get("Content-Type"))
	if c.body, err = io.ReadAll(c.Request().Body); err != nil {
		return badBody(err)
	}
	if kind != "application/json" && len(c.body) > 0 {
		return fault.New(fault.Invalid, "Send JSON with Content-Type: application/json.").Called(fault.NotJSON)
	}
	return nil
}

func (c *Ctx) checkProof() error {
	if c.route.Proof && !c.Proved() {
		return fault.New(fault.ProofNeeded, "Show your passkey or authenticator code to go on. It counts for five minutes.")
	}
	return nil
}

// Proved tells whether this session showed a passkey or TOTP within access.ProofLasts.
func (c *Ctx) Proved() bool {
	return c.visit.ProofAt != nil && c.visit.At.Sub(*c.visit.ProofAt) < access.ProofLasts
}

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

func badBody(err error) error {
	var big *http.MaxBytesError
	if asError(err, &big) {
		return fault.New(fault.TooLarge, "This is larger than the %d KiB that fit here. Send less.", big.Limit>>10)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fault.New(fault.Unavailable, "This took too long to arrive. Send it again.")
	}
	return fault.New(fault.Invalid, "What was sent could not be read.")
}
