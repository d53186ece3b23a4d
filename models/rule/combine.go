package rule

import (
	"cmp"
	"slices"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/rule/condition"
)

// Combine adds two plans up: the result is never weaker than either, and neither order
// nor repetition changes it.
func Combine(a, b Plan) Plan {
	return Plan{
		Stages:         uniteStages(a.Stages, b.Stages),
		People:         higher(a.People, b.People),
		Distinct:       either(a.Distinct, b.Distinct),
		DecideWithin:   shorter(a.DecideWithin, b.DecideWithin),
		ExecuteWithin:  shorter(a.ExecuteWithin, b.ExecuteWithin),
		CoolingOff:     higher(a.CoolingOff, b.CoolingOff),
		Proof:          higher(a.Proof, b.Proof),
		DenyWithReason: either(a.DenyWithReason, b.DenyWithReason),
		Exclude:        unite(a.Exclude, b.Exclude, func(x, y PlanExclude) int { return x.Origin.compare(y.Origin) }),
		Reasons:        unite(a.Reasons, b.Reasons, func(x, y Reason) int { return x.Origin.compare(y.Origin) }),
	}
}

// unite joins two sorted sets; what compares equal stands once.
func unite[T any](a, b []T, compare func(x, y T) int) []T {
	out := slices.Concat(a, b)
	slices.SortStableFunc(out, compare)
	return slices.CompactFunc(out, func(x, y T) bool { return compare(x, y) == 0 })
}

func origins(a, b []Origin) []Origin { return unite(a, b, Origin.compare) }

// prefer takes the demand that wins, or both origins where they demand the same.
func prefer[T comparable](a, b Sourced[T], aWins bool) Sourced[T] {
	switch {
	case a.Value == b.Value:
		return Sourced[T]{a.Value, origins(a.From, b.From)}
	case aWins:
		return a
	}
	return b
}

func higher[T cmp.Ordered](a, b Sourced[T]) Sourced[T] { return prefer(a, b, a.Value > b.Value) }

// shorter: zero is no demand.
func shorter(a, b Sourced[Minutes]) Sourced[Minutes] {
	return prefer(a, b, b.Value == 0 || a.Value != 0 && a.Value < b.Value)
}

func either(a, b Sourced[bool]) Sourced[bool] { return prefer(a, b, a.Value) }

// uniteStages keeps every stage of both. A stage of one and a stage of the other that ask
// the same people are one stage; two such stages of one rule stay two.
func uniteStages(a, b []PlanStage) []PlanStage {
	out := slices.Clone(a)
	taken := make([]bool, len(a))
	for _, s := range b {
		i := slices.IndexFunc(a, func(have PlanStage) bool { return have.sameSet(s) })
		for i >= 0 && i < len(a) && (taken[i] || !a[i].sameSet(s)) {
			i++
		}
		if i < 0 || i == len(a) {
			out = append(out, s)
			continue
		}
		taken[i] = true
		out[i] = out[i].merge(s)
	}
	slices.SortStableFunc(out, PlanStage.compare)
	return out
}

// sameSet: the same people are asked. Who falls back for them may differ.
func (s PlanStage) sameSet(t PlanStage) bool {
	return slices.Equal(s.Who, t.Who) && slices.EqualFunc(s.Groups, t.Groups, func(x, y Share) bool { return x.Who == y.Who })
}

// merge keeps the higher demand and only the fallback that both allow.
func (s PlanStage) merge(t PlanStage) PlanStage {
	out := PlanStage{Stage: s.Stage, Place: min(s.Place, t.Place), From: origins(s.From, t.From)}
	out.Name = max(s.Name, t.Name)
	out.Min = max(s.Min, t.Min)
	if t.Mode == Everyone {
		out.Mode = Everyone
	}
	out.Groups = slices.Clone(s.Groups)
	for i := range out.Groups {
		out.Groups[i].Min = max(s.Groups[i].Min, t.Groups[i].Min)
	}
	out.Fallback = nil
	for _, f := range s.Fallback {
		if slices.Contains(t.Fallback, f) {
			out.Fallback = append(out.Fallback, f)
		}
	}
	return out
}

// compare orders stages by place, and within one place in a way that no order of rules changes.
func (s PlanStage) compare(t PlanStage) int {
	return cmp.Or(
		cmp.Compare(s.Place, t.Place),
		slices.CompareFunc(s.Who, t.Who, Approver.compare),
		slices.CompareFunc(s.Groups, t.Groups, func(x, y Share) int { return x.Who.compare(y.Who) }),
		cmp.Compare(t.Min, s.Min),
	)
}

// Decision is what all live rules together make of one action.
type Decision struct {
	Effect  Effect     `json:"effect"`
	Plan    *Plan      `json:"plan,omitzero"`   // of require_approval
	Notify  []Approver `json:"notify,omitzero"` // of allow_with_notice
	Reasons []Reason   `json:"reasons"`
}

// Defaults is what a workspace asks for where no rule matches. It can raise the
// platform's, never lower it. The zero value is the platform's.
type Defaults struct {
	AskFrom catalog.Risk  `json:"ask_from,omitzero"` // high, or lower to ask for more
	People  int           `json:"people,omitzero"`
	Proof   catalog.Proof `json:"proof,omitzero"`
	Who     []Approver    `json:"who,omitzero"` // Admins and Owners
}

var platform = Origin{Name: "Platform"}

