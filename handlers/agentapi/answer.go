package agentapi

import (
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/handlers/agentapi/api"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rule/condition"
)

// request is a request as machines see it.
func request(r approval.Request) api.Request {
	decision, outcome := r.Decision()
	return api.Request{Id: r.ID, Reference: r.Reference(), Version: r.Version, Decision: api.Decision(decision), Outcome: orNull(outcome),
		Digest: r.Digest, BindingWords: r.Words, Summary: r.Sentence, CreatedAt: r.CreatedAt.UTC(), ExpiresAt: utc(deadline(r)),
		DecidedAt: utc(r.DecidedAt), ConsumedAt: utc(r.ConsumedAt), Reasons: reasons(r.Reasons.V), Note: orNull(r.ClosedReason)}
}

func newRequest(r approval.Request, joined bool) api.NewRequest {
	q := request(r)
	out := api.NewRequest{Id: q.Id, Reference: q.Reference, Version: q.Version, Decision: q.Decision, Outcome: q.Outcome, Digest: q.Digest,
		BindingWords: q.BindingWords, Summary: q.Summary, CreatedAt: q.CreatedAt, ExpiresAt: q.ExpiresAt, DecidedAt: q.DecidedAt,
		ConsumedAt: q.ConsumedAt, Reasons: q.Reasons, Note: q.Note}
	if joined {
		out.DedupOf = &r.ID
	}
	return out
}

// deadline is until when something can still happen.
func deadline(r approval.Request) *time.Time {
	switch r.State {
	case approval.Pending:
		return r.ExpiresAt
	case approval.Cooling:
		return r.CoolingUntil
	case approval.Allowed, approval.Approved:
		return r.ExecuteBy
	}
	return nil
}

func reasons(all []rule.Reason) []api.Reason {
	out := make([]api.Reason, len(all))
	for i, r := range all {
		out[i] = api.Reason{Name: r.Name, Text: r.Text}
		if r.Rule != uuid.Nil {
			out[i].Rule, out[i].Version = &all[i].Rule, &all[i].Version
		}
	}
	return out
}

func evaluation(p approval.Preview) api.Evaluation {
	decision, _ := approval.Request{State: p.State}.Decision()
	out := api.Evaluation{Decision: api.Decision(decision), Digest: p.Digest, Summary: p.Sentence, Reasons: reasons(p.Trace.Reasons),
		Rules: []api.RuleTrace{}, DedupOf: p.Twin, Note: orNull(p.ClosedReason)}
	for _, t := range p.Trace.Rules {
		out.Rules = append(out.Rules, api.RuleTrace{Rule: t.Rule, Version: t.Version, Name: t.Name, Effect: api.RuleTraceEffect(t.Effect),
			Matched: t.Applies, Truth: api.RuleTraceTruth(t.Truth.String()), Text: t.Text, Clauses: clauses(t.Clauses)})
	}
	return out
}

func clauses(all []condition.Clause) []api.Clause {
	var out []api.Clause
	for _, c := range all {
		out = append(out, api.Clause{Join: api.ClauseJoin(c.Join), Clauses: clauses(c.Kids), Field: c.Field, Actual: c.Actual,
			Wanted: c.Wanted, Text: c.Text, Truth: api.ClauseTruth(c.Truth.String())})
	}
	return out
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}
