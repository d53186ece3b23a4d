package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/views/layout"
	"github.com/jexi/portal/views/ui"
)

// Page answers with a page, or with the one part of it that htmx asked for.
func (c *Ctx) Page(page templ.Component) error { return c.render(http.StatusOK, page) }

// PageStatus is Page with another status, for pages that tell of an end (410).
func (c *Ctx) PageStatus(status int, page templ.Component) error { return c.render(status, page) }

// Refuse shows the form again, as it was typed, with what is wrong (422, or 409 for a record
// that changed). An error that no form can explain is returned for errors.go to answer.
func (c *Ctx) Refuse(err error, form func(ui.Errors) templ.Component) error {
	f := fault.As(err)
	if f == nil {
		return err
	}
	switch f.Code {
	case fault.Invalid, fault.Stale, fault.Conflict:
		c.failed = true
		return c.render(statusOf(f.Code), form(ui.ErrorsOf(f)))
	}
	return err
}

// SeeOther sends the visitor on after a change.
func (c *Ctx) SeeOther(path string) error {
	if c.Request().Header.Get("HX-Request") == "true" {
		c.Writer().Header().Set("HX-Location", path)
		return c.echo.NoContent(http.StatusOK)
	}
	return c.echo.Redirect(http.StatusSeeOther, path)
}

// Say shows what a change did, with a sentence on what follows, once on the next page.
func (c *Ctx) Say(title, text string) { c.setCookie(noteCookie, c.app.seal(title+"\n"+text), 60) }

// JSON answers a machine.
func (c *Ctx) JSON(status int, v any) error {
	c.Writer().Header().Set("Content-Type", "application/json")
	c.Writer().WriteHeader(status)
	return writeJSON(c.Writer(), v)
}

// Bytes answers with a body that is ready.
func (c *Ctx) Bytes(status int, kind string, body []byte) error {
	return c.echo.Blob(status, kind, body)
}

// NoContent answers with a status alone.
func (c *Ctx) NoContent(status int) error { return c.echo.NoContent(status) }

// Download streams a file. name is plain ASCII; write must stop when the context ends. A failure
// in the middle cuts the connection, so that nobody takes half a file for a whole one.
func (c *Ctx) Download(name, kind string, write func(io.Writer) error) error {
	h := c.Writer().Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	h.Set("Content-Security-Policy", "sandbox")
	c.Writer().WriteHeader(http.StatusOK)
	if err := write(patient{c}); err != nil {
		c.app.logError(c.echo, err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// patient gives a large file as long as the visitor goes on taking it.
type patient struct{ c *Ctx }

func (p patient) Write(b []byte) (int, error) {
	if err := p.c.Longer(); err != nil {
		return 0, err
	}
	return p.c.Writer().Write(b)
}

// Longer gives the answer another minute, for work that goes on in steps.
func (c *Ctx) Longer() error {
	if err := http.NewResponseController(c.Writer()).SetWriteDeadline(time.Now().Add(time.Minute)); err != nil {
		return fmt.Errorf("move the deadline of an answer: %w", err)
	}
	return nil
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// A page is rendered whole before its first byte goes out: a failure in the middle is an error page.
var pages = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (c *Ctx) render(status int, page templ.Component) error {
	buf := pages.Get().(*bytes.Buffer)
	defer pages.Put(buf)
	buf.Reset()
	if part := c.part(); part != "" {
		if err := templ.RenderFragments(c.Context(), buf, page, part); err != nil {
			return fmt.Errorf("render part: %w", err)
		}
	}
	if buf.Len() == 0 {
		if err := page.Render(c.Context(), buf); err != nil {
			return fmt.Errorf("render: %w", err)
		}
	}
	c.Writer().Header().Set("Content-Length", strconv.Itoa(buf.Len())) // unless it gets packed
	return c.echo.HTMLBlob(status, buf.Bytes())
}

// part is the id that htmx will replace, "" when it wants the page.
func (c *Ctx) part() string {
	h := c.Request().Header
	if h.Get("HX-Request") != "true" || h.Get("HX-Request-Type") == "full" {
		return ""
	}
	_, id, _ := strings.Cut(h.Get("HX-Target"), "#") // htmx 4 sends tag#id
	return id
}

// Wants tells whether only the part of a page with this id was asked for, for a part that the page
// itself does not show.
func (c *Ctx) Wants(id string) bool { return c.part() == id }

// Shell is the frame of a page: who, where, and what the menu counts.
func (c *Ctx) Shell(title string) layout.Shell {
	s := layout.Shell{
		Title: title, Theme: c.theme(), CSRF: c.CSRF(), Operation: newOperation, Path: c.Request().URL.Path,
		Shortcuts: c.known && c.keys(), Now: c.Now(), Demo: c.app.Demo, Note: c.takeNote(), Counts: c.menu, Failed: c.failed,
	}
	if !c.known {
		return s
	}
	v := c.visit
	s.Person = layout.Person{Name: v.PersonName, Email: v.Email}
	if v.WorkspaceID != nil {
		role := access.Role(*v.Role)
		s.Workspace = layout.Workspace{Slug: *v.Slug, Name: *v.WorkspaceName, Region: *v.Region + " workspace"}
		s.Role = role.Label()
		s.Can = func(p access.Permission) bool { return role.May(p) }
		s.Help = s.URL("help")
	}
	return s
}

// ChooseTheme keeps the visitor's choice of light or dark in their browser; anything else follows the system.
func (c *Ctx) ChooseTheme(theme string) {
	if theme != "light" && theme != "dark" {
		c.setCookie("theme", "", -1)
		return
	}
	c.setCookie("theme", theme, 365*24*60*60)
}

// theme is the visitor's choice, "" to follow the system.
func (c *Ctx) theme() string {
	ck, err := c.Request().Cookie("theme")
	if err != nil || ck.Value != "light" && ck.Value != "dark" {
		return ""
	}
	return ck.Value
}

// ChooseKeys keeps in the visitor's browser whether single keys lead somewhere. They do until they are switched off.
func (c *Ctx) ChooseKeys(on bool) {
	if on {
		c.setCookie("keys", "", -1)
		return
	}
	c.setCookie("keys", "off", 365*24*60*60)
}

func (c *Ctx) keys() bool {
	ck, err := c.Request().Cookie("keys")
	return err != nil || ck.Value != "off"
}
