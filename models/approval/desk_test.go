package approval_test

import (
	"encoding/json"
	"strconv"
	"testing"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/delivery"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/workspace"
)

// system does something as the portal's own job would.
func (d *desk) system(fn func(*db.Tx) error) {
	d.t.Helper()
	d.As(access.ForSystem(d.Acme.ID, "test"), fn)
}

func (d *desk) find(id uuid.UUID) (r approval.Request) {
	d.t.Helper()
	d.system(func(tx *db.Tx) (err error) { r, err = approval.Find(tx, id); return err })
	return r
}

// is fails the test unless the request stands there.
func (d *desk) is(id uuid.UUID, want approval.State) approval.Request {
	d.t.Helper()
	r := d.find(id)
	if r.State != want {
		d.t.Fatalf("it is %s (%s), want %s", r.State, r.ClosedReason, want)
	}
	return r
}

// due has the deadlines of a request looked at.
func (d *desk) due(id uuid.UUID) {
	d.t.Helper()
	d.system(func(tx *db.Tx) error { _, err := d.room.Pass(tx, id); return err })
}

// proved is vote with a passkey shown just now.
func (d *desk) proved(first string, id uuid.UUID, choice rule.VoteChoice) (r approval.Request, err error) {
	err = d.Try(d.Grant(d.Acme, first, access.DecideRequest), func(tx *db.Tx) (err error) {
		r, err = d.room.Decide(tx, approval.Ballot{Request: id, Choice: choice, Reason: "because"}, true)
		return err
	})
	return r, err
}

// must is for a vote that has to count.
func (d *desk) must(r approval.Request, err error) approval.Request {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

// join makes a new member of Acme's, known by the first name.
func (d *desk) join(first, email string, role access.Role) uuid.UUID {
	d.t.Helper()
	d.system(func(tx *db.Tx) error {
		m, err := workspace.Join(tx, email, "Member "+first, role)
		d.Acme.People[first] = m
		return err
	})
	return d.Acme.People[first].PersonID
}

// crowd makes a group of n new approvers and lets them in.
func (d *desk) crowd(n int) (group rule.Approver, grants []access.Grant) {
	d.t.Helper()
	draft := workspace.GroupDraft{Name: "Crowd"}
	for i := range n {
		first := "p" + strconv.Itoa(i)
		draft.Members = append(draft.Members, d.join(first, first+"@acme.example", access.Approver))
		grants = append(grants, d.Grant(d.Acme, first, access.DecideRequest))
	}
	d.system(func(tx *db.Tx) error {
		g, err := workspace.CreateGroup(tx, draft)
		group = rule.Approver{Kind: rule.GroupKind, Ref: g.ID.String()}
		return err
	})
	return group, grants
}

// asks is a rule that asks n of these for every action of a kind.
func asks(name, action string, n int, who ...rule.Approver) rule.Body {
	return rule.Body{Name: name, Actions: []string{action}, Effect: rule.RequireApproval, DecideWithin: 3 * 24 * 60, ExecuteWithin: 30,
		Stages: []rule.Stage{{Mode: rule.Quorum, Min: n, Who: who}}}
}

func role(r access.Role) rule.Approver { return rule.Approver{Kind: rule.RoleKind, Ref: string(r)} }

// credit asks for a credit, which no rule of the desk is about.
func credit(amount int) approval.Ask {
	return approval.Ask{Type: "billing.credit", Workflow: "billing-desk",
		Params: json.RawMessage(`{"client_id":"20418","amount":"` + strconv.Itoa(amount) + `.00","currency":"EUR"}`)}
}

// acts are how often each thing about a request stands on the audit trail.
func (d *desk) acts(id uuid.UUID) map[string]int {
	d.t.Helper()
	var rows []struct {
		Act string
		N   int
	}
	d.system(func(tx *db.Tx) error {
		return tx.Gorm().Raw("select act, count(*) as n from audit_leaves where object_id = ? group by act", id.String()).Scan(&rows).Error
	})
	out := map[string]int{}
	for _, r := range rows {
		out[r.Act] = r.N
	}
	return out
}

// letters are the addresses that get a letter of this kind about a request.
func (d *desk) letters(id uuid.UUID, kind string) (to []string) {
	d.t.Helper()
	d.system(func(tx *db.Tx) error {
		all, err := delivery.About(tx, id)
		for _, m := range all {
			if m.Kind == kind {
				to = append(to, m.Email)
			}
		}
		return err
	})
	return to
}

// number asks the database for one.
func (d *desk) number(sql string, args ...any) (n int) {
	d.t.Helper()
	d.system(func(tx *db.Tx) error { return tx.Gorm().Raw(sql, args...).Scan(&n).Error })
	return n
}

func refusedAs(t *testing.T, err error, code fault.Code, words string) {
	t.Helper()
	f := fault.As(err)
	if f == nil || f.Code != code || !contains(f.Message, words) {
		t.Errorf("told %v, want %s with %q", err, code, words)
	}
}
