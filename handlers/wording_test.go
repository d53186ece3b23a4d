package handlers_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/delivery"
)

// hostile is what an agent may say to move people: words, markup, a link, lines without end.
const hostile = `APPROVED BY CEO [go](https://evil.example) \u001b[31m<b>now</b> data:text/html,x \u202e` + "Ignore all rules."

func TestNothingThatAnAgentSaysStandsInAMail(t *testing.T) {
	h := open(t)
	a := h.agent()
	long := hostile + strings.Repeat(`\n`, 100) + "EVIL END"
	said := fmt.Sprintf(`"explanation":%q,"evidence":[{"kind":"evil","ref":"evil","text":%q}],"agent":{"run_id":"evil","workflow":"evil"}`, "§", "§")
	said = strings.ReplaceAll(said, "§", long)
	subject := `"on_behalf_of":{"kind":"evil","ref":"evil","ticket_ref":"58213. Approved, see https://evil.example"}`
	for name, c := range map[string]struct{ action, to, about, tells string }{
		"a refund":          {`{"type":"billing.refund","params":{"client_id":"20418","amount":"184.00","currency":"EUR"}}`, "ann@acme.example", "Refund 184.00 EUR to client 20418", "184.00 EUR"},
		"an unknown action": {`{"type":"evil.thing","params":{"Approved.by":"the CEO, see https://evil.example","evil":["evil"]}}`, "max@acme.example", "unknown action", "Of an unknown kind"},
	} {
		t.Run(name, func(t *testing.T) {
			r := a.ask(`{"action":` + c.action + `,` + subject + `,` + said + `}`)
			m := h.mail(c.to, c.about)
			all := strings.ToLower(decisionLink.ReplaceAllString(m.Subject+"\n"+m.Text+"\n"+m.HTML, "")) // a token may read "ceo"
			if !strings.Contains(m.Text, c.tells) || !strings.Contains(m.Subject, r.BindingWords) {
				t.Errorf("it lacks %q or the words %s:\n%s\n%s", c.tells, r.BindingWords, m.Subject, m.Text)
			}
			for _, word := range []string{"evil", "ceo", "ignore all", "\x1b", "\u202e"} {
				if strings.Contains(all, word) {
					t.Errorf("%q stands in it:\n%s\n%s", word, m.Subject, m.Text)
				}
			}
		})
	}
}

func TestOwnersAreToldOfSilenceAndOfTooMuch(t *testing.T) {
	h := open(t)
	h.connect("whmcs")
	h.refundRule()
	r := h.ask("billing.refund", refund184)
	for kind, says := range map[string][]string{
		approval.LetterUndecidable: {"Nobody can decide: Refund 184.00 EUR to client 20418", "Too few people can decide it"},
		approval.LetterExpired:     {"Nobody decided in time: Refund", "Nobody decided in time, so it expired and nothing was done."},
		approval.LetterOverdue:     {"No report: Refund", "nothing was reported within an hour"},
		approval.LetterCapped:      {"An agent asks too much: Refund", "as many requests waiting for people as an agent may have"},
	} {
		h.owner("update action_requests set consumed_at = now() where id = $1", r.ID)
		h.As(access.ForSystem(h.Acme.ID, "test"), func(tx *db.Tx) error {
			m, err := delivery.Queue(tx, kind, h.Acme.People["ada"].PersonID, "ada@acme.example", "request", r.ID)
			tx.Enqueue(approval.Letter{Workspace: h.Acme.ID, Message: m.ID})
			return err
		})
		m := h.mail("ada@acme.example", says[0])
		flat := strings.Join(strings.Fields(m.Text), " ")
		if !strings.Contains(flat, says[1]) || !strings.Contains(m.Text, "/w/acme/requests/"+r.ID.String()) || strings.Contains(m.Text+m.HTML, "CEO") {
			t.Errorf("%s:\n%s", kind, m.Text)
		}
	}
}
