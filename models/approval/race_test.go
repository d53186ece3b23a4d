package approval_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/modelstest"
	"github.com/jexi/portal/models/rule"
)

func contains(text, words string) bool { return strings.Contains(text, words) }

// atOnce runs all of these as nearly at the same time as can be.
func atOnce(fns ...func() error) []error {
	errs := make([]error, len(fns))
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i, fn := range fns {
		wg.Go(func() { <-start; errs[i] = fn() })
	}
	close(start)
	wg.Wait()
	return errs
}

// patient tries again where too many wait for a connection, which changes nothing.
func patient(fn func() error) func() error {
	return func() (err error) {
		for err = fn(); fault.Is(err, fault.Unavailable); err = fn() {
		}
		return err
	}
}

// votes are ballots of several people, each a transaction of its own.
func (d *desk) votes(r approval.Request, choice rule.VoteChoice, by ...access.Grant) (fns []func() error) {
	for _, g := range by {
		fns = append(fns, func() error {
			return d.Try(g, func(tx *db.Tx) error {
				_, err := d.room.Decide(tx, approval.Ballot{Request: r.ID, Choice: choice, Reason: "because"}, true)
				return err
			})
		})
	}
	return fns
}

func TestEightApproversAtOnceOnAQuorumOfTwoTwoHundredTimes(t *testing.T) {
	d := open(t)
	group, people := d.crowd(8)
	d.publish(asks("Credits", "billing.credit", 2, group))
	rounds := 200
	if testing.Short() {
		rounds = 20
	}
	for i := range rounds {
		r := d.submit(credit(i + 1))
		counted := 0
		for _, err := range atOnce(d.votes(r, rule.Approve, people...)...) {
			if err == nil {
				counted++
			} else if f := fault.As(err); f == nil || f.Code != fault.Conflict || !contains(f.Message, "Already approved by Member p") {
				t.Errorf("a late click is told %v", err)
			}
		}
		got := d.is(r.ID, approval.Approved)
		if counted != 2 || d.number("select count(*) from votes where request_id = ?", r.ID) != 2 {
			t.Fatalf("round %d: %d votes counted", i, counted)
		}
		if acts := d.acts(r.ID); acts["request.approved"] != 1 || acts["request.vote_approve"] != 2 || len(acts) != 3 {
			t.Fatalf("round %d: the trail holds %v", i, acts)
		}
		if names := strings.Split(got.DecidedBy, " and "); len(names) != 2 || names[0] == names[1] {
			t.Fatalf("round %d: decided by %s", i, got.DecidedBy)
		}
	}
}

func TestApproveDenyExpireAndCancelAtOnceGiveOneOutcome(t *testing.T) {
	d := open(t)
	group, people := d.crowd(4)
	d.publish(asks("Credits", "billing.credit", 2, group))
	late, err := db.Open(context.Background(), d.AppDSN, db.Options{Drift: func() time.Duration { return 100 * time.Hour }})
	if err != nil {
		t.Fatal(err)
	}
	defer late.Close()
	agent := d.AgentGrant(d.Acme, access.RequestActions)
	seen := map[approval.State]int{}
	for i := range 60 {
		r := d.submit(credit(i + 1))
		fns := slices.Concat(d.votes(r, rule.Approve, people[:3]...), d.votes(r, rule.Deny, people[3]), []func() error{
			func() error {
				return d.Try(agent, func(tx *db.Tx) error { _, err := approval.Cancel(tx, r.ID, "no need"); return err })
			},
			func() error { // another process, whose clock is past the deadline
				return modelstest.Patiently(func() error {
					return late.In(context.Background(), access.ForSystem(d.Acme.ID, "late"), func(tx *db.Tx) error { _, err := d.room.Pass(tx, r.ID); return err })
				})
			},
		})
		slices.Reverse(fns[:i%len(fns)])
		errs := atOnce(fns...)
		for _, err := range errs {
			if err != nil && !fault.Is(err, fault.Conflict) {
				t.Errorf("a loser is told %v", err)
			}
		}
		got := d.find(r.ID)
		seen[got.State]++
		d.oneOutcome(got)
	}
	t.Log(seen)
	if len(seen) < 3 {
		t.Errorf("the race always ends the same way: %v", seen)
	}
}

