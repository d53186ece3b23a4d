package approval

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	rule "github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/delivery"
)

// Filter chooses requests for a list. Before is the last reference of the page before, 0 for the newest.
type Filter struct {
	View   View
	Before int64
	Limit  int
}

// View is one of the lists that people look at.
type View string

const (
	OpenView    View = "open"    // waiting for somebody, or held
	DecidedView View = "decided" // approved or declined by people
	ExpiredView View = "expired" // ended without a decision
	FailedView  View = "failed"  // approved, and something went wrong afterwards
	AllView     View = "all"     // also what no person was asked about
)

var states = map[View]string{
	OpenView:    "('pending','held','cooling')",
	DecidedView: "('approved','denied','consumed','succeeded')",
	ExpiredView: "('expired','cancelled','lapsed','superseded','undecidable')",
	FailedView:  "('failed','partial','never_executed','unknown')",
}

// Row is one request in a list.
type Row struct {
	ID          uuid.UUID
	Ref         int64
	State       State
	Sentence    string
	Words       string
	TicketRef   string
	Rules       string // names of the rules that asked
	Risk        int
	Need        int // agreements of the stage that is open now
	Given       int
	Names       string // of those who agreed
	CreatedAt   time.Time
	ExpiresAt   *time.Time
	DecidedAt   *time.Time
	DecidedBy   string
	ExecuteBy   *time.Time
	OutcomeAt   *time.Time
	Integration string
	ForMe       bool // it waits for the reader
}

// Reference is how people name a request.
func (r Row) Reference() string { return fmt.Sprintf("AR-%d", r.Ref) }

// List is one page of requests, newest first, and whether there are older ones. Who may not
// see all of them sees those addressed to them.
func List(tx *db.Tx, f Filter) (rows []Row, more bool, err error) {
	if f.Limit == 0 {
		f.Limit = 50
	}
	args := map[string]any{"ws": tx.Workspace(), "me": tx.Actor().ID, "before": f.Before, "limit": f.Limit + 1}
	where := "r.workspace_id = @ws"
	if in, ok := states[f.View]; ok {
		where += " and r.state in " + in
	}
	if f.View == DecidedView {
		where += " and r.proof > 0" // people were asked
	}
	if f.Before > 0 {
		where += " and r.ref < @before"
	}
	if !seesAll(tx) {
		where += " and exists (select 1 from request_approvers a where a.workspace_id = r.workspace_id and a.request_id = r.id and a.person_id = @me)"
	}
	err = tx.Gorm().Raw(rowColumns+" where "+where+" order by r.ref desc limit @limit", args).Scan(&rows).Error
	if err != nil {
		return nil, false, fmt.Errorf("list requests: %w", err)
	}
	if len(rows) > f.Limit {
		rows, more = rows[:f.Limit], true
	}
	return rows, more, nil
}

const rowColumns = `select r.id, r.ref, r.state, r.sentence, r.words, r.ticket_ref, r.risk, r.created_at, r.expires_at, r.decided_at,
	r.decided_by, r.execute_by, r.outcome_at, coalesce(i.name, '') as integration,
	coalesce((select string_agg(distinct x->>'name', ', ') from jsonb_array_elements(r.reasons) x), '') as rules,
	coalesce((select sum(coalesce((s->>'min')::int, 0) + coalesce((select sum((g->>'min')::int) from jsonb_array_elements(s->'groups') g), 0))
		from jsonb_array_elements(case jsonb_typeof(r.plan->'stages') when 'array' then r.plan->'stages' else '[]' end) s), 0) as need,
	(select count(*) from votes v where v.workspace_id = r.workspace_id and v.request_id = r.id and v.decision = 'approve' and v.withdrawn_at is null) as given,
	coalesce((select string_agg(p.name, ', ' order by v.at) from votes v join people p on p.id = v.person_id
		where v.workspace_id = r.workspace_id and v.request_id = r.id and v.decision = 'approve' and v.withdrawn_at is null), '') as names,
	r.state = 'pending' and exists (select 1 from request_approvers a where a.workspace_id = r.workspace_id and a.request_id = r.id and a.person_id = @me)
		and not exists (select 1 from votes v where v.workspace_id = r.workspace_id and v.request_id = r.id and v.person_id = @me and v.withdrawn_at is null) as for_me
	from action_requests r left join integrations i on i.workspace_id = r.workspace_id and i.id = r.integration_id`

