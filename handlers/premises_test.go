package handlers_test

import (
	"encoding/json"
	"strconv"
	"testing"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/internal/token"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/delivery"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/models/modelstest"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rulebook"
	"github.com/jexi/portal/models/workspace"
)

// unkind stands in every name and text of a workspace. Shown as what it is, it is none of: an end of an
// attribute, an element, a place to fill in, a row of a sheet, a statement.
const (
	markup = "zq-x"
	unkind = `"'><` + markup + ` onload=a()>{{7*7}}${7}𝕏=1;--`
)

// premises is a workspace with people in every role and one of everything that has an address.
type premises struct {
	modelstest.Place
	canary  string // stands in every text of this workspace, and nowhere else
	text    string // the canary, and what breaks a page that does not escape it
	role    map[access.Role]string
	objects map[string]string // ids by what they are
	message uuid.UUID         // from which decision links are made
}

var staff = map[string]map[access.Role]string{
	"acme": {access.Owner: "ada", access.Admin: "max", access.PrivacyOfficer: "pia", access.Approver: "ann", access.Auditor: "udo"},
	"globex": {access.Owner: "greta", access.Admin: "gil", access.PrivacyOfficer: "gus", access.Approver: "gwen",
		access.Auditor: "gabi"},
}

// furnish fills a workspace. The people called spare may be changed and removed; gone was removed.
func (h *house) furnish(place modelstest.Place) *premises {
	p := &premises{Place: place, canary: "zq" + place.Slug, text: "zq" + place.Slug + unkind, role: staff[place.Slug], objects: map[string]string{}}
	h.As(access.ForSystem(p.ID, "test world"), func(tx *db.Tx) error {
		for role, first := range p.role {
			must(h.t, p.join(tx, first, role))
		}
		must(h.t, p.join(tx, "spare", access.Approver))
		must(h.t, p.join(tx, "writer", access.Admin))
		must(h.t, p.join(tx, "gone", access.Admin))
		_, err := workspace.RemoveMember(tx, p.People["gone"].PersonID)
		must(h.t, err)
		_, err = identity.Register(tx, p.Slug+"-newcomer@example.org", "Newcomer "+p.text)
		return err
	})
	owner := h.Grant(p.Place, p.role[access.Owner], access.ManagePeople)
	h.As(owner, func(tx *db.Tx) error { return p.people(tx) })
	h.As(owner, func(tx *db.Tx) error { return p.system(tx, h.Tools.Keyset) })
	h.As(h.Grant(p.Place, "writer", access.ManageWorkspace), func(tx *db.Tx) error { return p.settings(tx) })
	p.objects["rule"] = h.rule(p, "Live", true, true).String()
	p.objects["settled"] = h.rule(p, "Settled", true, false).String()
	p.objects["draft"] = h.rule(p, "Waiting", false, false).String()
	for _, state := range []string{"request", "agreed", "approved", "consumed"} {
		h.request(p, state)
	}
	p.objects["entry"] = h.entryOf(p, p.role[access.Approver])
	h.As(access.ForSystem(p.ID, "checkpoints"), func(tx *db.Tx) error {
		_, err := audit.Notary{Signer: h.Tools.Signer}.Sign(tx)
		return err
	})
	return p
}

func (p *premises) join(tx *db.Tx, first string, role access.Role) error {
	if _, there := p.People[first]; there {
		return nil
	}
	name := first + " " + p.text
	if first == "gone" {
		name = "Gone" // whoever left still sees their own name
	}
	m, err := workspace.Join(tx, first+"@"+p.Slug+".example", name, role)
	p.People[first] = m
	return err
}

func (p *premises) people(tx *db.Tx) error {
	spare := p.People["spare"].PersonID
	p.objects["person"] = spare.String()
	if err := tx.Gorm().Exec("insert into passkeys (id, person_id, name, credential, created_at) values (convert_to(?, 'UTF8'), ?, 'Lost', '{}', ?)", "lost at "+p.Slug, spare, tx.Now()).Error; err != nil {
		return err
	}
	g, err := workspace.CreateGroup(tx, workspace.GroupDraft{Name: "Group " + p.text, Description: p.text, Members: []uuid.UUID{spare}})
	if err != nil {
		return err
	}
	p.objects["group"] = g.ID.String()
	i, err := workspace.Invite(tx, workspace.InvitationDraft{Email: "guest@" + p.canary + ".example", Role: access.Approver})
	if err != nil {
		return err
	}
	p.objects["invitation"] = i.ID.String()
	t, _, err := identity.CreateToken(tx, identity.TokenDraft{Name: "Token " + p.text, Scopes: []string{"actions:read"}, Days: 9})
	p.objects["token"] = t.ID.String()
	if err != nil {
		return err
	}
	return p.agents(tx)
}

