// Package layout is the frame around every page: the customer area's shell, the
// plain frame of pages outside a workspace, and the narrow one of a decision.
//
// A Shell is built once a request by package web; pages hand it on and ask it
// for addresses, forms and what the role may do. It knows no model but access.
package layout

import (
	"net/url"
	"strings"
	"time"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/views/ui"
)

// Shell is what the frame shows and what every page may ask.
type Shell struct {
	Title     string // of the document; the last crumb if ""
	Failed    bool   // the page answers a refused form: its title says so
	Theme     string // "light", "dark" or "" for the system's
	Shortcuts bool   // single keys lead somewhere: nobody switched them off in this browser
	CSRF      string
	Operation func() string // a new operation id for each form
	Path      string        // of the request, marks the current menu item
	Person    Person
	Workspace Workspace
	Role      string
	Counts    map[Area]Count
	Banners   []ui.BannerProps
	Note      *Note // the result of the action that led here
	Can       func(access.Permission) bool
	Now       time.Time
	Demo      bool
	Help      string // address of the help page, "" for none
}

// Person is who is signed in; the zero Person is nobody.
type Person struct {
	Name  string
	Email string
}

// Workspace is the one that is open; the zero Workspace is none.
type Workspace struct {
	Slug   string
	Name   string
	Region string // "EU workspace"
}

// Count is the number beside a menu item. Due ones need a person.
type Count struct {
	N   int
	Due bool
	All int // those that need somebody else included; not shown in the menu
}

// Note is a lasting result above the page's content.
type Note struct {
	Tone  ui.Tone
	Title string
	Text  string
}

// Crumb is one step of the breadcrumb; the last has no Href.
type Crumb struct {
	Label string
	Href  string
}

// URL is an address in the open workspace: URL("rules", id) is /w/acme/rules/….
func (s Shell) URL(parts ...string) string {
	var b strings.Builder
	b.WriteString("/w/" + url.PathEscape(s.Workspace.Slug))
	for _, p := range parts {
		b.WriteString("/" + url.PathEscape(p))
	}
	return b.String()
}

// Form is a form to action with this session's token and a new operation id.
func (s Shell) Form(action string) ui.FormProps {
	p := ui.FormProps{Action: action, CSRF: s.CSRF}
	if s.Operation != nil {
		p.Operation = s.Operation()
	}
	return p
}

// May asks whether the role has a permission; nobody has any.
func (s Shell) May(p access.Permission) bool { return s.Can != nil && s.Can(p) }

// title is "Error: Record – workspace – Jexi".
func (s Shell) title(fallback string) string {
	parts := []string{fallback}
	if s.Title != "" {
		parts[0] = s.Title
	}
	if s.Workspace.Name != "" {
		parts = append(parts, s.Workspace.Name)
	}
	title := strings.Join(append(parts, "Jexi"), " – ")
	if s.Failed {
		return "Error: " + title
	}
	return title
}
