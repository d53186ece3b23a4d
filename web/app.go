// Package web is the frame of every door. It knows who comes in, opens the gate for
// them, and turns what a handler returns into an answer; it knows no page and no subject.
//
// It promises: a permission is checked before a handler runs, a change is carried out once,
// a form keeps what was typed, a fault becomes the right page, fragment or problem document,
// and nothing else ever reaches a visitor.
// Files: app, route, ctx, doors, session, change, form, render, errors, csrf, headers, limit, log.
package web

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/static"
	"github.com/jexi/portal/views/layout"
)

// App is what every door needs. All fields but Frame, FindLink and FindInvitation must be set.
type App struct {
	DB   *db.DB
	Log  *slog.Logger
	Base *url.URL // as visitors see it; https makes cookies Secure
	Key  []byte   // 32 bytes for form tokens and signed cookies
	Demo bool
	// Proxies are the addresses whose X-Forwarded-For is believed.
	Proxies []string
	// FindLink knows whose decision link was presented, by the hash of its token.
	FindLink func(*db.Tx, []byte) (access.Actor, error)
	// FindInvitation is FindLink for invitations.
	FindInvitation func(*db.Tx, []byte) (access.Actor, error)
	// Frame asks for what the menu counts, in the page's own transaction.
	Frame func(*db.Questions, *map[layout.Area]layout.Count)
	// Metrics is told of every answer.
	Metrics *Metrics

	limits *limits
}

// Handler builds the server of a map of routes.
func (a *App) Handler(routes []Route) http.Handler {
	a.limits = newLimits()
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = a.ipExtractor()
	e.HTTPErrorHandler = a.answerError
	e.Pre(recase)
	e.Use(a.compress, a.observe, a.recover, a.headers, a.sameOrigin)
	for _, r := range routes {
		if r.Door == Demo && !a.Demo {
			continue
		}
		e.Add(r.Method, r.Path, a.serve(r))
		if r.Method == http.MethodGet {
			e.Add(http.MethodHead, r.Path, a.serve(r)) // mail scanners ask so; the server leaves the body out
		}
	}
	e.GET("/static/*", echo.WrapHandler(static.Handler()))
	return e
}

// recase undoes what some mail programs do to a link: all of it in capitals. No path of ours has none
// but capitals.
func recase(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if u := c.Request().URL; u.Path == strings.ToUpper(u.Path) {
			u.Path, u.RawPath = strings.ToLower(u.Path), strings.ToLower(u.RawPath)
		}
		return next(c)
	}
}

// Server wraps a handler with the time limits of a public service.
func Server(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      75 * time.Second, // a long-poll waits 50 s
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
	}
}
