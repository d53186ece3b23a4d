package handlers_test

import (
	"strings"
	"testing"
)

// lastTool is where the last link of a page's top row leads.
func (p *page) lastTool() string {
	_, row, _ := strings.Cut(p.Body, `class="toprow"`)
	row, _, _ = strings.Cut(row, `class="letterhead"`)
	last := row[strings.LastIndex(row, "<a ")+1:]
	_, href, _ := strings.Cut(last, `href="`)
	href, _, _ = strings.Cut(href, `"`)
	return href
}

func TestHelpIsLastInTheTopRowAndTheSameForEveryRole(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.unmatched(h.Acme, "ada", 2)
	for first, role := range map[string]string{"ada": "Owner", "max": "Admin", "pia": "Privacy officer", "ann": "Approver", "udo": "Auditor"} {
		b := h.signIn(h.Acme, first)
		p := b.get("/w/acme/help").shows(200, "How this portal works", "You are signed in as "+role+" of Acme Hosting", "2 people must agree",
			"AR-4471", "amber-kettle", "The code from the mail, and the target typed", "portal audit verify FILE", "Ada Okafor", "ada@acme.example",
			"Sees all, never decides", "Sees those addressed to them, decides when named")
		if strings.Contains(p.Text(), "Max Lindqvist max@") || strings.Contains(p.Text(), "greta") {
			t.Errorf("%s is told to write to somebody else than an Owner of the workspace", first)
		}
		for _, path := range []string{"/w/acme", "/w/acme/requests", "/w/acme/security", "/w/acme/help", "/w/acme/audit"} {
			if to := b.get(path).lastTool(); to != "/w/acme/help" {
				t.Errorf("for %s the last link in the top row of %s leads to %q", first, path, to)
			}
		}
		if menu := b.get("/w/acme/menu"); !strings.Contains(menu.Body, `class="menu-help"><a href="/w/acme/help">Help`) {
			t.Errorf("%s finds no help in the menu", first)
		}
		b.get("/w/acme/jump?q=hel").shows(200, "Help")
	}
	h.signIn(h.Globex, "greta").get("/w/globex/help").shows(200, "1 person must agree", "Greta Sand")
}