// ForMe are the open requests that wait for the reader, the nearest deadline first.
func ForMe(tx *db.Tx, limit int) ([]Row, error) {
	var rows []Row
	err := tx.Gorm().Raw(rowColumns+` join request_approvers mine on mine.workspace_id = r.workspace_id and mine.request_id = r.id and mine.person_id = @me
		where r.workspace_id = @ws and r.state = 'pending' and not exists (select 1 from votes v where v.workspace_id = r.workspace_id
		and v.request_id = r.id and v.person_id = @me and v.withdrawn_at is null) order by r.expires_at, r.ref limit @limit`,
		map[string]any{"ws": tx.Workspace(), "me": tx.Actor().ID, "limit": limit}).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("requests that wait for me: %w", err)
	}
	return rows, nil
}

// Counts are the figures beside the lists.
type Counts struct {
	ForMe, Open, Decided, Expired, Failed int
}

// Count counts for the reader; decided, expired and failed ones over the last 30 days.
func Count(tx *db.Tx) (c Counts, err error) {
	visible := "true"
	if !seesAll(tx) {
		visible = "a.person_id is not null"
	}
	err = tx.Gorm().Raw(`select
		count(*) filter (where r.state = 'pending' and a.person_id is not null and v.id is null) as for_me,
		count(*) filter (where r.state in `+states[OpenView]+`) as open,
		count(*) filter (where r.state in `+states[DecidedView]+` and r.proof > 0 and r.created_at > @since) as decided,
		count(*) filter (where r.state in `+states[ExpiredView]+` and r.created_at > @since) as expired,
		count(*) filter (where r.state in `+states[FailedView]+` and r.created_at > @since) as failed
		from action_requests r
		left join request_approvers a on a.workspace_id = r.workspace_id and a.request_id = r.id and a.person_id = @me
		left join votes v on v.workspace_id = r.workspace_id and v.request_id = r.id and v.person_id = @me and v.withdrawn_at is null
		where r.workspace_id = @ws and (r.state in ('pending','held','cooling') or r.created_at > @since and r.state <> 'allowed') and `+visible,
		map[string]any{"ws": tx.Workspace(), "me": tx.Actor().ID, "since": tx.Now().AddDate(0, 0, -30)}).Scan(&c).Error
	if err != nil {
		return c, fmt.Errorf("count requests: %w", err)
	}
	return c, nil
}

func seesAll(tx *db.Tx) bool {
	a := tx.Actor()
	return a.Kind != access.Person || a.Role.May(access.SeeRequests)
}

// Detail is one request with all that its page tells.
type Detail struct {
	Request     Request
	Integration string
	Agent       string // name of the token that asked
	Votes       []NamedVote
	Tally       rule.Tally
	Names       map[uuid.UUID]string
	Messages    []delivery.Message
	Directory   rule.Directory
	Refusal     error // why the reader cannot vote now, nil if they can
	Asked       bool  // the reader was asked
}

// NamedVote is a vote with its person's name.
type NamedVote struct {
	Vote
	Name string
}

// Show reads one request. Who may see only those addressed to them finds no other.
func Show(tx *db.Tx, id uuid.UUID) (d Detail, err error) {
	if d.Request, err = Find(tx, id); err != nil {
		return d, err
	}
	var row struct {
		Asked              bool
		Agent, Integration string
	}
	err = tx.Gorm().Raw(`select exists (select 1 from request_approvers where workspace_id = @ws and request_id = @id and person_id = @me) as asked,
		coalesce((select name from api_tokens where workspace_id = @ws and id = @token), '') as agent,
		coalesce((select name from integrations where workspace_id = @ws and id = @integration), '') as integration`,
		map[string]any{"ws": tx.Workspace(), "id": id, "me": tx.Actor().ID, "token": d.Request.TokenID, "integration": d.Request.IntegrationID}).Scan(&row).Error
	if err != nil {
		return d, fmt.Errorf("show request: %w", err)
	}
	if !row.Asked && !seesAll(tx) {
		return Detail{}, fault.Missing()
	}
	d.Asked, d.Agent, d.Integration = row.Asked, row.Agent, row.Integration
	return d, d.fill(tx)
}

func (d *Detail) fill(tx *db.Tx) error {
	c, err := gather(tx, &d.Request)
	if err != nil {
		return err
	}
	d.Tally, d.Names = c.tally, map[uuid.UUID]string{}
	for _, p := range c.people {
		d.Names[p.ID] = p.Name
	}
	for _, v := range c.votes {
		d.Votes = append(d.Votes, NamedVote{v, c.name(v.PersonID)})
	}
	if d.Refusal = d.Request.refusesVote(tx.Now(), rule.Approve); d.Refusal == nil {
		d.Refusal = c.tally.Check(tx.Actor().ID)
	}
	if d.Messages, err = delivery.About(tx, d.Request.ID); err != nil {
		return err
	}
	d.Directory, err = Directory(tx)
	return err
}
