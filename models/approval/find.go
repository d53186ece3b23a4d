package approval

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
)

// shortest is how much of its words, ticket or target names a request; its number needs no more.
const shortest = 3

// end is greater than every text that begins as a text before it does.
const end = "\U0010FFFF"

var number = regexp.MustCompile(`^(?:AR)?[ -]*#?([0-9]{1,18})$`)

// AskFind asks for the few requests that a text names: by number, or by the beginning of their
// words, ticket or target where people were asked about them. Who may not see all of them finds
// those addressed to them.
func AskFind(q *db.Questions, text string, limit int, rows *[]Row) {
	ref := int64(-1)
	if found := number.FindStringSubmatch(strings.ToUpper(text)); found != nil {
		ref, _ = strconv.ParseInt(found[1], 10, 64)
	}
	bare := strings.TrimPrefix(text, "#")
	words := beginnings(strings.Join(strings.Fields(strings.ToLower(text)), "-"))
	tickets := beginnings(text, bare, strings.ToUpper(bare), strings.ToLower(bare))
	targets := beginnings(text, strings.ToLower(text))
	q.Ask(func(answer pgx.Rows) (err error) {
		*rows, err = scanFound(answer)
		return err
	}, findQuery(limit), access.Holders(access.SeeRequests), ref, words, ends(words), tickets, ends(tickets), targets, ends(targets))
}

// beginnings are the texts that are long enough, each once.
func beginnings(texts ...string) []string {
	out := []string{}
	for _, t := range texts {
		if utf8.RuneCountInString(t) >= shortest && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

func ends(texts []string) []string {
	out := []string{}
	for _, t := range texts {
		out = append(out, t+end)
	}
	return out
}

// findQuery reads at most limit rows of each index, those that are named in full before the others.
func findQuery(limit int) string {
	most := " limit " + strconv.Itoa(limit)
	const mine = " from action_requests r where r.workspace_id = app_ws() and (" + readsAll + " or " + addressed + ")"
	by := func(column, longest, from string) string {
		return ` union all select f.id, f.part from unnest(` + from + `) p(low, high) cross join lateral (
			select r.id, (r.` + column + ` <> p.low)::int as part` + mine + ` and r.proof > 0` + longest + `
			and r.` + column + ` collate "C" >= p.low and r.` + column + ` collate "C" < p.high
			order by r.` + column + ` collate "C", r.ref desc` + most + `) f`
	}
	return `with hits(id, part) as (select r.id, 0` + mine + ` and r.ref = $2` +
		by("words", "", "$3::text[], $4::text[]") +
		by("ticket_ref", " and length(r.ticket_ref) between 1 and 200", "$5::text[], $6::text[]") +
		by("target", " and length(r.target) between 1 and 300", "$7::text[], $8::text[]") + `)
		select r.id, r.ref, r.state, r.sentence, r.words, r.ticket_ref, r.created_at, ` + forMeOf + `
		from (select id, min(part) as part from hits group by id) h join action_requests r on r.workspace_id = app_ws() and r.id = h.id
		order by h.part, r.ref desc` + most
}

func scanFound(answer pgx.Rows) (rows []Row, err error) {
	for answer.Next() {
		var r Row
		if err := answer.Scan(&r.ID, &r.Ref, &r.State, &r.Sentence, &r.Words, &r.TicketRef, &r.CreatedAt, &r.ForMe); err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	return rows, answer.Err()
}
