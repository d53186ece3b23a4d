package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/views/layout"
)

// This file alone answers errors. A fault is shown; anything else is logged once with the
// request id, and the visitor sees only that id.

func asError[T error](err error, target *T) bool { return errors.As(err, target) }

// Status is the answer's status for a fault; 500 for any other error.
func Status(err error) int {
	if f := fault.As(err); f != nil {
		return statusOf(f.Code)
	}
	return http.StatusInternalServerError
}

func statusOf(code fault.Code) int {
	switch code {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.SignIn:
		return http.StatusUnauthorized
	case fault.Forbidden, fault.ProofNeeded:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Stale, fault.Conflict:
		return http.StatusConflict
	case fault.Gone:
		return http.StatusGone
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.TooMany:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

func (a *App) answerError(err error, e echo.Context) {
	if e.Response().Committed {
		a.logError(e, err)
		return
	}
	f, status := a.refusal(err, e)
	if f.RetryAfter > 0 {
		e.Response().Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter.Seconds()+0.999)))
	} else if status == http.StatusServiceUnavailable {
		e.Response().Header().Set("Retry-After", "5")
	}
	if strings.HasPrefix(e.Request().URL.Path, "/api/") || e.Request().Header.Get("Accept") == "application/json" {
		err = a.problem(e, f, status)
	} else {
		err = a.errorPage(e, f, status)
	}
	if err != nil {
		a.logError(e, err)
	}
}

// refusal is what the visitor may know of an error.
func (a *App) refusal(err error, e echo.Context) (*fault.Fault, int) {
	if f := fault.As(err); f != nil {
		if f.Finer == fault.NotJSON {
			return f, http.StatusUnsupportedMediaType
		}
		return f, statusOf(f.Code)
	}
	if errors.Is(err, db.ErrUnknown) { // of a page: a change has an operation id, and finds out
		return &fault.Fault{Code: fault.Unavailable, Message: "The portal lost its database while it answered. Load this again in a moment."}, http.StatusServiceUnavailable
	}
	var he *echo.HTTPError
	if errors.As(err, &he) && he.Code < 500 {
		if he.Code == http.StatusNotFound {
			return fault.Missing(), http.StatusNotFound
		}
		return &fault.Fault{Code: "refused", Message: http.StatusText(he.Code) + "."}, he.Code
	}
	a.logError(e, err)
	return &fault.Fault{Code: "failed", Message: "Something here failed. It was recorded, and nothing was changed."}, http.StatusInternalServerError
}

// logError leaves out what failed because the visitor went away.
func (a *App) logError(e echo.Context, err error) {
	if errors.Is(err, context.Canceled) && e.Request().Context().Err() != nil {
		return
	}
	a.Log.ErrorContext(e.Request().Context(), "request failed", slog.String("request", requestID(e)),
		slog.String("route", e.Path()), slog.String("error", err.Error()))
}

// problem answers a machine, RFC 9457. retry says whether asking again can help.
func (a *App) problem(e echo.Context, f *fault.Fault, status int) error {
	type field struct {
		Name   string `json:"name"`
		Detail string `json:"detail"`
	}
	code := cmp.Or(f.Finer, f.Code)
	doc := struct {
		Type   string     `json:"type"`
		Title  string     `json:"title"`
		Status int        `json:"status"`
		Code   fault.Code `json:"code"`
		Detail string     `json:"detail"`
		Retry  string     `json:"retry"`
		Fields []field    `json:"fields,omitempty"`
		ID     string     `json:"request_id"`
	}{"about:blank", http.StatusText(status), status, code, f.Message, retry(code, status), nil, requestID(e)}
	for _, x := range f.Fields {
		doc.Fields = append(doc.Fields, field{x.Name, x.Message})
	}
	if status == http.StatusUnauthorized {
		e.Response().Header().Set("WWW-Authenticate", "Bearer")
	}
	if status == http.StatusNotFound {
		doc.ID = "" // foreign and nonexistent answer with the same bytes
	}
	e.Response().Header().Set("Content-Type", "application/problem+json")
	e.Response().WriteHeader(status)
	return writeJSON(e.Response(), doc)
}

func retry(code fault.Code, status int) string {
	switch code {
	case fault.TooMany, fault.Unavailable:
		return "after"
	case fault.ProofNeeded, fault.Undecided, fault.Paused, fault.AgentPaused:
		return "after_human"
	}
	if status >= 500 {
		return "after"
	}
	return "never"
}

// errorPage answers a person. Whoever must sign in first is sent there, and back afterwards.
func (a *App) errorPage(e echo.Context, f *fault.Fault, status int) error {
	if safe(e.Request().Method) {
		back := "?next=" + url.QueryEscape(e.Request().URL.RequestURI())
		switch f.Code {
		case fault.SignIn:
			return e.Redirect(http.StatusSeeOther, "/signin"+back)
		case fault.ProofNeeded:
			return e.Redirect(http.StatusSeeOther, "/proof"+back)
		}
	}
	c, ok := e.Get(ctxKey).(*Ctx)
	if !ok {
		c = &Ctx{echo: e, app: a}
	}
	if p, ok := c.resend(f); ok {
		return c.render(status, layout.Resend(c.Shell(""), p))
	}
	p := layout.ErrorProps{Status: status, Title: title(status), Text: strings.TrimPrefix(f.Message, title(status)+". "), Request: requestID(e)}
	if status == http.StatusNotFound {
		p.Request = "" // foreign and nonexistent answer with the same bytes
	}
	shell := c.Shell("")
	if status == http.StatusForbidden && p.Text != f.Message && shell.Role != "" {
		p.Text += " You are signed in as " + shell.Role + "."
	}
	if status == http.StatusNotFound || status == http.StatusForbidden {
		p.Next, p.Href = wayOn(shell)
	}
	return c.render(status, layout.Error(shell, p))
}

// wayOn leads from a page that shows nothing to one that does.
func wayOn(s layout.Shell) (label, href string) {
	switch {
	case s.Workspace.Slug != "":
		return "Go to the overview", s.URL()
	case s.Person.Email != "":
		return "Go to your workspaces", "/workspaces"
	}
	return "Go to the start page", "/"
}

func title(status int) string {
	switch status {
	case http.StatusNotFound:
		return "Nothing here"
	case http.StatusForbidden:
		return "Your role cannot do this"
	case http.StatusUnauthorized:
		return "Sign in first"
	case http.StatusConflict:
		return "This has changed"
	case http.StatusGone:
		return "This link has ended"
	case http.StatusRequestEntityTooLarge:
		return "Too large"
	case http.StatusTooManyRequests:
		return "Too many tries"
	case http.StatusServiceUnavailable:
		return "Busy for a moment"
	case http.StatusUnprocessableEntity:
		return "Something is missing"
	}
	if status >= 500 {
		return "Something failed"
	}
	return fmt.Sprintf("Refused (%d)", status)
}