// oneOutcome fails the test unless the trail and the votes agree with where the request stands.
func (d *desk) oneOutcome(r approval.Request) {
	d.t.Helper()
	acts := d.acts(r.ID)
	maps.DeleteFunc(acts, func(act string, _ int) bool {
		return strings.HasPrefix(act, "request.vote_") || act == "request.pending"
	})
	allowed := map[approval.State][]string{approval.Approved: {"request.approved"}, approval.Denied: {"request.denied"}, approval.Expired: {"request.expired"},
		approval.Cancelled: {"request.cancelled"}, approval.Lapsed: {"request.approved", "request.lapsed"}}
	want, known := allowed[r.State]
	withdrawn := r.State == approval.Cancelled && acts["request.approved"] == 1 // an approval can be withdrawn
	if withdrawn {
		want = []string{"request.approved", "request.cancelled"}
	}
	if !known || !slices.Equal(slices.Sorted(maps.Keys(acts)), want) {
		d.t.Errorf("%s after %v", r.State, acts)
	}
	yes := d.number("select count(*) from votes where request_id = ? and decision = 'approve' and withdrawn_at is null", r.ID)
	no := d.number("select count(*) from votes where request_id = ? and decision = 'deny'", r.ID)
	if (yes == 2) != (acts["request.approved"] == 1) || (no == 1) != (r.State == approval.Denied) || yes > 2 || no > 1 {
		d.t.Errorf("%s with %d and %d votes", r.State, yes, no)
	}
}

func TestOneTicketForTwentyConsumesAtOnce(t *testing.T) {
	d := open(t)
	g := d.AgentGrant(d.Acme, access.ConsumeActions)
	for i := range 10 {
		r := d.submit(credit(i + 1))
		var fns []func() error
		for range 20 {
			fns = append(fns, func() error {
				return d.Try(g, func(tx *db.Tx) error { _, _, err := d.room.Consume(tx, r.ID, credit(i+1)); return err })
			})
		}
		won := 0
		for _, err := range atOnce(fns...) {
			if err == nil {
				won++
			} else if f := fault.As(err); f == nil || f.Finer != fault.Consumed {
				t.Errorf("a loser is told %v", err)
			}
		}
		if won != 1 {
			t.Fatalf("%d tickets", won)
		}
	}
}

func TestIdenticalAsksAtOnceJoinOne(t *testing.T) {
	d := open(t)
	g := d.AgentGrant(d.Acme, access.RequestActions)
	var mu sync.Mutex
	joined, ids := 0, map[string]bool{}
	var fns []func() error
	for range 30 {
		fns = append(fns, func() error {
			return d.Try(g, func(tx *db.Tx) error {
				r, again, err := d.room.Submit(tx, refund("184.00"))
				mu.Lock()
				defer mu.Unlock()
				ids[r.ID.String()] = true
				if again {
					joined++
				}
				return err
			})
		})
	}
	for _, err := range atOnce(fns...) {
		if err != nil {
			t.Error(err)
		}
	}
	if joined != 29 || len(ids) != 1 {
		t.Errorf("%d joined, %d requests", joined, len(ids))
	}
}

func TestNothingIsBornPendingOnASystemThatIsBeingPaused(t *testing.T) {
	d := open(t)
	agent := d.AgentGrant(d.Acme, access.RequestActions)
	pia, ada := d.Grant(d.Acme, "pia", access.PauseIntegration), d.Grant(d.Acme, "ada", access.ManageIntegrations)
	for i := range 8 {
		var fns []func() error
		for j := range 6 {
			ask := refund(fmt.Sprintf("1%d%d.00", i, j))
			fns = append(fns, func() error {
				return d.Try(agent, func(tx *db.Tx) error { _, _, err := d.room.Submit(tx, ask); return err })
			})
		}
		fns = append(fns, func() error {
			return d.Try(pia, func(tx *db.Tx) error { _, err := approval.PauseIntegration(tx, d.conn.ID, "stop"); return err })
		})
		for _, err := range atOnce(fns...) {
			if err != nil {
				t.Fatal(err)
			}
		}
		if n := d.number("select count(*) from action_requests where state = 'pending'"); n > 0 {
			t.Fatalf("round %d: %d wait on a paused system with their clocks running", i, n)
		}
		d.As(ada, func(tx *db.Tx) error { _, err := d.room.ResumeIntegration(tx, d.conn.ID); return err })
	}
}
