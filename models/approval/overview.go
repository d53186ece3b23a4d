package approval

import (
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
)

// Month is what agents asked over the last 30 days.
type Month struct {
	Days    []DayCount // oldest first, every day, days of the workspace's UTC
	Total   int
	Asked   int // a person was asked
	Denied  int
	Median  time.Duration // from asking to the last decision
	Slowest time.Duration
	Slow    string // what the slowest was about
}

// DayCount is one day.
type DayCount struct {
	Day   time.Time
	Asked int
	Free  int
}

// Days of the overview's chart.
const monthDays = 30

// LastMonth counts for the overview.
func LastMonth(tx *db.Tx) (m Month, err error) {
	since := tx.Now().Truncate(24*time.Hour).AddDate(0, 0, 1-monthDays)
	var rows []DayCount
	err = tx.Gorm().Raw(`select date_trunc('day', created_at) as day, count(*) filter (where proof > 0) as asked, count(*) filter (where proof = 0) as free
		from action_requests where workspace_id = ? and created_at >= ? group by 1 order by 1`, tx.Workspace(), since).Scan(&rows).Error
	if err != nil {
		return m, fmt.Errorf("requests by day: %w", err)
	}
	for i := range monthDays {
		d := DayCount{Day: since.AddDate(0, 0, i)}
		for _, r := range rows {
			if r.Day.Equal(d.Day) {
				d = r
			}
		}
		m.Days, m.Asked, m.Total = append(m.Days, d), m.Asked+d.Asked, m.Total+d.Asked+d.Free
	}
	return m, m.decisions(tx, since)
}

func (m *Month) decisions(tx *db.Tx, since time.Time) error {
	var row struct {
		Denied          int
		Median, Slowest float64
		Slow            string
	}
	err := tx.Gorm().Raw(`with d as (select state, sentence, extract(epoch from decided_at - created_at) as took from action_requests
			where workspace_id = ? and created_at >= ? and decided_at is not null and decided_by <> '' and state <> 'cancelled')
		select count(*) filter (where state = 'denied') as denied, coalesce(percentile_cont(0.5) within group (order by took), 0) as median,
			coalesce(max(took), 0) as slowest, coalesce((select sentence from d order by took desc limit 1), '') as slow from d`,
		tx.Workspace(), since).Scan(&row).Error
	if err != nil {
		return fmt.Errorf("decisions of the month: %w", err)
	}
	seconds := func(f float64) time.Duration { return time.Duration(f) * time.Second }
	m.Denied, m.Median, m.Slowest, m.Slow = row.Denied, seconds(row.Median), seconds(row.Slowest), row.Slow
	return nil
}

// Recent are the last decided requests that the reader may see.
func Recent(tx *db.Tx, n int) ([]Row, error) {
	var rows []Row
	where := ""
	if !seesAll(tx) {
		where = " and exists (select 1 from request_approvers a where a.workspace_id = r.workspace_id and a.request_id = r.id and a.person_id = @me)"
	}
	err := tx.Gorm().Raw(rowColumns+" where r.workspace_id = @ws and r.decided_at is not null"+where+" order by r.decided_at desc limit @n",
		map[string]any{"ws": tx.Workspace(), "me": tx.Actor().ID, "n": n}).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("recent decisions: %w", err)
	}
	return rows, nil
}

// Ahead is something with a date that this workspace should know of.
type Ahead struct {
	Title string
	At    time.Time
	Kind  string // request, token, integration
	ID    uuid.UUID
}

// DatesAhead are deadlines of the coming days: requests for the reader, tokens that end and
// keys to be replaced, for whoever may see those.
func DatesAhead(tx *db.Tx, days int) ([]Ahead, error) {
	var out []Ahead
	err := tx.Gorm().Raw(`select 'Decide: ' || r.sentence as title, r.expires_at as at, 'request' as kind, r.id from action_requests r
			join request_approvers a on a.workspace_id = r.workspace_id and a.request_id = r.id and a.person_id = @me
			where r.workspace_id = @ws and r.state = 'pending'
		union all select 'Token ' || name || ' ends', expires_at, 'token', id from api_tokens
			where workspace_id = @ws and revoked_at is null and expires_at between @now and @until and @all
		union all select 'Replace the key of ' || name, expires_on::timestamptz, 'integration', id from integrations
			where workspace_id = @ws and state <> 'disconnected' and expires_on between @now and @until and @all
		order by at limit 60`, map[string]any{"ws": tx.Workspace(), "me": tx.Actor().ID, "now": tx.Now(),
		"until": tx.Now().AddDate(0, 0, days), "all": seesAll(tx)}).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("dates ahead: %w", err)
	}
	return out, nil
}

// Counts are what the menu counts.
type Counts struct {
	ForMe   int // open requests that wait for the reader
	Open    int // open requests that the reader may see; the past is not counted, it has no end
	Rules   int // live
	Systems int // connected
}

// AskCounts asks for the menu's figures.
func AskCounts(q *db.Questions, tell func(Counts)) {
	var c Counts
	read := db.One(&c.ForMe, &c.Open, &c.Rules, &c.Systems)
	q.Ask(func(rows pgx.Rows) error {
		c = Counts{}
		if err := read(rows); err != nil {
			return err
		}
		tell(c)
		return nil
	}, `select count(*) filter (where asked and state = 'pending' and not exists (select 1 from votes v
			where v.workspace_id = app_ws() and v.request_id = r.id and v.person_id = app_person() and v.withdrawn_at is null)),
		count(*) filter (where asked or `+readsAll+`),
		(select count(*) from rule_versions where workspace_id = app_ws() and state = 'live'),
		(select count(*) from integrations where workspace_id = app_ws() and state <> 'disconnected')
		from (select r.id, r.state, `+addressed+` as asked from action_requests r where r.workspace_id = app_ws() and r.`+listed[OpenView]+`) r`,
		access.Holders(access.SeeRequests))
}
