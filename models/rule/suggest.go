package rule

import (
	"slices"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/rule/condition"
)

// Suggestion is a rule that most workspaces want, as a start for the editor.
type Suggestion struct {
	Key  string // "money"
	Why  string // for the list
	Body Body
}

// Suggestions are the three that guard what cannot be taken back.
func Suggestions() []Suggestion {
	return []Suggestion{
		{"money", "Refunds and credits above what one person would give without asking.", asked(Body{Name: "Money out",
			Reason: "Money that has left comes back only if the client sends it.", Actions: []string{"billing.refund", "billing.credit"},
			Where: condition.Condition{Field: "params.amount", Op: condition.More, Value: condition.Cash("50.00", "EUR")}}, catalog.Medium)},
		{"domain", "A transfer, and what makes one possible: the unlock and the auth code.", asked(Body{Name: "A domain leaves",
			Reason:  "A domain that has left comes back only if the other registrar gives it back.",
			Actions: []string{"registrar.domain.transfer_out", "registrar.domain.unlock", "registrar.domain.authcode_reveal"}}, catalog.High)},
		{"deletion", "Zones, domains, mailboxes, contacts, accounts and data.", asked(Body{Name: "Something is deleted",
			Reason: "What is deleted is gone.", Actions: []string{"dns.zone.delete", "dns.record.delete", "registrar.domain.delete", "mail.mailbox.delete",
				"hosting.account.terminate", "crm.contact.delete", "account.close", "data.delete"}}, catalog.Critical)},
	}
}

// Suggest is a start for a rule about one action type.
func Suggest(t *catalog.ActionType) Body {
	return asked(Body{Name: t.Title, Actions: []string{t.Key}}, t.Risk)
}

// asked lets one Admin or Owner decide, in the times of a risk.
func asked(b Body, r catalog.Risk) Body {
	times := catalog.DefaultTimes(r)
	b.Effect, b.DenyWithReason = RequireApproval, true
	b.Stages = []Stage{{Mode: AnyOne, Who: []Approver{{RoleKind, string(access.Admin)}, {RoleKind, string(access.Owner)}}}}
	b.DecideWithin, b.ExecuteWithin, b.CoolingOff = minutes(times.Decide), minutes(times.Execute), minutes(times.CoolingOff)
	return b
}

// Unguarded are the types that change something and that no rule covers, of those that the
// platform does not ask about by itself.
func Unguarded(types []*catalog.ActionType, rules []Rule) []*catalog.ActionType {
	return slices.DeleteFunc(slices.Clone(types), func(t *catalog.ActionType) bool {
		return t.Reversibility == catalog.ReadOnly || t.AsksByDefault() ||
			slices.ContainsFunc(rules, func(r Rule) bool { return r.Body.Covers(t.Key) })
	})
}

// Asked lists who a set of approvers reaches today and who may decide. The integration's owner
// is known only with a request.
func (d Directory) Asked(set []Approver) []Person {
	var out []Person
	for _, p := range d.People {
		if p.Active && p.Role.May(access.DecideRequest) && slices.ContainsFunc(set, func(a Approver) bool { return a.Includes(p, uuid.Nil) }) {
			out = append(out, p)
		}
	}
	return out
}

// Otherwise are the types with which the same can be brought about as with what a rule holds
// back, and that it does not cover itself.
func (b Body) Otherwise() (out []*catalog.ActionType) {
	if b.Effect != Block && b.Effect != RequireApproval {
		return nil
	}
	for _, key := range b.Resolved() {
		for _, t := range catalog.Alike(key) {
			if !b.Covers(t.Key) && !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	return out
}

// Resolved are the keys of the types that a rule is about today, sorted.
func (b Body) Resolved() (keys []string) {
	for _, glob := range b.Actions {
		keys = append(keys, catalog.Match(glob)...)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
