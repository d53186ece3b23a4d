package audit

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
)

// Filter chooses entries. Whoever may not read the whole trail sees their own, whatever it says.
type Filter struct {
	Contains string      // in the body or the act
	Acts     []string    // one of these; nil for any
	Kind     access.Kind // of the actor, "" for any
	Actor    uuid.UUID   // uuid.Nil for anybody
	Object   string      // its id
	From, To time.Time   // To is not included; zero for no bound
	Before   int64       // only entries older than this one; 0 begins with the newest
	After    int64       // only entries from this one on; 0 for no bound
}

// All tells that the filter leaves nothing out.
func (f Filter) All() bool {
	return f.Contains == "" && f.Acts == nil && f.Kind == "" && f.Actor == uuid.Nil && f.Object == "" && f.From.IsZero() && f.To.IsZero()
}

// searched tells that no index leads to what is asked, so that entries are looked at one by one.
func (f Filter) searched() bool { return f.Contains != "" || f.Kind != "" }

// window is how many entries one search looks at: a page of it stays quick in a trail of any length.
const window = 10_000

// Page is a part of the list, newest first. Newer and Older are the After and Before of the
// pages beside it, 0 at the ends. A search may give few rows and still have an older page.
type Page struct {
	Rows         []Row
	Newer, Older int64
}

// List reads a page of at most limit entries.
func List(tx *db.Tx, f Filter, limit int) (Page, error) {
	epoch, tree, err := readHead(tx)
	if err != nil {
		return Page{}, err
	}
	if f.After > 0 {
		p, err := newer(tx, f, epoch, tree.Size(), limit)
		if err != nil || p.Newer > 0 {
			return p, err
		}
	}
	end := tree.Size()
	if f.Before > 0 {
		end = min(end, f.Before)
	}
	return older(tx, f, epoch, end, limit, end < tree.Size())
}

func older(tx *db.Tx, f Filter, epoch int, end int64, limit int, above bool) (p Page, err error) {
	begin := int64(0)
	if f.searched() {
		begin = max(0, end-window)
	}
	found, err := f.span(tx, epoch, begin, end, "desc", limit+1)
	if err != nil {
		return p, err
	}
	if len(found) > limit {
		p.Older = found[limit-1].Index
		found = found[:limit]
	} else {
		p.Older = begin
	}
	if above {
		p.Newer = end
	}
	return p.with(found), nil
}

// newer is the page next to older entries; without Newer it has reached the newest.
func newer(tx *db.Tx, f Filter, epoch int, size int64, limit int) (p Page, err error) {
	end := size
	if f.searched() {
		end = min(size, f.After+window)
	}
	found, err := f.span(tx, epoch, f.After, end, "asc", limit+1)
	if err != nil {
		return p, err
	}
	if len(found) > limit {
		p.Newer = found[limit].Index
		found = found[:limit]
	} else if end < size {
		p.Newer = end
	}
	p.Older = f.After
	slices.Reverse(found)
	return p.with(found), nil
}

func (p Page) with(found []record) Page {
	for _, r := range found {
		p.Rows = append(p.Rows, r.row())
	}
	return p
}

// Most is the largest count that Count gives: more are "over 10,000".
const Most = 10_000

// Count counts what the filter leaves, up to Most+1. A search is not counted: ok is false.
func Count(tx *db.Tx, f Filter) (n int, ok bool, err error) {
	if f.searched() {
		return 0, false, nil
	}
	epoch, tree, err := readHead(tx)
	if err != nil {
		return 0, false, err
	}
	if f.All() && seesAll(tx) {
		return int(tree.Size()), true, nil
	}
	begin, end, err := f.narrow(tx, epoch, 0, tree.Size())
	if err != nil {
		return 0, false, err
	}
	w := f.where(tx, epoch, begin, end)
	err = each(tx, fmt.Sprintf("select count(*) from (select 1 from audit_leaves l where %s limit %d) as found", w.text(), Most+1), w.args,
		func(r pgx.Rows) error { return r.Scan(&n) })
	if err != nil {
		return 0, false, fmt.Errorf("audit: count: %w", err)
	}
	return n, true, nil
}

// Day is how many entries a day (UTC) has.
type Day struct {
	Day time.Time
	N   int
}

// Days counts the entries of each day from since on, also of those that have none.
func Days(tx *db.Tx, since time.Time, days int) ([]Day, error) {
	since = since.UTC().Truncate(24 * time.Hour)
	out := make([]Day, days)
	for i := range out {
		out[i].Day = since.AddDate(0, 0, i)
	}
	if seesAll(tx) {
		return out, allDays(tx, out)
	}
	return out, ownDays(tx, out)
}

// allDays takes the place of each day's first entry from the next one's: a day is as many entries
// as lie between. Those of one moment at midnight may fall on either side.
func allDays(tx *db.Tx, days []Day) error {
	epoch, tree, err := readHead(tx)
	if err != nil {
		return err
	}
	end := tree.Size()
	err = each(tx, `select d, f.epoch, f.idx from generate_series($3::int, 0, -1) as d, lateral (select l.epoch, l.idx from audit_leaves l
		where l.workspace_id = $1 and l.at >= $2::timestamptz + d * interval '1 day' order by l.at limit 1) f`,
		[]any{tx.Workspace(), days[0].Day, len(days) - 1}, func(r pgx.Rows) error {
			var day, part int
			var first int64
			if err := r.Scan(&day, &part, &first); err != nil {
				return err
			}
			if part != epoch { // before a restore: this tree had not begun
				first = 0
			}
			if first < end {
				days[day].N, end = int(end-first), first
			}
			return nil
		})
	if err != nil {
		return fmt.Errorf("audit: entries by day: %w", err)
	}
	return nil
}

