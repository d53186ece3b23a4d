package portal

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/models/workspace"
	"github.com/jexi/portal/views/layout"
	"github.com/jexi/portal/views/ui"
)

// IntegrationList is every connection of the workspace, and which of them to show.
type IntegrationList struct {
	All   []integration.Connection
	Query string // in a name, an address or a permission
	Show  string // "" for the live ones, "paused", "change" or "disconnected"
}

func (l IntegrationList) shown() []integration.Connection {
	return slices.DeleteFunc(slices.Clone(l.All), func(c integration.Connection) bool { return !l.fits(c, l.Show) || !l.named(c) })
}

func (l IntegrationList) fits(c integration.Connection, show string) bool {
	switch show {
	case "paused":
		return c.State == integration.Paused
	case "change":
		_, change := c.Counts()
		return c.Live() && change > 0
	case "disconnected":
		return !c.Live()
	}
	return c.Live()
}

func (l IntegrationList) named(c integration.Connection) bool {
	q := strings.ToLower(strings.TrimSpace(l.Query))
	in := append([]string{c.Name, c.System().Name, c.Settings.V["address"]}, c.Scopes...)
	return slices.ContainsFunc(in, func(text string) bool { return strings.Contains(strings.ToLower(text), q) })
}

func (l IntegrationList) count(show string) int {
	n := 0
	for _, c := range l.All {
		if l.fits(c, show) {
			n++
		}
	}
	return n
}

// situation is the page's headline.
func (l IntegrationList) situation() string {
	live, paused := l.count(""), l.count("paused")
	systems := ui.Spelled(live) + " systems are connected"
	switch {
	case live == 0 && len(l.All) > 0:
		return "No system is connected any more"
	case live == 0:
		return "No system is connected yet"
	case live == 1 && paused == 1:
		return "One system is connected, and it is paused"
	case live == 1:
		return "One system is connected"
	case paused == live:
		return systems + ", all of them paused"
	case paused > 0:
		return systems + ", " + strings.ToLower(ui.Spelled(paused)) + " of them paused"
	}
	return systems
}

func (l IntegrationList) lead() string {
	if len(l.All) == 0 {
		return "Jexi answers and acts only in systems that you connect, and there only as you allow."
	}
	return "Each one shows what Jexi may do there. What is not connected, Jexi cannot reach."
}

// counted tells how many of those that the chosen view holds are shown.
func (l IntegrationList) counted() string {
	return "Showing " + ui.Thousands(len(l.shown())) + " of " + ui.Thousands(l.count(l.Show))
}

func (l IntegrationList) chips(s layout.Shell) []ui.ChipProps {
	var out []ui.ChipProps
	for _, v := range []struct{ show, label string }{{"", "All"}, {"paused", "Paused"}, {"change", "May change"}, {"disconnected", "Disconnected"}} {
		if n := l.count(v.show); n > 0 || v.show == l.Show {
			out = append(out, ui.ChipProps{Label: v.label + " " + ui.Thousands(n), Href: ui.Query(s.URL("integrations"), "show", v.show, "q", l.Query), On: l.Show == v.show})
		}
	}
	return out
}

func stateOf(c integration.Connection) ui.State {
	switch c.State {
	case integration.Paused:
		return ui.Paused()
	case integration.Disconnected:
		return ui.Disconnected()
	}
	return ui.Connected()
}

// since tells who brought the connection into its state, and when; of a connected one only what is due.
func since(c integration.Connection, now time.Time) string {
	switch {
	case c.State == integration.Paused:
		return by(c.PausedBy) + ui.When(*c.PausedAt, now)
	case c.State == integration.Disconnected:
		return by(c.DisconnectedBy) + ui.When(*c.DisconnectedAt, now)
	case c.RenewalDue(now):
		return "Key was to be replaced by " + ui.Day(*c.ExpiresOn)
	}
	return ""
}

func by(name string) string {
	if name == "" {
		return ""
	}
	return "by " + name + ", "
}

// whereOf tells one connection from another of its kind.
func whereOf(c integration.Connection) string {
	var out []string
	if c.System().Name != c.Name {
		out = append(out, c.System().Name)
	}
	if at := c.Settings.V["address"]; at != "" {
		out = append(out, at)
	}
	if len(out) == 0 {
		_, what := categoryWords(c.System().Category)
		out = append(out, what)
	}
	return strings.Join(out, ", ")
}

