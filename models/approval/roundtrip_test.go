package approval_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/jexi/portal/internal/pgcut"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
)

// counted runs fn on one warm connection and gives its round trips to the database.
func (d *desk) counted(what string, most int, fn func(gate *db.DB, i int) error) {
	d.t.Helper()
	wire := pgcut.New(d.t, d.AppDSN)
	gate, err := db.Open(context.Background(), wire.DSN(), db.Options{Connections: 1})
	if err != nil {
		d.t.Fatal(err)
	}
	defer gate.Close()
	n, least := 0, 1000
	for i := range 4 { // statements are prepared the first time, and a slow machine may send a batch in two pieces
		n = 0
		wire.Decide(func(sent string) pgcut.Fate {
			// A slow machine pings a connection that was idle for a second, and rings for jobs that came a tenth of a second apart.
			if !strings.Contains(sent, "-- ping") && !strings.Contains(sent, "PGNotifyMany") {
				n++
			}
			return pgcut.Pass
		})
		if err := fn(gate, i); err != nil {
			d.t.Fatal(err)
		}
		least = min(least, n)
	}
	d.t.Logf("%s: %d round trips", what, least)
	if least > most {
		d.t.Errorf("%s takes %d round trips, at most %d", what, least, most)
	}
}

func TestAnAskTakesFewRoundTrips(t *testing.T) {
	d := open(t)
	agent := d.AgentGrant(d.Acme, access.RequestActions)
	submit := func(amount string) func(*db.DB, int) error {
		return func(gate *db.DB, i int) error {
			key := fmt.Sprint(amount, i)
			_, _, err := gate.Once(context.Background(), agent, db.Operation{ID: key, Hash: sha256.Sum256([]byte(key))}, func(tx *db.Tx) ([]byte, error) {
				_, _, err := d.room.Submit(tx, refund(fmt.Sprintf(amount, i)))
				return nil, err
			})
			return err
		}
	}
	d.counted("an allowed ask", 4, submit("10.0%d"))
	d.counted("an ask that two people decide", 8, submit("184.0%d"))
	d.counted("a vote", 9, func(gate *db.DB, i int) error {
		r := d.submit(refund(fmt.Sprintf("200.0%d", i)))
		return gate.In(context.Background(), d.Grant(d.Acme, "ann", access.DecideRequest), func(tx *db.Tx) error {
			_, err := d.room.Decide(tx, approval.Ballot{Request: r.ID, Choice: rule.Approve}, false)
			return err
		})
	})
	d.counted("a consume", 7, func(gate *db.DB, i int) error {
		a := refund(fmt.Sprintf("20.0%d", i))
		r := d.submit(a)
		return gate.In(context.Background(), d.AgentGrant(d.Acme, access.ConsumeActions), func(tx *db.Tx) error {
			_, _, err := d.room.Consume(tx, r.ID, a)
			return err
		})
	})
}