func ownDays(tx *db.Tx, days []Day) error {
	err := each(tx, `select floor(extract(epoch from at - $3::timestamptz) / 86400)::int as day, count(*) from audit_leaves
		where workspace_id = $1 and actor_ref = $2 and at >= $3 group by 1`, []any{tx.Workspace(), tx.Actor().ID, days[0].Day}, func(r pgx.Rows) error {
		var day, n int
		if err := r.Scan(&day, &n); err != nil {
			return err
		}
		if day < len(days) {
			days[day].N = n
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("audit: own entries by day: %w", err)
	}
	return nil
}

// seesAll tells who reads the whole trail. Everybody else sees what they did themselves.
func seesAll(tx *db.Tx) bool {
	a := tx.Actor()
	switch a.Kind {
	case access.System:
		return true
	case access.Token:
		return slices.Contains(a.Scopes, access.ReadAuditAPI)
	}
	return a.Role.May(access.ReadAudit)
}

// disorder is how many entries may stand before others that began earlier: transactions end in
// another order than they begin.
const disorder = 10_000

// narrow finds a period's place among the indexes, so that an old one is found as quickly as a new one.
func (f Filter) narrow(tx *db.Tx, epoch int, begin, end int64) (int64, int64, error) {
	if !f.From.IsZero() {
		first, ok, err := firstFrom(tx, epoch, f.From)
		if err != nil || !ok {
			return end, end, err
		}
		begin = max(begin, first-disorder)
	}
	if !f.To.IsZero() {
		first, ok, err := firstFrom(tx, epoch, f.To)
		if err != nil {
			return end, end, err
		}
		if ok {
			end = min(end, first+disorder)
		}
	}
	return begin, end, nil
}

// firstFrom is the entry that began first at this moment or later. One of before a restore stands
// for the beginning of the present tree.
func firstFrom(tx *db.Tx, epoch int, at time.Time) (idx int64, ok bool, err error) {
	err = each(tx, "select case epoch when $3 then idx else 0 end from audit_leaves where workspace_id = $1 and at >= $2 order by at limit 1",
		[]any{tx.Workspace(), at, epoch}, func(r pgx.Rows) error {
			ok = true
			return r.Scan(&idx)
		})
	if err != nil {
		return 0, false, fmt.Errorf("audit: place of a day: %w", err)
	}
	return idx, ok, nil
}

// where is a condition with numbered arguments.
type where struct {
	conds []string
	args  []any
}

func (w *where) and(cond string, args ...any) {
	for _, a := range args {
		w.args = append(w.args, a)
		cond = strings.Replace(cond, "?", fmt.Sprintf("$%d", len(w.args)), 1)
	}
	w.conds = append(w.conds, cond)
}

func (w *where) text() string { return strings.Join(w.conds, " and ") }

func (f Filter) where(tx *db.Tx, epoch int, begin, end int64) *where {
	w := &where{}
	w.and("l.workspace_id = ? and l.epoch = ? and l.idx >= ? and l.idx < ?", tx.Workspace(), epoch, begin, end)
	if !seesAll(tx) {
		w.and("l.actor_ref = ?", tx.Actor().ID)
	}
	if f.Actor != uuid.Nil {
		w.and("l.actor_ref = ?", f.Actor)
	}
	if f.Acts != nil {
		w.and("l.act = any(?)", f.Acts)
	}
	if f.Object != "" {
		w.and("l.object_id = ?", strings.ToValidUTF8(strings.ReplaceAll(f.Object, "\x00", ""), ""))
	}
	if !f.From.IsZero() {
		w.and("l.at >= ?", f.From)
	}
	if !f.To.IsZero() {
		w.and("l.at < ?", f.To)
	}
	if f.Kind != "" {
		w.and("position(?::bytea in b.body) > 0", []byte(`"actor_kind":`+encoded(string(f.Kind))))
	}
	if f.Contains != "" {
		words := strings.Trim(encoded(f.Contains), `"`)
		words = "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(words) + "%"
		w.and("(convert_from(b.body, 'UTF8') ilike ? or l.act ilike ?)", words, words)
	}
	return w
}

// encoded writes a text as a body has it. What it gives holds no NUL, which Postgres refuses.
func encoded(s string) string {
	raw, err := json.Marshal(s)
	if err != nil {
		return `""` // a string always has a form
	}
	canonical, err := quoteLargeNumbers(raw)
	if err != nil {
		return `""`
	}
	return strings.TrimSpace(string(canonical))
}

// refused is the answer for an entry of somebody else's, which is known to be there.
func refused() error {
	var names []string
	for _, r := range access.Holders(access.ReadAudit) {
		names = append(names, r.Label()+"s")
	}
	last := len(names) - 1
	return fault.New(fault.Forbidden, "Your role sees its own entries of the audit trail. %s and %s see all.", strings.Join(names[:last], ", "), names[last])
}