func permissions(n int) string {
	if n == 0 {
		return "Nothing"
	}
	return ui.Plural(n, "permission", "permissions")
}

func mayRead(c integration.Connection) string   { n, _ := c.Counts(); return permissions(n) }
func mayChange(c integration.Connection) string { _, n := c.Counts(); return permissions(n) }

// actionsOf are the actions that a permission makes possible in a system.
func actionsOf(k *catalog.Kind, scope string) []string {
	var out []string
	for _, t := range k.Actions() {
		if slices.Contains(t.Scopes[k.Key], scope) {
			out = append(out, t.Title)
		}
	}
	return out
}

// meanings tells of permissions inside a sentence.
func meanings(scopes []catalog.Scope) string {
	var out []string
	for _, s := range scopes {
		out = append(out, ui.Inside(s.Meaning))
	}
	return strings.Join(out, "; ")
}

// reading are the permissions that a new connection starts with.
func reading(k *catalog.Kind) []catalog.Scope { return ofAccess(k, catalog.Reads) }

func ofAccess(k *catalog.Kind, a catalog.Access) []catalog.Scope {
	return slices.DeleteFunc(slices.Clone(k.Scopes), func(s catalog.Scope) bool { return s.Access != a })
}

// typical are three systems to begin with: where clients ask, where they pay, where their domains live.
func typical() []*catalog.Kind {
	var out []*catalog.Kind
	for _, key := range []string{"zendesk", "whmcs", "cloudflare"} {
		if k, ok := catalog.FindKind(key); ok {
			out = append(out, k)
		}
	}
	return out
}

type systemGroup struct {
	name, what string
	kinds      []*catalog.Kind
}

// systems are the catalog's kinds by what they are for.
func systems() []systemGroup {
	var out []systemGroup
	for _, category := range []string{"helpdesk", "chat", "mail", "billing", "crm", "hosting", "dns", "registrar", "other"} {
		g := systemGroup{}
		g.name, g.what = categoryWords(category)
		for _, k := range catalog.Kinds() {
			if k.Category == category {
				g.kinds = append(g.kinds, k)
			}
		}
		out = append(out, g)
	}
	return out
}

func categoryWords(category string) (name, what string) {
	switch category {
	case "helpdesk":
		return "Help desk", "Tickets and the replies to them"
	case "chat":
		return "Chat", "Messages in your own channels"
	case "mail":
		return "Mail", "Mailboxes that clients write to"
	case "billing":
		return "Billing", "Clients, invoices and payments"
	case "crm":
		return "Customer records", "Contacts and companies"
	case "hosting":
		return "Hosting", "Hosting accounts and mailboxes"
	case "dns":
		return "DNS", "Zones and records"
	case "registrar":
		return "Domains", "Registrations and transfers"
	}
	return "Anything else", "Any system with a web API and a key"
}

// secretOf is what a system calls its key.
func secretOf(k *catalog.Kind) string {
	for _, f := range k.Fields {
		if f.Secret {
			return f.Label
		}
	}
	return ""
}

func ownerOptions(members []workspace.Member, chosen uuid.UUID) []ui.Option {
	var out []ui.Option
	if !slices.ContainsFunc(members, func(m workspace.Member) bool { return m.PersonID == chosen }) {
		out = append(out, ui.Option{Label: "Choose a person"})
	}
	for _, m := range members {
		out = append(out, ui.Option{Value: m.PersonID.String(), Label: m.Name + ", " + m.Role.Label()})
	}
	return out
}

// keyText is what may be shown of a key.
func keyText(c integration.Connection) string {
	switch {
	case !c.Live():
		return "Destroyed"
	case c.CredentialHint == "":
		return "Sealed"
	}
	return "…" + c.CredentialHint
}

func keySince(c integration.Connection) string {
	if !c.Live() {
		return ui.Day(*c.DisconnectedAt)
	}
	text := "Sealed " + ui.Day(c.CredentialAt)
	if c.ExpiresOn != nil {
		text += ", replace by " + ui.Day(*c.ExpiresOn)
	}
	return text
}
