package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/workspace"
	"github.com/jexi/portal/web"
)

// stage is a house in which every deed is done once.
type stage struct {
	*house
	ada, max *browser // proved
	secrets  map[string]string
	log      *journal
	n        int
}

func newStage(t *testing.T) *stage {
	t.Helper()
	h, log := build(t), &journal{}
	h.serve(func(a *web.App) { a.Log = log.logger() })
	h.work()
	s := h.stage()
	s.log = log
	return s
}

func (h *house) stage() *stage {
	s := &stage{house: h, log: &journal{}, secrets: map[string]string{}}
	h.connect("whmcs")
	h.refundRule()
	s.enter()
	s.secrets["agent's token"], s.secrets["Ada's session"], s.secrets["Ada's form token"] = s.Acme.Key, s.ada.id(), s.ada.csrf()
	return s
}

// enter has Ada and Max come in with a fresh proof.
func (s *stage) enter() {
	s.t.Helper()
	s.ada, s.max = s.signInProved(s.Acme, "ada"), s.signInProved(s.Acme, "max")
}

// once is a number that no other deed has.
func (s *stage) once() int { s.n++; return s.n }

// owns gives somebody a passkey.
func (h *house) owns(first string) {
	h.t.Helper()
	h.As(access.ForSystem(h.Acme.ID, "test"), func(tx *db.Tx) error {
		return tx.Gorm().Exec("insert into passkeys (id, person_id, name, credential, created_at) values (convert_to(?, 'UTF8'), ?, 'Phone', '{}', ?)",
			"passkey of "+first, h.Acme.People[first].PersonID, tx.Now()).Error
	})
}

// newcomer is a member who has done nothing yet.
func (s *stage) newcomer(role access.Role) (first string) {
	s.t.Helper()
	first = fmt.Sprintf("new%d", s.once())
	s.As(access.ForSystem(s.Acme.ID, "test"), func(tx *db.Tx) error {
		m, err := workspace.Join(tx, first+"@acme.example", "New "+first, role)
		s.Acme.People[first] = m
		return err
	})
	return first
}

func (s *stage) fresh() *browser { return s.signInProved(s.Acme, s.newcomer(access.Admin)) }

// wants is a refund that nobody asked for yet.
func (s *stage) wants() (body string, amount string) {
	amount = fmt.Sprintf("%d.00", 300+s.once())
	return refund(amount), amount
}

func (s *stage) asked() (id uuid.UUID, body, amount string) {
	s.t.Helper()
	body, amount = s.wants()
	var r struct{ ID uuid.UUID }
	s.call(s.Acme.Key, "POST", requests, body, http.Header{"Idempotency-Key": {uuid.NewString()}}, &r)
	return r.ID, body, amount
}

func (s *stage) granted() (id uuid.UUID, body string) {
	id, body, _ = s.asked()
	s.vote(id, rule.Approve, "ann", "ben")
	return id, body
}

// system is one of Acme's that no other deed touches.
func (s *stage) system() string {
	s.t.Helper()
	kind, _ := catalog.FindKind("stripe")
	d := integration.NewDraft(kind, s.Acme.People["ada"].PersonID)
	d.Name, d.Scopes = fmt.Sprintf("Stripe %d", s.once()), []string{kind.Scopes[0].Name}
	var id uuid.UUID
	s.As(s.Grant(s.Acme, "ada", access.ManageIntegrations), func(tx *db.Tx) error {
		d.Key = seal.NewSecret(vendorKey)
		c, err := integration.Safe{Keyset: s.Tools.Keyset}.Connect(tx, d)
		id = c.ID
		return err
	})
	return "/w/acme/integrations/" + id.String()
}

// act opens a page and sends the one form on it that ends so.
func (b *browser) act(path, action string, fields url.Values) *page {
	b.h.t.Helper()
	return b.post(b.get(path), action, fields)
}

// drafted is a rule that Ada has written and not handed in.
func (s *stage) drafted() string {
	s.t.Helper()
	p := s.ada.submit(s.ada.get("/w/acme/rules/new"), "/rules/new", press("save", s.refunds(url.Values{"name": {fmt.Sprintf("Rule %d", s.once())}})))
	return strings.TrimSuffix(strings.TrimPrefix(p.URL, s.URL), "/draft")
}

func (s *stage) named() url.Values { return url.Values{"name": {fmt.Sprintf("Rule %d", s.once())}} }

func (s *stage) group() string {
	s.t.Helper()
	var id uuid.UUID
	s.As(s.Grant(s.Acme, "ada", access.ManagePeople), func(tx *db.Tx) error {
		g, err := workspace.CreateGroup(tx, workspace.GroupDraft{Name: fmt.Sprintf("Group %d", s.once()), Members: []uuid.UUID{s.Acme.People["ann"].PersonID}})
		id = g.ID
		return err
	})
	return "/w/acme/groups/" + id.String()
}

func (s *stage) guest() (path string) {
	s.t.Helper()
	return "/w/acme/people/invitations/" + s.invite(fmt.Sprintf("guest%d@acme.example", s.once()), access.Auditor).ID.String()
}

// passkey gives somebody new a passkey and returns its page.
func (s *stage) passkey(base string) (*browser, string) {
	s.t.Helper()
	first := s.newcomer(access.Admin)
	s.owner("insert into passkeys (id, person_id, name, credential, created_at) values (sha256($1), $2, 'Desk', '{}', now())", []byte(first), s.Acme.People[first].PersonID)
	b := s.signInProved(s.Acme, first)
	p := b.get(base)
	ref := regexp.MustCompile(`/passkeys/([^/"]+)`).FindAllStringSubmatch(strings.ReplaceAll(p.Body, "/passkeys/new", ""), -1)
	if len(ref) == 0 {
		s.t.Fatalf("no passkey on %s:\n%s", base, p.Body)
	}
	return b, base + "/passkeys/" + ref[0][1]
}
