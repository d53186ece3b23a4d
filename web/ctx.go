package web

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/views/layout"
)

// Ctx is one request at its door: who asks, by which grant, and how to answer.
type Ctx struct {
	echo   echo.Context
	app    *App
	route  Route
	grant  access.Grant
	came   access.Actor        // who is at the door, also when they are not let in
	visit  identity.Visit      // of a signed-in person
	known  bool                // somebody is signed in
	ahead  func(*db.Questions) // of a page that asks together with its door
	body   []byte              // of a machine's request
	menu   map[layout.Area]layout.Count
	failed bool // this answers a refused form
}

// Actor is who asks.
func (c *Ctx) Actor() access.Actor { return c.grant.Actor() }

// Grant opens the database for this request.
func (c *Ctx) Grant() access.Grant { return c.grant }

// Context ends when the visitor goes away.
func (c *Ctx) Context() context.Context { return c.echo.Request().Context() }

// Request is the raw request, for headers that no method here reads.
func (c *Ctx) Request() *http.Request { return c.echo.Request() }

// Writer is the raw answer, for streams.
func (c *Ctx) Writer() http.ResponseWriter { return c.echo.Response() }

// SignedIn tells whether a person is known, also at a door where nobody need be.
func (c *Ctx) SignedIn() bool { return c.known }

// Visit is the signed-in person's visit.
func (c *Ctx) Visit() identity.Visit { return c.visit }

// Param is a piece of the path.
func (c *Ctx) Param(name string) string { return c.echo.Param(name) }

// ID is a piece of the path that names an object. What is no id names nothing.
func (c *Ctx) ID(name string) (uuid.UUID, error) {
	id, err := uuid.Parse(c.echo.Param(name))
	if err != nil || id.String() != c.echo.Param(name) {
		return uuid.Nil, fault.Missing()
	}
	return id, nil
}

// Body is what a machine sent.
func (c *Ctx) Body() []byte { return c.body }

// Query is a value after the question mark.
func (c *Ctx) Query(name string) string { return c.echo.QueryParam(name) }

// Path builds a path in the visitor's workspace: Path("rules", id) is /w/acme/rules/{id}.
func (c *Ctx) Path(parts ...string) string {
	slug := c.Param("slug")
	if c.visit.Slug != nil {
		slug = *c.visit.Slug
	}
	return "/w/" + slug + path.Join(append([]string{"/"}, parts...)...)
}

// Absolute is a path as a full address, for mails and machines.
func (c *Ctx) Absolute(p string) string { return c.app.Absolute(p) }

// Absolute is a path as a full address.
func (a *App) Absolute(p string) string { return a.Base.ResolveReference(&url.URL{Path: p}).String() }

// Now is the database's clock as the door read it, in UTC.
func (c *Ctx) Now() time.Time {
	if c.visit.At.IsZero() {
		return time.Now().UTC()
	}
	return c.visit.At.UTC()
}

// Demo tells whether this is the demo world.
func (c *Ctx) Demo() bool { return c.app.Demo }

// Address is where the request came from, as far as the configured proxies can be believed.
func (c *Ctx) Address() string { return c.echo.RealIP() }

// Read runs fn in a transaction of this request and, on a page, counts what its menu shows.
func Read[T any](c *Ctx, fn func(*db.Tx) (T, error)) (out T, err error) {
	err = c.app.DB.In(c.Context(), c.grant, func(tx *db.Tx) error {
		if out, err = fn(tx); err != nil {
			return err
		}
		return c.frame(tx)
	})
	return out, err
}

func (c *Ctx) frame(tx *db.Tx) error {
	if c.menu != nil || c.route.Door != Member {
		return nil
	}
	return tx.Ask(c.askFrame)
}

func (c *Ctx) askFrame(q *db.Questions) {
	if c.route.Door == Member && c.app.Frame != nil {
		c.app.Frame(q, &c.menu)
	}
}
