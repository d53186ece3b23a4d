package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/jexi/portal/internal/fault"
)

// Forms are guarded twice: browsers say where a request comes from (sameOrigin), and a form
// carries a token made from this browser's secret and the person it was shown to. It outlives a
// renewed session, so that a form in another tab still counts after a proof or a new sign-in of
// the same person; it ends with signing out.

// CSRF is the token of this visitor's forms.
func (c *Ctx) CSRF() string { return c.formToken(c.formSeed(true), c.visit.PersonID) }

func (c *Ctx) formToken(seed string, person uuid.UUID) string {
	return c.app.sign("csrf", seed+"\x00"+person.String())
}

func (c *Ctx) checkCSRF() error {
	given := c.Form("csrf")
	if given == "" {
		given = c.Request().Header.Get("X-CSRF-Token")
	}
	for _, person := range c.formOwners() {
		if seed := c.formSeed(false); seed != "" && hmac.Equal([]byte(given), []byte(c.formToken(seed, person))) {
			return nil
		}
	}
	return fault.New(fault.Forbidden, "This form is from an older page or another sign-in. Open the page again and send it once more.")
}

// formOwners are whose forms count now: the visitor's, and at a door where nobody need be known
// also those from before they signed in, in another tab.
func (c *Ctx) formOwners() []uuid.UUID {
	if c.route.Door == Anyone {
		return []uuid.UUID{c.visit.PersonID, uuid.Nil}
	}
	return []uuid.UUID{c.visit.PersonID}
}

func (a *App) formCookie() string {
	if a.Base.Scheme == "https" {
		return "__Host-jexi_form" // no other host can plant it
	}
	return "jexi_form"
}

// formSeed is this browser's secret. Its cookie is the browser's alone and never readable by a page.
func (c *Ctx) formSeed(create bool) string {
	name := c.app.formCookie()
	if ck, err := c.Request().Cookie(name); err == nil && len(ck.Value) >= 32 {
		return ck.Value
	}
	if !create {
		return ""
	}
	var b [32]byte
	rand.Read(b[:])
	seed := base64.RawURLEncoding.EncodeToString(b[:])
	c.setCookie(name, seed, 0)
	c.Request().AddCookie(&http.Cookie{Name: name, Value: seed})
	return seed
}

// sign is a keyed hash of a text for one purpose.
func (a *App) sign(purpose, text string) string {
	mac := hmac.New(sha256.New, a.Key)
	mac.Write([]byte(purpose + "\x00" + text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// sameOrigin refuses what a browser says comes from another site.
func (a *App) sameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	guard := http.NewCrossOriginProtection()
	return func(c echo.Context) error {
		if err := guard.Check(c.Request()); err != nil {
			return fault.New(fault.Forbidden, "This came from another site. Open the portal itself and try again.")
		}
		return next(c)
	}
}
