// Package dev is the demo's own door: the mailbox that catches every mail, a page on which one
// plays Jexi's agent, and the sheet of components. Its routes exist in the demo only.
//
// The agent's page knows no more than an agent does: it calls the API over HTTP with the demo
// token of a workspace, and never shows that token whole. Files: mailbox, agent, run, call, preset.
package dev

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/jexi/portal/internal/mailer/mailbox"
	view "github.com/jexi/portal/views/dev"
	"github.com/jexi/portal/web"
)

// Room answers below /dev.
type Room struct {
	mailbox *mailbox.Mailbox
	base    *url.URL
	agents  map[string]string // secrets of the agents' tokens by workspace
	client  *http.Client
	journal *journal
}

// NewRoom serves one demo. base is the address at which the portal answers.
func NewRoom(base *url.URL, box *mailbox.Mailbox, agents map[string]string) Room {
	return Room{mailbox: box, base: base, agents: agents, client: &http.Client{Timeout: callLasts}, journal: newJournal()}
}

// ShowKit shows every component.
func (r Room) ShowKit(c *web.Ctx) error { return c.Page(view.Kit(c.Shell("Component sheet"))) }

// workspaces are those that have an agent.
func (r Room) workspaces() []string { return slices.Sorted(maps.Keys(r.agents)) }

// setPolicy changes directives of the content-security policy for one page.
func setPolicy(c *web.Ctx, set ...string) {
	const name = "Content-Security-Policy"
	kept := slices.DeleteFunc(strings.Split(c.Writer().Header().Get(name), "; "), func(d string) bool {
		return slices.ContainsFunc(set, func(s string) bool { return strings.Fields(s)[0] == strings.Fields(d)[0] })
	})
	c.Writer().Header().Set(name, strings.Join(append(kept, set...), "; "))
}
