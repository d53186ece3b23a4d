package rule_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/catalog"
	. "github.com/jexi/portal/models/rule"
	. "github.com/jexi/portal/models/rule/condition"
)

// id is a fixed id for a number.
func id(n int) uuid.UUID { return uuid.MustParse(fmt.Sprintf("00000000-0000-4000-8000-%012d", n)) }

func role(r access.Role) Approver { return Approver{Kind: RoleKind, Ref: string(r)} }
func group(name string) Approver  { return Approver{Kind: GroupKind, Ref: name} }
func person(n int) Approver       { return Approver{Kind: PersonKind, Ref: id(n).String()} }

// quorum is one stage that asks n of these.
func quorum(n int, who ...Approver) Stage { return Stage{Mode: Quorum, Min: n, Who: who} }

// The people of the tests: Olga owns, Adam and Alma are admins, Ben, Bea and Bob are the
// Billing approvers, Priya is privacy officer, Audrey audits.
const (
	olga = iota + 1
	adam
	alma
	ben
	bea
	bob
	priya
	audrey
)

func people() []Person {
	return []Person{
		{ID: id(olga), Name: "Olga", Role: access.Owner, Active: true},
		{ID: id(adam), Name: "Adam", Role: access.Admin, Active: true},
		{ID: id(alma), Name: "Alma", Role: access.Admin, Active: true},
		{ID: id(ben), Name: "Ben", Role: access.Approver, Groups: []string{"billing"}, Active: true},
		{ID: id(bea), Name: "Bea", Role: access.Approver, Groups: []string{"billing", "leads"}, Active: true},
		{ID: id(bob), Name: "Bob", Role: access.Approver, Groups: []string{"billing"}, Active: true},
		{ID: id(priya), Name: "Priya", Role: access.PrivacyOfficer, Active: true},
		{ID: id(audrey), Name: "Audrey", Role: access.Auditor, Groups: []string{"billing"}, Active: true},
	}
}

func directory() Directory {
	return Directory{
		People:       people(),
		Groups:       map[string]string{"billing": "Billing approvers", "leads": "Support leads", "empty": "Nobody yet"},
		Integrations: Names{"int-1": "WHMCS main", "int-2": "Stripe"},
	}
}

// asking is a valid rule that asks one Billing approver about refunds.
func asking(change ...func(b *Body)) Body {
	b := Body{
		Name: "Refunds", Actions: []string{"billing.refund"}, Effect: RequireApproval,
		Stages: []Stage{quorum(1, group("billing"))}, DecideWithin: 240, ExecuteWithin: 60,
	}
	for _, c := range change {
		c(&b)
	}
	return b
}

func over(amount, currency string) Condition {
	return Condition{Field: "params.amount", Op: More, Value: Cash(amount, currency)}
}

func live(n int, b Body) Rule { return Rule{ID: id(1000 + n), Version: 1, Body: b} }

func book(bodies ...Body) *Book { return bookWith(Defaults{}, bodies...) }

func bookWith(d Defaults, bodies ...Body) *Book {
	var rules []Rule
	for i, b := range bodies {
		rules = append(rules, live(i, b))
	}
	return Compile(catalog.Types(), rules, d)
}

// act are the facts of one action. Parameters that the catalog refuses are left out, as
// they are when a request is held.
func act(key, raw string) *Facts {
	f := &Facts{Action: key, Workflow: "helper", Integration: "int-1", Kind: "whmcs",
		At: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), Calendar: OfficeHours(time.UTC)}
	if t, ok := catalog.Find(key); ok {
		f.Params, _ = catalog.ParseParams(t, []byte(raw))
		f.Target = TargetOf(t, f.Params)
	}
	return f
}

func refund(amount, currency string) *Facts {
	return act("billing.refund", fmt.Sprintf(`{"client_id":"20418","amount":%q,"currency":%q}`, amount, currency))
}

func actionType(t testing.TB, key string) *catalog.ActionType {
	t.Helper()
	a, ok := catalog.Find(key)
	if !ok {
		t.Fatalf("the catalog has no %s", key)
	}
	return a
}

func ids(ns ...int) []uuid.UUID {
	var out []uuid.UUID
	for _, n := range ns {
		out = append(out, id(n))
	}
	return out
}

func sameIDs(a, b []uuid.UUID) bool {
	order := func(x, y uuid.UUID) int { return slices.Compare(x[:], y[:]) }
	return slices.Equal(slices.SortedFunc(slices.Values(a), order), slices.SortedFunc(slices.Values(b), order))
}