// agents are two more tokens: one that acts, and one that is paused.
func (p *premises) agents(tx *db.Tx) error {
	for _, name := range []string{"runner", "stopped"} {
		t, _, err := identity.CreateToken(tx, identity.TokenDraft{Name: name + " " + p.canary, Scopes: []string{"actions:consume"}, Days: 9})
		if err != nil {
			return err
		}
		p.objects[name] = t.ID.String()
	}
	_, err := identity.PauseToken(tx, uuid.MustParse(p.objects["stopped"]), "Look first "+p.canary)
	return err
}

func (p *premises) system(tx *db.Tx, keyset seal.Keyset) error {
	k, _ := catalog.FindKind("stripe")
	d := integration.NewDraft(k, p.People[p.role[access.Owner]].PersonID)
	d.Name, d.Key, d.Scopes = "Billing "+p.text, seal.NewSecret("rk_live_0000000000000000000000"), nil
	for _, s := range k.Scopes {
		d.Scopes = append(d.Scopes, s.Name)
	}
	c, err := integration.Safe{Keyset: keyset}.Connect(tx, d)
	if err != nil {
		return err
	}
	p.objects["integration"] = c.ID.String()
	d.Name, d.Scopes = "Paused "+p.text, []string{"charges:read"}
	if c, err = (integration.Safe{Keyset: keyset}).Connect(tx, d); err != nil {
		return err
	}
	p.objects["paused"] = c.ID.String()
	_, err = integration.Pause(tx, c.ID, "Maintenance "+p.text)
	return err
}

// settings ask three people where no rule matches, and somebody wants two.
func (p *premises) settings(tx *db.Tx) error {
	w, err := workspace.Here(tx)
	if err == nil {
		w, err = workspace.ChangeSettings(tx, workspace.Settings{Name: w.Name + " " + p.text, TimeZone: w.TimeZone, People: 3, Version: w.Version})
	}
	if err == nil {
		_, err = workspace.AskToLower(tx, workspace.Settings{TimeZone: w.TimeZone, People: 2, Version: w.Version}, p.text)
	}
	return err
}

// rule asks everybody who may decide, written by another Admin: live, again with a draft of its
// next version, or else waiting to be published.
func (h *house) rule(p *premises, name string, live, again bool) uuid.UUID {
	none := 0
	body := rule.Body{Name: name + " " + p.text, Actions: []string{"billing.refund"}, Effect: rule.RequireApproval, DecideWithin: 24 * 60, ExecuteWithin: 30,
		Exclude: rule.Exclude{RuleEditorHours: &none}, Stages: []rule.Stage{{Mode: rule.Quorum, Min: 2}}}
	for _, r := range access.Holders(access.DecideRequest) {
		body.Stages[0].Who = append(body.Stages[0].Who, rule.Approver{Kind: rule.RoleKind, Ref: string(r)})
	}
	var v rulebook.Version
	h.As(h.Grant(p.Place, "writer", access.WriteRules), func(tx *db.Tx) (err error) {
		if v, err = rulebook.CreateRule(tx, body); err == nil {
			v, err = rulebook.SubmitRule(tx, v.RuleID, v.Edit, "")
		}
		return err
	})
	if !live {
		return v.RuleID
	}
	h.As(h.Grant(p.Place, p.role[access.Admin], access.WriteRules), func(tx *db.Tx) (err error) {
		v, err = rulebook.PublishRule(tx, v.RuleID, v.Edit)
		return err
	})
	if !again {
		return v.RuleID
	}
	h.As(h.Grant(p.Place, "writer", access.WriteRules), func(tx *db.Tx) error {
		body.Name += " next"
		_, err := rulebook.EditRule(tx, v.RuleID, v.Edit, body)
		return err
	})
	return v.RuleID
}

