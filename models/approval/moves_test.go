package approval_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
)

// moves are all the ways from one state to another that somebody's act can take, but for those of a pause
// and of a deadline that has come.
var moves = map[approval.State]map[string]approval.State{
	approval.Pending:  {"approve": approval.Pending, "decline": approval.Denied, "cancel": approval.Cancelled},
	approval.Held:     {"cancel": approval.Cancelled},
	approval.Cooling:  {"decline": approval.Denied, "cancel": approval.Cancelled},
	approval.Approved: {"consume": approval.Consumed, "cancel": approval.Cancelled},
	approval.Allowed:  {"consume": approval.Consumed, "cancel": approval.Cancelled},
	approval.Consumed: {"report": approval.Succeeded},
	approval.Unknown:  {"report": approval.Succeeded},
}

var states = []approval.State{approval.Allowed, approval.Blocked, approval.Held, approval.Pending, approval.Cooling, approval.Approved, approval.Denied, approval.Expired,
	approval.Cancelled, approval.Superseded, approval.Undecidable, approval.Lapsed, approval.Consumed, approval.Succeeded, approval.Failed, approval.Partial,
	approval.NeverExecuted, approval.Unknown}

// deeds are what people, agents and jobs do to a request.
func (d *desk) deeds(a approval.Ask) map[string]func(uuid.UUID) error {
	agent := func(p access.Permission, fn func(*db.Tx, uuid.UUID) error) func(uuid.UUID) error {
		return func(id uuid.UUID) error {
			return d.Try(d.AgentGrant(d.Acme, p), func(tx *db.Tx) error { return fn(tx, id) })
		}
	}
	return map[string]func(uuid.UUID) error{
		"approve": func(id uuid.UUID) error { _, err := d.vote("ann", id, rule.Approve); return err },
		"decline": func(id uuid.UUID) error { _, err := d.vote("ann", id, rule.Deny); return err },
		"take back": func(id uuid.UUID) error {
			return d.Try(d.Grant(d.Acme, "ann", access.DecideRequest), func(tx *db.Tx) error { _, err := approval.TakeBack(tx, id, "a slip"); return err })
		},
		"cancel":  agent(access.RequestActions, func(tx *db.Tx, id uuid.UUID) error { _, err := approval.Cancel(tx, id, "no need"); return err }),
		"consume": agent(access.ConsumeActions, func(tx *db.Tx, id uuid.UUID) error { _, _, err := d.room.Consume(tx, id, a); return err }),
		"report": agent(access.ReportActions, func(tx *db.Tx, id uuid.UUID) error {
			_, err := approval.Report(tx, id, approval.Outcome{Status: approval.Succeeded})
			return err
		}),
		"due": func(id uuid.UUID) error {
			return d.Try(access.ForSystem(d.Acme.ID, "deadlines"), func(tx *db.Tx) error { _, err := d.room.Pass(tx, id); return err })
		},
	}
}

// put brings a request that waits into a state, as if it had come there a moment ago.
func (d *desk) put(id uuid.UUID, s approval.State) {
	d.t.Helper()
	d.system(func(tx *db.Tx) error {
		return tx.Gorm().Exec(`update action_requests set state = @s,
			decided_at = case when @s not in ('pending', 'held', 'cooling') then now() end,
			cooling_until = case when @s = 'cooling' then now() + interval '1 hour' end,
			execute_by = case when @s in ('approved', 'allowed') then now() + interval '1 hour' end,
			consumed_at = case when @s in ('consumed', 'succeeded', 'failed', 'partial', 'never_executed', 'unknown') then now() end,
			outcome_at = case when @s in ('succeeded', 'failed', 'partial', 'never_executed') then now() end
			where id = @id`, map[string]any{"s": string(s), "id": id}).Error
	})
}

// row is all that is stored of a request and its votes.
func (d *desk) row(id uuid.UUID) (text string) {
	d.t.Helper()
	d.system(func(tx *db.Tx) error {
		return tx.Gorm().Raw("select r::text || (select count(*) from votes v where v.request_id = r.id) from action_requests r where id = ?", id).Scan(&text).Error
	})
	return text
}

// Every state meets every act: it takes the listed way, or nothing at all is changed.
func TestARequestMovesOnlyAsListed(t *testing.T) {
	t.Parallel()
	d := open(t)
	n := 100
	for _, s := range states {
		for name := range d.deeds(approval.Ask{}) {
			n++
			a := refund(fmt.Sprintf("%d.00", n))
			r := d.submit(a)
			d.put(r.ID, s)
			before := d.row(r.ID)
			err := d.deeds(a)[name](r.ID)
			to, listed := moves[s][name]
			switch got := d.find(r.ID).State; {
			case listed && (err != nil || got != to):
				t.Errorf("%s, %s: it is %s (%v), want %s", s, name, got, err, to)
			case !listed && d.row(r.ID) != before:
				t.Errorf("%s, %s: it was changed to %s (%v)", s, name, got, err)
			case !listed && err == nil && name != "due" && !(s == approval.Cancelled && name == "cancel") && !(s == approval.Succeeded && name == "report"):
				t.Errorf("%s, %s: nobody is told that it cannot be", s, name)
			}
		}
	}
}
