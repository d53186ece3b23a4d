package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/gorilla/sessions"

	"github.com/jexi/portal/internal/token"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
)

// store keeps sessions in Postgres: the cookie holds an id of 32 random bytes, the database
// its SHA-256. Rows are written by identity in the change's own transaction; Save only
// gives the browser its id or takes it away.
type store struct {
	app   *App
	ahead func(*db.Questions) // goes out with the look-up, nil for nothing
}

type visitKey struct{}

func (a *App) cookieName() string {
	if a.Base.Scheme == "https" {
		return "__Host-jexi"
	}
	return "jexi" // a __Host- cookie needs https
}

// Get returns the request's session, looked up once.
func (s *store) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New looks the cookie's session up. Without a live one the session IsNew.
func (s *store) New(r *http.Request, name string) (*sessions.Session, error) {
	out := sessions.NewSession(s, name)
	out.IsNew = true
	out.Options = &sessions.Options{Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.app.Base.Scheme == "https"}
	ck, err := r.Cookie(name)
	if err != nil {
		return out, nil
	}
	out.ID = ck.Value
	v, err := s.visit(r, token.Hash(ck.Value))
	if err != nil {
		return out, fmt.Errorf("session: %w", err)
	}
	if v.Known() {
		out.IsNew, out.Values[visitKey{}] = false, v
	}
	return out, nil
}

// visit finds who comes, and notes now and then that they did.
func (s *store) visit(r *http.Request, hash []byte) (v identity.Visit, err error) {
	slug := slugOf(r.URL.Path)
	err = s.app.DB.Ask(r.Context(), func(q *db.Questions) {
		identity.AskVisit(q, hash, slug, &v)
		if s.ahead != nil {
			s.ahead(q)
		}
	})
	if err != nil || !v.Known() || v.At.Sub(v.SeenAt) < idleNote {
		return v, err
	}
	return v, s.app.DB.In(r.Context(), access.ForBearer(hash), func(tx *db.Tx) error {
		if _, ok, err := identity.Enter(tx, hash, slug); err != nil || !ok {
			return err
		}
		return identity.Seen(tx, hash)
	})
}

// Save sets or, with a negative MaxAge, removes the cookie.
func (s *store) Save(r *http.Request, w http.ResponseWriter, sess *sessions.Session) error {
	if sess.ID == "" && sess.Options.MaxAge >= 0 {
		return errors.New("web: a session is started by identity, not by its cookie")
	}
	http.SetCookie(w, sessions.NewCookie(sess.Name(), sess.ID, sess.Options))
	return nil
}

// slugOf is the workspace that a path asks for, "" for none and for what can be no name of one.
func slugOf(path string) string {
	rest, ok := strings.CutPrefix(path, "/w/")
	if !ok {
		return ""
	}
	slug, _, _ := strings.Cut(rest, "/")
	if !utf8.ValidString(slug) || strings.ContainsRune(slug, 0) { // no text to the database
		return ""
	}
	return slug
}

func (c *Ctx) session() (*sessions.Session, error) {
	return (&store{c.app, c.ahead}).Get(c.Request(), c.app.cookieName())
}

func (c *Ctx) sessionID() string {
	if s, err := c.session(); err == nil {
		return s.ID
	}
	return ""
}

// SessionHash names this browser's session in the database, nil when it has none.
func (c *Ctx) SessionHash() []byte {
	if id := c.sessionID(); id != "" {
		return token.Hash(id)
	}
	return nil
}

// UseSession gives the browser the id of a session that was just started.
func (c *Ctx) UseSession(id string) error {
	s, err := c.session()
	if err != nil {
		return err
	}
	s.ID = id
	return s.Save(c.Request(), c.Writer())
}

// DropSession takes the browser's session id away and has it forget what it kept of the portal.
func (c *Ctx) DropSession() error {
	s, err := c.session()
	if err != nil {
		return err
	}
	s.ID, s.Options.MaxAge = "", -1
	c.setCookie(c.app.formCookie(), "", -1)
	c.Writer().Header().Set("Clear-Site-Data", `"cache", "storage"`)
	return s.Save(c.Request(), c.Writer())
}

func (c *Ctx) setCookie(name, value string, maxAge int) {
	http.SetCookie(c.Writer(), &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true,
		SameSite: http.SameSiteLaxMode, Secure: c.app.Base.Scheme == "https"})
}
