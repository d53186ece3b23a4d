package approval

import (
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/delivery"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rulebook"
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

// listed is what a view shows. Each has an index with the same words.
var listed = map[View]string{
	OpenView:    "state in ('pending','held','cooling')",
	DecidedView: "state in ('approved','denied','consumed','succeeded') and proof > 0", // people were asked
	ExpiredView: "state in ('expired','cancelled','lapsed','superseded','undecidable')",
	FailedView:  "state in ('failed','partial','never_executed','unknown')",
}

// Row is one request in a list.
type Row struct {
	ID           uuid.UUID
	Ref          int64
	State        State
	Sentence     string
	Words        string
	TicketRef    string
	Rules        string // names of the rules that asked
	Risk         int
	Need         int // agreements of the stage that is open now
	Given        int
	Names        string // of those who agreed
	CreatedAt    time.Time
	ExpiresAt    *time.Time
	CoolingUntil *time.Time // of an open one: until then it can be called back
	DecidedAt    *time.Time
	DecidedBy    string
	ExecuteBy    *time.Time
	OutcomeAt    *time.Time
	Integration  string
	ForMe        bool // it waits for the reader
}

// Reference is how people name a request.
func (r Row) Reference() string { return "AR-" + strconv.FormatInt(r.Ref, 10) }

// AskList asks for one page of requests, newest first, and whether there are older ones. Who may
// not see all of them sees those addressed to them. A row tells what its list shows: how far the
// people are only where the view is of open ones.
func AskList(q *db.Questions, f Filter, rows *[]Row, more *bool) {
	if f.Limit == 0 {
		f.Limit = 50
	}
	columns, where, args := pastColumns, "r.workspace_id = app_ws()", []any{access.Holders(access.SeeRequests)}
	if f.View == OpenView {
		columns = openColumns
	}
	if in, ok := listed[f.View]; ok {
		where += " and r." + in
	}
	if f.Before > 0 {
		where += " and r.ref < $2"
		args = append(args, f.Before)
	}
	page := func(whose string) string {
		return fmt.Sprintf("(%s where %s and %s order by r.ref desc limit %d)", columns, where, whose, f.Limit+1)
	}
	q.Ask(func(answer pgx.Rows) (err error) {
		*rows, err = scanRows(answer, f.View == OpenView)
		if *more = len(*rows) > f.Limit; *more {
			*rows = (*rows)[:f.Limit]
		}
		return err
	}, page(readsAll)+" union all "+page("not "+readsAll+" and "+addressed), args...)
}

// readsAll tells in SQL what seesAll does; $1 are the roles that may.
const readsAll = "(app_person() is null or app_role() = any($1))"

const addressed = `exists (select 1 from request_approvers a
	where a.workspace_id = r.workspace_id and a.request_id = r.id and a.person_id = app_person())`

const pastColumns = `select r.id, r.ref, r.state, r.sentence, r.words, r.ticket_ref, r.rule_names, r.created_at, r.decided_at, r.decided_by
	from action_requests r`

const openColumns = `select r.id, r.ref, r.state, r.sentence, r.words, r.ticket_ref, r.rule_names, r.created_at, r.decided_at, r.decided_by,
	r.expires_at, r.cooling_until, coalesce(i.name, ''), ` + needOf + `, ` + givenOf + `, ` + namesOf + `, ` + forMeOf + `
	from action_requests r left join integrations i on i.workspace_id = r.workspace_id and i.id = r.integration_id`

func scanRows(answer pgx.Rows, open bool) (rows []Row, err error) {
	for answer.Next() {
		rows = append(rows, Row{})
		r := &rows[len(rows)-1]
		into := append(make([]any, 0, 16), &r.ID, &r.Ref, &r.State, &r.Sentence, &r.Words, &r.TicketRef, &r.Rules, &r.CreatedAt, &r.DecidedAt, &r.DecidedBy)
		if open {
			into = append(into, &r.ExpiresAt, &r.CoolingUntil, &r.Integration, &r.Need, &r.Given, &r.Names, &r.ForMe)
		}
		if err := answer.Scan(into...); err != nil {
			return nil, err
		}
	}
	return rows, answer.Err()
}

const (
	needOf = `coalesce((select sum(coalesce((s->>'min')::int, 0) + coalesce((select sum((g->>'min')::int) from jsonb_array_elements(s->'groups') g), 0))
		from jsonb_array_elements(case jsonb_typeof(r.plan->'stages') when 'array' then r.plan->'stages' else '[]' end) s), 0)`
	givenOf = `(select count(*) from votes v where v.workspace_id = r.workspace_id and v.request_id = r.id and v.decision = 'approve' and v.withdrawn_at is null)`
	namesOf = `coalesce((select string_agg(p.name, ', ' order by v.at) from votes v join people p on p.id = v.person_id
		where v.workspace_id = r.workspace_id and v.request_id = r.id and v.decision = 'approve' and v.withdrawn_at is null), '')`
	forMeOf = `r.state = 'pending' and ` + addressed + `
		and not exists (select 1 from votes v where v.workspace_id = r.workspace_id and v.request_id = r.id and v.person_id = app_person() and v.withdrawn_at is null)`
)

const rowColumns = `select r.id, r.ref, r.state, r.sentence, r.words, r.ticket_ref, r.risk, r.created_at, r.expires_at, r.decided_at,
	r.decided_by, r.execute_by, r.outcome_at, coalesce(i.name, '') as integration,
	r.rule_names as rules, ` + needOf + ` as need, ` + givenOf + ` as given, ` + namesOf + ` as names, ` + forMeOf + ` as for_me
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

func seesAll(tx *db.Tx) bool {
	a := tx.Actor()
	return a.Kind != access.Person || a.Role.May(access.SeeRequests)
}

// Detail is one request with all that its page tells.
type Detail struct {
	Request     Request
	Integration string
	Agent       string     // name of the token that asked
	Paused      *time.Time // since when it is
	MadeBy      string     // who made that token, and so cannot decide; "" where nobody is left out by it
	Votes       []NamedVote
	Tally       rule.Tally
	Names       map[uuid.UUID]string
	Messages    []delivery.Message
	Directory   rule.Directory
	Refusal     error // why the reader cannot vote now, nil if they can
	Asked       bool  // the reader was asked
	MayTakeBack bool  // the reader approved, and it is not decided
	NeedsProof  bool  // to approve it, the reader shows a passkey or TOTP just before
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
		PausedAt           *time.Time
	}
	err = tx.Gorm().Raw(`select exists (select 1 from request_approvers where workspace_id = @ws and request_id = @id and person_id = @me) as asked,
		coalesce((select name from api_tokens where workspace_id = @ws and id = @token), '') as agent,
		(select paused_at from api_tokens where workspace_id = @ws and id = @token and revoked_at is null) as paused_at,
		coalesce((select name from integrations where workspace_id = @ws and id = @integration), '') as integration`,
		map[string]any{"ws": tx.Workspace(), "id": id, "me": tx.Actor().ID, "token": d.Request.TokenID, "integration": d.Request.IntegrationID}).Scan(&row).Error
	if err != nil {
		return d, fmt.Errorf("show request: %w", err)
	}
	if !row.Asked && !seesAll(tx) {
		return Detail{}, fault.Missing()
	}
	d.Asked, d.Agent, d.Paused, d.Integration = row.Asked, row.Agent, row.PausedAt, row.Integration
	return d, d.fill(tx)
}

func (d *Detail) fill(tx *db.Tx) error {
	c, err := gather(tx, &d.Request)
	if err != nil {
		return err
	}
	d.MadeBy, d.Tally, d.Names = c.madeBy(), c.tally, map[uuid.UUID]string{}
	for _, p := range c.people {
		d.Names[p.ID] = p.Name
	}
	for _, v := range c.votes {
		d.Votes = append(d.Votes, NamedVote{v, c.name(v.PersonID)})
	}
	if d.Refusal = d.Request.refusesVote(tx.Now(), rule.Approve); d.Refusal == nil {
		d.Refusal = c.tally.Check(tx.Actor().ID)
	}
	if d.NeedsProof, err = d.Request.needsProof(tx); err != nil {
		return err
	}
	d.MayTakeBack = d.Request.refusesTakeBack(tx.Now()) == nil && len(c.agreed(tx.Actor().ID)) > 0
	if d.Messages, err = delivery.About(tx, d.Request.ID); err != nil {
		return err
	}
	d.Directory, err = rulebook.Directory(tx)
	return err
}
