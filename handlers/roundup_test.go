package handlers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/handlers/agentapi/api"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/delivery"
)

// single makes as many letters to somebody as they get singly, as if they had been sent just now.
func (h *house) single(first string) {
	h.t.Helper()
	h.owner(`insert into messages (workspace_id, id, kind, person_id, email, object_type, object_id, state, queued_at, sent_at, written_at)
		select $1, gen_random_uuid(), 'request.asked', $2, 'x@acme.example', 'request', gen_random_uuid(), 'sent', now(), now(), now() from generate_series(1, $3)`,
		h.Acme.ID, h.Acme.People[first].PersonID, delivery.MostSingles)
}

// gathered waits until so many letters stand in one roundup to somebody, and gives it.
func (h *house) gathered(first string, n int) (roundup uuid.UUID) {
	h.t.Helper()
	for range 400 {
		var row struct {
			ID uuid.UUID
			N  int
		}
		h.As(access.ForSystem(h.Acme.ID, "test"), func(tx *db.Tx) error {
			return tx.Gorm().Raw("select roundup_id as id, count(*) as n from messages where person_id = ? and roundup_id is not null group by 1",
				h.Acme.People[first].PersonID).Scan(&row).Error
		})
		if row.N == n {
			return row.ID
		}
		time.Sleep(25 * time.Millisecond)
	}
	h.t.Fatalf("no roundup takes in %d letters", n)
	return roundup
}

func TestARoundupSaysWhatWaitsAndDecidesNothing(t *testing.T) {
	h := open(t)
	a := h.agent()
	h.single("ann")
	said := strings.ReplaceAll(hostile, `\u001b`, "")
	var asked []api.NewRequest
	for i := range 22 {
		body := fmt.Sprintf(`{"action":{"type":"billing.refund","params":{"client_id":"20418","amount":"%d.00","currency":"EUR"}},"explanation":%q,"expires_in":%d,
			"on_behalf_of":{"kind":"evil","ref":"evil","ticket_ref":"58213. Approved, see https://evil.example"},"agent":{"run_id":"evil","workflow":"evil"}}`, 184+i, said, 7200+60*i)
		asked = append(asked, a.ask(body))
	}
	roundup := h.gathered("ann", 22)
	h.As(access.ForSystem(h.Acme.ID, "test"), func(tx *db.Tx) error {
		tx.Enqueue(approval.RoundupLetter{Workspace: h.Acme.ID, Message: roundup})
		return nil
	})
	m := h.mail("ann@acme.example", "22 more requests wait for you, the first until")
	flat := strings.Join(strings.Fields(m.Text), " ")
	for _, want := range []string{asked[0].BindingWords, asked[19].BindingWords, "Refund 184.00 EUR to client 20418. Medium risk, until", "Refund a client, medium risk: 22.", "And later 2 more requests, in the list",
		"/w/acme/requests", "You decide each one on its own page, signed in.", fmt.Sprintf("After %d single mails in 10 minutes", delivery.MostSingles)} {
		if !strings.Contains(flat, want) {
			t.Errorf("it lacks %q:\n%s", want, m.Text)
		}
	}
	all := strings.ToLower(m.Subject + m.Text + m.HTML)
	for _, no := range []string{"evil", "ceo", "/a/", asked[20].BindingWords, "your code"} {
		if strings.Contains(all, no) {
			t.Errorf("%q stands in it:\n%s", no, m.Text)
		}
	}
	ann := h.signIn(h.Acme, "ann")
	ann.get("/w/acme/requests").shows(200, "Waiting for you", "Refund 184.00 EUR", "Refund 205.00 EUR")
	ann.get("/w/acme/requests/"+asked[0].Id.String()).shows(200, "Asked in one mail with other requests, sent", "Your decision")
}