func (b *Book) decide(p *page, slots []condition.Slot, hits []hit) Decision {
	d := Decision{Effect: Allow, Reasons: []Reason{}}
	for _, h := range hits {
		if h.rule.Body.Effect.above(d.Effect) {
			d.Effect = h.rule.Body.Effect
		}
	}
	text, ask := b.defaults.asks(p.Action(), d.Effect)
	if ask && d.Effect != Block {
		d.Effect = RequireApproval
	}
	hits = slices.DeleteFunc(hits, func(h hit) bool { return h.rule.Body.Effect != d.Effect })
	for _, h := range hits {
		d.Reasons = append(d.Reasons, Reason{originOf(h.rule), h.because(p, slots)})
		d.Notify = append(d.Notify, h.rule.Body.Notify...)
	}
	d.Notify = distinct(d.Notify)
	if d.Effect == RequireApproval {
		b.ask(&d, p.Action(), hits, text)
	}
	return d
}

// ask puts the plan together. text says why the platform asks besides the rules, "" if it
// does not.
func (b *Book) ask(d *Decision, t *catalog.ActionType, hits []hit, text string) {
	var plan Plan
	for i, h := range hits {
		if own := planOf(h.rule); i == 0 {
			plan = own
		} else {
			plan = Combine(plan, own)
		}
	}
	if text == "" && len(plan.Stages) == 0 {
		text = "The rules name nobody who could decide."
	}
	if text != "" {
		plan = Combine(plan, b.defaults.plan(t))
		d.Reasons = append(d.Reasons, Reason{platform, text})
	}
	plan.Reasons = d.Reasons
	plan.raise(t)
	d.Plan = &plan
}

func (e Effect) above(f Effect) bool { return e.rank() > f.rank() }

func (e Effect) rank() int {
	return slices.Index([]Effect{Allow, AllowWithNotice, RequireApproval, Block}, e)
}

// asks tells whether the platform itself asks, and why, given what the rules came to.
func (d Defaults) asks(t *catalog.ActionType, rules Effect) (string, bool) {
	from := catalog.High
	if d.AskFrom >= catalog.Low && d.AskFrom < from {
		from = d.AskFrom
	}
	switch {
	case t == nil:
		return "This kind of action is not known, so a person must look at it.", true
	case rules == RequireApproval || rules == Block:
		return "", false
	case t.Risk >= catalog.Critical:
		return "The risk is critical, so this always needs two people.", true
	case t.Floor.Ask:
		return "This kind of action always needs a person.", true
	case rules == AllowWithNotice:
		return "", false
	case t.Risk >= from || t.Risk < catalog.Low:
		return "No rule covers this, and its risk is " + [...]string{"unknown", "low", "medium", "high"}[max(0, t.Risk)] + ".", true
	case t.Reversibility == catalog.Irreversible:
		return "No rule covers this, and it cannot be taken back.", true
	case t.AsksByDefault():
		return "No rule covers this, and it is regulated.", true
	}
	return "", false
}

// plan is the one stage that the platform asks for by itself.
func (d Defaults) plan(t *catalog.ActionType) Plan {
	who := d.Who
	if len(who) == 0 {
		who = []Approver{{RoleKind, string(access.Admin)}, {RoleKind, string(access.Owner)}}
	}
	stage := Stage{Mode: Quorum, Min: max(1, d.People), Who: who}
	times := timesFor(t)
	return Plan{
		Stages:        []PlanStage{{stage.tidy(), 0, []Origin{platform}}},
		Distinct:      demand(true, platform),
		DecideWithin:  demand(minutes(times.Decide), platform),
		ExecuteWithin: demand(minutes(times.Execute), platform),
		CoolingOff:    demand(minutes(times.CoolingOff), platform),
		Proof:         demand(d.Proof, platform),
	}
}

// Floor is the least proof and the fewest people an action type's approval takes,
// whatever rules say. An unknown type takes a fresh passkey or TOTP.
func Floor(t *catalog.ActionType) (catalog.Proof, int) {
	if t == nil {
		return catalog.StepUp, 1
	}
	times := catalog.DefaultTimes(t.Risk)
	return max(times.Proof, t.Floor.Proof), max(times.People, t.Floor.People)
}

// timesFor are the risk's own times; an unknown type counts as high.
func timesFor(t *catalog.ActionType) catalog.Times {
	if t == nil {
		return catalog.DefaultTimes(catalog.High)
	}
	return catalog.DefaultTimes(t.Risk)
}

// raise puts the floor under a plan. Too few people: the last stage that can asks for more.
func (p *Plan) raise(t *catalog.ActionType) {
	proof, people := Floor(t)
	p.Proof = higher(p.Proof, demand(proof, platform))
	p.People = higher(p.People, demand(people, platform))
	if p.DecideWithin.Value == 0 {
		p.DecideWithin = demand(minutes(timesFor(t).Decide), platform)
	}
	if p.ExecuteWithin.Value == 0 {
		p.ExecuteWithin = demand(minutes(timesFor(t).Execute), platform)
	}
	if people > 1 && !p.Distinct.Value {
		p.Distinct = demand(true, platform)
	}
	short := people
	for i := range p.Stages {
		short -= p.Stages[i].atLeast()
	}
	if short <= 0 || len(p.Stages) == 0 {
		return
	}
	last := &p.Stages[len(p.Stages)-1]
	last.From = origins(last.From, []Origin{platform})
	if len(last.Groups) > 0 {
		last.Groups = slices.Clone(last.Groups)
		last.Groups[0].Min += short
		return
	}
	last.Min += short
}