// request is a refund that waits for people, for one more than the Owner, was approved by them, or
// was consumed besides.
func (h *house) request(p *premises, state string) {
	ask := approval.Ask{Type: "billing.refund", Params: json.RawMessage(refund184), Workflow: p.text, Explanation: p.text,
		OnBehalfOf: catalog.Subject{Kind: "client", Ref: p.text, TicketRef: state}}
	var id uuid.UUID
	h.As(h.AgentGrant(p.Place, access.RequestActions), func(tx *db.Tx) error {
		r, _, err := h.Tools.Approval.Submit(tx, ask)
		id = r.ID
		return err
	})
	p.objects[state] = id.String()
	if state == "request" {
		h.As(access.ForSystem(p.ID, "test world"), func(tx *db.Tx) error {
			all, err := delivery.About(tx, id)
			p.message = all[0].ID
			return err
		})
		return
	}
	for _, role := range []access.Role{access.Owner, access.Approver} {
		h.As(h.Grant(p.Place, p.role[role], access.DecideRequest), func(tx *db.Tx) error {
			_, err := h.Tools.Approval.Decide(tx, approval.Ballot{Request: id, Choice: rule.Approve}, true)
			return err
		})
		if state == "agreed" {
			return
		}
	}
	if state == "consumed" {
		h.As(h.AgentGrant(p.Place, access.ConsumeActions), func(tx *db.Tx) error {
			_, _, err := h.Tools.Approval.Consume(tx, id, ask)
			return err
		})
	}
}

// entryOf is the place in the audit trail of something that this person did.
func (h *house) entryOf(p *premises, first string) string {
	var idx int64
	h.As(access.ForSystem(p.ID, "test world"), func(tx *db.Tx) error {
		return tx.Gorm().Raw("select min(idx) from audit_leaves where workspace_id = ? and actor_ref = ?", p.ID, p.People[first].PersonID).Scan(&idx).Error
	})
	return strconv.FormatInt(idx, 10)
}

// link is a new decision link of the workspace and its code, as one more letter would carry.
func (h *house) link(p *premises) (plain, code string) {
	h.As(access.ForSystem(p.ID, "mail"), func(tx *db.Tx) error {
		w, ok, err := h.Tools.Approval.Write(tx, p.message)
		if plain, code = w.Link, w.Code; !ok || plain == "" {
			h.t.Fatal("there is no letter with a link")
		}
		return err
	})
	return plain, code
}

// invitation is the token of a new invitation.
func (h *house) invitation(p *premises) (plain string) {
	h.As(h.Grant(p.Place, p.role[access.Owner], access.ManagePeople), func(tx *db.Tx) error {
		i, err := workspace.Invite(tx, workspace.InvitationDraft{Email: uuid.NewString() + "@" + p.canary + ".example", Role: access.Auditor})
		if err == nil {
			_, plain, _, err = workspace.SendableInvitation(tx, i.ID)
		}
		return err
	})
	return plain
}

// signInLink is a link that signs the workspace's spare person in.
func (h *house) signInLink(p *premises) string {
	plain, hash := token.New()
	h.owner("insert into sign_in_links (hashed_token, person_id, created_at, expires_at) values ($1, $2, now(), now() + interval '1 hour')",
		hash, p.People["spare"].PersonID)
	return plain
}

// newToken is a new token of the workspace.
func (h *house) newToken(p *premises, name string, scopes ...access.Permission) (id uuid.UUID, plain string) {
	h.t.Helper()
	d := identity.TokenDraft{Name: name, Days: 9}
	for _, s := range scopes {
		d.Scopes = append(d.Scopes, string(s))
	}
	h.As(h.Grant(p.Place, p.role[access.Owner], access.ManageTokens), func(tx *db.Tx) error {
		t, key, err := identity.CreateToken(tx, d)
		id, plain = t.ID, key
		return err
	})
	return id, plain
}

func TestTheTwoWorkspacesOfTheMatrixAreFurnishedAlike(t *testing.T) {
	e := openEstate(t)
	for name := range e.acme.objects {
		if e.globex.objects[name] == "" || e.globex.objects[name] == e.acme.objects[name] {
			t.Errorf("%s: %q and %q", name, e.acme.objects[name], e.globex.objects[name])
		}
	}
}
