package demo

import (
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rule/condition"
	"github.com/jexi/portal/models/rulebook"
)

// line is a rule as one writes it down.
type line struct {
	name    string
	why     string
	actions []string
	where   condition.Condition
	effect  rule.Effect
	ask     string // group or role, "" where nobody is asked
	people  int
	also    string // a second stage
	decide  rule.Minutes
	cool    rule.Minutes // in which an approval can still be called back
}

func is(field string, op condition.Op, text string) condition.Condition {
	return condition.Condition{Field: field, Op: op, Value: condition.Text(text)}
}

func bare(field string, op condition.Op, text string) condition.Condition {
	return condition.Condition{Field: field, Op: op, Value: condition.Bare(text)}
}

func over(field, amount, currency string) condition.Condition {
	return condition.Condition{Field: field, Op: condition.More, Value: condition.Cash(amount, currency)}
}

const hour rule.Minutes = 60

// book is what a careful workspace writes.
func (p Place) book() []line {
	if p.Slug == "tidewater" {
		return []line{
			{name: "A domain leaves us", why: "A transfer cannot be called back.", actions: []string{"registrar.domain.transfer_out", "registrar.domain.unlock", "registrar.domain.authcode_reveal"}, ask: "Transfer desk", people: 1, decide: 24 * hour},
			{name: "Registrant changes", why: "They start a lock of 60 days.", actions: []string{"registrar.domain.registrant_change"}, ask: "Transfer desk", people: 1, decide: 24 * hour},
			{name: "Refunds over 25 EUR", actions: []string{"billing.refund"}, where: over("params.amount", "25.00", "EUR"), ask: "admin", people: 1, decide: 8 * hour},
			{name: "No deletions by night", actions: []string{"registrar.domain.delete", "dns.zone.delete"}, where: bare("time.business", condition.Is, "false"), effect: rule.Block},
		}
	}
	return []line{
		{name: "Refunds over 50 EUR", why: "Money that has left is hard to get back.", actions: []string{"billing.refund"}, where: over("params.amount", "50.00", "EUR"), ask: "Billing approvers", people: 2, decide: 4 * hour},
		{name: "Refunds in another currency", actions: []string{"billing.refund", "billing.credit"}, where: is("params.currency", condition.IsNot, "EUR"), ask: "Billing approvers", people: 1, decide: 8 * hour},
		{name: "A client refunded again and again", why: "Three in a month is a pattern.", actions: []string{"billing.refund"}, where: bare("window.count.subject.30d", condition.AtLeast, "3"), ask: "admin", people: 1, decide: 24 * hour},
		{name: "Credits over 100 EUR", actions: []string{"billing.credit"}, where: over("params.amount", "100.00", "EUR"), ask: "Billing approvers", people: 1, decide: 8 * hour},
		{name: "A domain leaves us", why: "A transfer cannot be called back.", actions: []string{"registrar.domain.transfer_out", "registrar.domain.unlock", "registrar.domain.authcode_reveal"}, ask: "Domain desk", people: 1, decide: 24 * hour},
		{name: "Nameserver changes", actions: []string{"registrar.domain.nameservers_change"}, ask: "Domain desk", people: 1, decide: 4 * hour},
		{name: "Mail and name records", why: "A wrong MX or NS record stops a client’s mail or site.", actions: []string{"dns.record.change", "dns.record.delete"}, where: condition.Condition{Field: "params.record_type", Op: condition.In, Value: condition.OneOf("MX", "NS", "SOA", "DS")}, ask: "Domain desk", people: 1, decide: 4 * hour},
		{name: "Zones and domains are deleted", actions: []string{"dns.zone.delete", "registrar.domain.delete"}, ask: "Domain desk", people: 1, also: "admin", decide: 24 * hour, cool: 10},
		{name: "Hosting accounts end", actions: []string{"hosting.account.terminate", "account.close"}, ask: "admin", people: 2, decide: 24 * hour},
		{name: "Suspensions outside business hours", why: "Nobody answers the client then.", actions: []string{"hosting.account.suspend"}, where: bare("time.business", condition.Is, "false"), ask: "approver", people: 1, decide: 12 * hour},
		{name: "Mail forwarded to somebody else", why: "The usual trick of who took over an account.", actions: []string{"mail.mailbox.forward_add"}, ask: "admin", people: 1, decide: 8 * hour},
		{name: "The agent is not sure", actions: []string{"*"}, where: is("confidence", condition.Less, "0.6"), ask: "approver", people: 1, decide: 8 * hour},
	}
}

// publish makes every line a live rule: one admin writes and submits it, another publishes it.
func (h *history) publish(groups map[string]uuid.UUID) error {
	writer, other := h.cast(access.Admin), h.cast(access.Owner)
	for _, l := range h.place.book() {
		var v rulebook.Version
		err := h.in(h.grant(writer, access.WriteRules), func(tx *db.Tx) (err error) {
			if v, err = rulebook.CreateRule(tx, l.body(groups)); err == nil {
				v, err = rulebook.SubmitRule(tx, v.RuleID, v.Edit, "")
			}
			return err
		})
		if err == nil {
			err = h.in(h.grant(other, access.WriteRules), func(tx *db.Tx) error {
				_, err := rulebook.PublishRule(tx, v.RuleID, v.Edit)
				return err
			})
		}
		if err != nil {
			return fmt.Errorf("rule %s: %w", l.name, err)
		}
	}
	return nil
}

// cast finds the first of the people with a role.
func (h *history) cast(role access.Role) access.Actor {
	i := slices.IndexFunc(h.people, func(a access.Actor) bool { return a.Role == role })
	return h.people[i]
}

func (l line) body(groups map[string]uuid.UUID) rule.Body {
	b := rule.Body{Name: l.name, Reason: l.why, Actions: l.actions, Where: l.where, Effect: l.effect}
	if l.effect != "" {
		return b
	}
	b.Effect, b.DecideWithin, b.ExecuteWithin, b.DenyWithReason = rule.RequireApproval, l.decide, 30, true
	b.CoolingOff = l.cool
	for i, who := range []string{l.ask, l.also} {
		if who != "" {
			b.Stages = append(b.Stages, rule.Stage{Mode: rule.Quorum, Min: max(1, l.people*(1-i)), Who: approvers(who, groups)})
		}
	}
	return b
}

func approvers(who string, groups map[string]uuid.UUID) []rule.Approver {
	if id, ok := groups[who]; ok {
		return []rule.Approver{{Kind: rule.GroupKind, Ref: id.String()}}
	}
	out := []rule.Approver{{Kind: rule.RoleKind, Ref: who}}
	if who == string(access.Admin) {
		out = append(out, rule.Approver{Kind: rule.RoleKind, Ref: string(access.Owner)})
	}
	return out
}
