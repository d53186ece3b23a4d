package approval

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rulebook"
)

// circle is everything that decides who may vote on one request, read in its transaction.
type circle struct {
	people []rulebook.Colleague
	votes  []Vote
	owner  uuid.UUID // of the integration
	maker  uuid.UUID // of the agent's token
	barred map[uuid.UUID]string
	tally  rule.Tally
}

func (c circle) name(id uuid.UUID) string {
	i := slices.IndexFunc(c.people, func(p rulebook.Colleague) bool { return p.ID == id })
	if i < 0 {
		return "somebody who has left"
	}
	return c.people[i].Name
}

func (c circle) active(id uuid.UUID) bool {
	return slices.ContainsFunc(c.people, func(p rulebook.Colleague) bool { return p.ID == id && p.Active })
}

// madeBy names who made the agent's token, where they could decide if they had not; "" for nobody.
func (c circle) madeBy() string {
	for _, p := range c.people {
		if p.ID == c.maker && p.Active && p.Role.May(access.DecideRequest) {
			return p.Name
		}
	}
	return ""
}

// gather reads people, exclusions and votes of a request, in one round trip, and counts them.
func gather(tx *db.Tx, r *Request) (c circle, err error) {
	in := rule.Involved{At: tx.Now()}
	var owner, maker uuid.NullUUID
	err = tx.Ask(func(q *db.Questions) {
		rulebook.AskColleagues(q, &c.people)
		askVotes(q, r.ID, &c.votes)
		askRuleEdits(q, r, &in.RuleEdits)
		q.Ask(db.One(&owner, &maker), `select (select owner_id from integrations where workspace_id = app_ws() and id = $1),
			(select created_by from api_tokens where workspace_id = app_ws() and id = $2)`, r.IntegrationID, r.TokenID)
	})
	if err != nil {
		return c, fmt.Errorf("who may decide: %w", err)
	}
	c.owner, c.maker = owner.UUID, maker.UUID
	in.Requesters = r.requesters(c.people, maker.UUID)
	c.barred = r.Plan.V.Barred(in, rulebook.Persons(c.people))
	c.count(r)
	return c, nil
}

// count counts the votes in hand.
func (c *circle) count(r *Request) {
	c.tally = r.Plan.V.Tally(rulebook.Persons(c.people), c.barred, c.owner, counted(c.votes))
}

// requesters are all who stand behind a request: whoever made the agent's token, and the
// person it acts for when that is a member, by id or by address. Another account with the same
// mailbox, whatever comes after a "+", counts as the same person.
func (r *Request) requesters(people []rulebook.Colleague, maker uuid.UUID) (ids []uuid.UUID) {
	behind := map[string]bool{mailbox(r.BehalfRef): r.BehalfRef != ""}
	for _, p := range people {
		if p.ID == maker || strings.EqualFold(p.ID.String(), r.BehalfRef) {
			behind[mailbox(p.Email)] = true
		}
	}
	for _, p := range people {
		if behind[mailbox(p.Email)] {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

// mailbox is an address without what comes after a "+".
func mailbox(address string) string {
	name, host, ok := strings.Cut(strings.ToLower(address), "@")
	if !ok {
		return name
	}
	name, _, _ = strings.Cut(name, "+")
	return name + "@" + host
}

// askRuleEdits asks for the last edits of the rules that ask.
func askRuleEdits(q *db.Questions, r *Request, edits *[]rule.Edit) {
	var ids []uuid.UUID
	for _, x := range r.Plan.V.Exclude {
		ids = append(ids, x.Rule)
	}
	q.Ask(func(rows pgx.Rows) (err error) {
		*edits, err = pgx.CollectRows(rows, pgx.RowToStructByPos[rule.Edit])
		return err
	}, `select edited_by, rule_id, edited_at from rule_versions where workspace_id = app_ws() and rule_id = any($1)
		and edited_by is not null and state in ('live','superseded','retired') order by edited_at desc limit 200`, ids)
}
