package handlers_test

import (
	"strings"
	"testing"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rulebook"
)

func TestOwnersAreToldOnceOfWhatAReleaseAddsToARule(t *testing.T) {
	h := open(t)
	h.publish(rule.Body{Name: "Domains", Actions: []string{"registrar.*"}, Effect: rule.Block})
	look := func() { h.As(access.ForSystem(h.Acme.ID, "test"), rulebook.Grow) }
	count := func() int { return h.count("select count(*) from messages where kind = 'rule.took_in'") }
	look()
	if n := count(); n != 0 {
		t.Fatalf("%d letters before anything was added", n)
	}
	// As if the rule had been published before these two existed.
	h.owner("update rules set covers = array_remove(array_remove(covers, 'registrar.domain.unlock'), 'registrar.domain.delete')")
	look()
	look()
	if n := count(); n != 1 {
		t.Errorf("%d letters, want one to the one Owner", n)
	}
	m := h.mail("ada@acme.example", "covers more now")
	if !strings.Contains(m.Text, "Delete a domain, Unlock a domain for transfer") || !strings.Contains(m.Text, "/w/acme/rules/") {
		t.Errorf("it says\n%s", m.Text)
	}
	if n := h.count("select count(*) from audit_leaves where act = 'rule.took_in'"); n != 1 {
		t.Errorf("%d entries", n)
	}
	// A rule from before the first look is not told of.
	h.owner("update rules set covers = null")
	look()
	if n := count(); n != 1 {
		t.Errorf("%d letters after a first look", n)
	}
}
