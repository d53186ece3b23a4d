package approval_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/modelstest"
)

// finds are the references that a person finds by a text.
func (d *desk) finds(p modelstest.Place, first, text string) (refs []string) {
	d.t.Helper()
	var rows []approval.Row
	d.As(d.Grant(p, first, access.SeeOverview), func(tx *db.Tx) error {
		return tx.Ask(func(q *db.Questions) { approval.AskFind(q, text, 3, &rows) })
	})
	for _, r := range rows {
		refs = append(refs, r.Reference())
	}
	return refs
}

// filed asks for a refund of a ticket.
func (d *desk) filed(client, ticket, amount string) approval.Request {
	d.t.Helper()
	a := refund(amount)
	a.Params = json.RawMessage(`{"client_id":"` + client + `","amount":"` + amount + `","currency":"EUR"}`)
	a.OnBehalfOf = catalog.Subject{Kind: "client", Ref: client, TicketRef: ticket}
	return d.submit(a)
}

func TestARequestIsFoundByNumberWordsTicketAndTarget(t *testing.T) {
	d := open(t)
	r := d.filed("20418", "HD-58213", "184.00")
	other := d.filed("30001", "HD-61000", "185.00")
	allowed := d.filed("20418", "HD-58213", "10.00")
	one, _, _ := strings.Cut(r.Words, "-")
	named := []string{r.Reference()}
	if strings.HasPrefix(other.Words, one) { // words are drawn
		named = []string{other.Reference(), r.Reference()}
	}
	for text, want := range map[string][]string{
		r.Reference():                          {r.Reference()},
		strings.ToLower(r.Reference()):         {r.Reference()},
		"ar " + strconv.FormatInt(r.Ref, 10):   {r.Reference()},
		"#" + strconv.FormatInt(other.Ref, 10): {other.Reference()},
		r.Words:                                {r.Reference()},
		strings.ToUpper(strings.Replace(r.Words, "-", " ", 1)): {r.Reference()},
		one:                             named,
		"HD-58213":                      {r.Reference()},
		"hd-582":                        {r.Reference()},
		"hd-":                           {other.Reference(), r.Reference()},
		"#HD-61000":                     {other.Reference()},
		"20418":                         {r.Reference()},
		allowed.Reference():             {allowed.Reference()}, // by its number alone
		"AR-999999":                     nil,
		"0418":                          nil, // not from the middle
		"58":                            nil, // too little
		"":                              nil,
		"%":                             nil,
		"___":                           nil,
		"AR-99999999999999999999999999": nil,
	} {
		if got := d.finds(d.Acme, "udo", text); !slices.Equal(got, want) {
			t.Errorf("%q finds %v, want %v", text, got, want)
		}
	}
}

func TestWhatIsNamedInFullStandsBeforeWhatOnlyBeginsSo(t *testing.T) {
	d := open(t)
	whole := d.filed("777", "1", "184.00")
	var longer []approval.Request
	for i := range 4 {
		longer = append(longer, d.filed("777"+strconv.Itoa(i), "1", "184.00"))
	}
	if got, want := d.finds(d.Acme, "udo", "777"), []string{whole.Reference(), longer[1].Reference(), longer[0].Reference()}; !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
}

func TestAnApproverFindsOnlyRequestsAddressedToThemAndAnotherWorkspaceNothing(t *testing.T) {
	d := open(t)
	d.join("cleo", "cleo@acme.example", access.Approver)
	r := d.filed("20418", "HD-58213", "184.00")
	allowed := d.filed("20419", "HD-58213", "10.00")
	for _, text := range []string{r.Reference(), r.Words, "HD-58213", "20418"} {
		if got := d.finds(d.Acme, "ann", text); !slices.Equal(got, []string{r.Reference()}) {
			t.Errorf("who is asked finds %v by %q", got, text)
		}
		if got := d.finds(d.Acme, "cleo", text); got != nil {
			t.Errorf("who is not asked finds %v by %q", got, text)
		}
		if got := d.finds(d.Globex, "greta", text); got != nil {
			t.Errorf("another workspace finds %v by %q", got, text)
		}
	}
	if got := d.finds(d.Acme, "ann", allowed.Reference()); got != nil {
		t.Errorf("an approver finds %v, which nobody was asked about", got)
	}
}

func TestFindingReadsIndexesAndNeverAllRequests(t *testing.T) {
	d := open(t)
	r := d.filed("20418", "HD-58213", "184.00")
	d.owner(`insert into action_requests (workspace_id, id, ref, state, type, type_version, params, canonical, digest, target, fingerprint, sentence, words, risk, proof,
			plan, rules_edition, reasons, ticket_ref, created_at)
		select workspace_id, gen_random_uuid(), ref + n, 'denied', type, type_version, params, canonical, digest, 'c' || n, fingerprint, sentence, 'word-' || n, risk, proof,
			plan, rules_edition, reasons, 'T-' || n, created_at from action_requests, generate_series(1, 20000) n where id = $1`, r.ID)
	d.owner("analyze action_requests")
	var plan []string
	d.As(d.Grant(d.Acme, "ann", access.SeeOverview), func(tx *db.Tx) error {
		return tx.Ask(func(q *db.Questions) {
			q.Ask(func(rows pgx.Rows) error {
				for rows.Next() {
					var line string
					if err := rows.Scan(&line); err != nil {
						return err
					}
					plan = append(plan, line)
				}
				return rows.Err()
			}, "explain (costs off) "+approval.FindQuery(8), access.Holders(access.SeeRequests), int64(7),
				[]string{"word-77"}, []string{"word-77~"}, []string{"T-77"}, []string{"T-77~"}, []string{"c77"}, []string{"c77~"})
		})
	})
	text := strings.Join(plan, "\n")
	for _, bound := range []string{"(words)::text >= p", "(ticket_ref)::text >= p", "(target)::text >= p"} {
		if !slices.ContainsFunc(plan, func(line string) bool { return strings.Contains(line, "Index Cond") && strings.Contains(line, bound) }) {
			t.Errorf("%s is no bound of an index:\n%s", bound, text)
		}
	}
	if strings.Contains(text, "Seq Scan on action_requests") {
		t.Errorf("all requests are read:\n%s", text)
	}
}

// owner runs a statement as the database's owner, past every wall.
func (d *desk) owner(sql string, args ...any) {
	d.t.Helper()
	conn, err := pgx.Connect(d.t.Context(), d.OwnerDSN)
	if err != nil {
		d.t.Fatal(err)
	}
	defer conn.Close(d.t.Context())
	if _, err := conn.Exec(d.t.Context(), sql, args...); err != nil {
		d.t.Fatal(err)
	}
}
