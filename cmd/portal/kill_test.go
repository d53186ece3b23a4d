package main_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
)

// The load of the test below: how many agents ask at once, for how long, and how often a process is killed meanwhile.
const (
	agents = 4
	asking = 15 * time.Second
	fewest = 5   // requests of one agent, however slow the machine
	most   = 100 // the mailbox holds a thousand mails
	kills  = 6
)

// journal is what the fleet acknowledged: the truth that no kill may change.
type journal struct {
	mu       sync.Mutex
	requests map[string]string // ids by key
	votes    int               // that were taken
	tickets  map[string]string // by request
	retries  atomic.Int64
	failures map[int]int // answers of 500 and more, 0 for none
}

// load is the two processes and everybody who keeps them busy.
type load struct {
	*fleet
	both    [2]*process
	billing [2]*person
	journal journal
	twice   int // mails that may come twice
}

// load has two processes serve, and Ann and Ben come in.
func (f *fleet) load(twice int) *load {
	f.t.Helper()
	l := &load{fleet: f, both: [2]*process{f.launch(), f.launch()}, billing: [2]*person{f.signIn("ann"), f.signIn("ben")}, twice: twice,
		journal: journal{requests: map[string]string{}, tickets: map[string]string{}, failures: map[int]int{}}}
	for _, b := range l.billing {
		b.get(l.both[0], "/w/acme")
	}
	return l
}

// during has the agents ask for as long as fault takes, and waits until every request has its outcome.
func (l *load) during(fault func()) {
	l.t.Helper()
	var over atomic.Bool
	var wg sync.WaitGroup
	for n := range agents {
		wg.Go(func() {
			for i := 0; i < most && (!over.Load() || i < fewest); i++ {
				l.live(fmt.Sprintf("%d-%d", n, i))
			}
		})
	}
	fault()
	over.Store(true)
	wg.Wait()
	l.settle()
	l.t.Logf("%d requests, %d votes, %d tickets, %d calls were made again, %v", len(l.journal.requests), l.journal.votes, len(l.journal.tickets),
		l.journal.retries.Load(), l.journal.failures)
	if len(l.journal.requests) < agents*fewest || l.journal.retries.Load() == 0 {
		l.t.Error("that was no load, or no fault was felt")
	}
}

// Whatever a process is doing when it is killed: what was acknowledged is there, once, and what was
// not acknowledged is done once by whoever asks again.
func TestProcessesThatAreKilledUnderLoadLoseNothingAndRepeatNothing(t *testing.T) {
	t.Parallel()
	l := assemble(t).load(kills * 8) // what the mailers of a killed process had in hand
	l.during(func() {
		for i := range kills {
			time.Sleep(asking / (kills + 1))
			l.both[i%2].kill()
			l.both[i%2].start()
		}
	})
	for _, p := range l.both {
		if code := p.stop(); code != 0 {
			t.Errorf("a process that lived on ended with %d", code)
		}
	}
	l.audit()
}

// live is one request from its ask to its outcome, each step made again until it is answered.
func (l *load) live(name string) {
	key := "ask " + name
	a := l.until(func(at *process) (int, answer, error) { return l.call(at, "POST", "", key, refund(name)) }, http.StatusCreated)
	again := l.until(func(at *process) (int, answer, error) { return l.call(at, "POST", "", key, refund(name)) }, http.StatusCreated)
	if a.ID == "" || again.ID != a.ID {
		l.t.Errorf("the key of %s stands for %q and for %q", name, a.ID, again.ID)
	}
	l.journal.mu.Lock()
	l.journal.requests[key] = a.ID
	l.journal.mu.Unlock()
	for _, b := range l.billing {
		form := url.Values{"decision": {"approve"}, "confirm": {"1"}, "operation": {uuid.NewString()}}
		l.until(func(at *process) (int, answer, error) {
			status, err := b.post(at, "/w/acme/requests/"+a.ID+"/decisions", form)
			return status, answer{}, err
		}, http.StatusSeeOther)
		l.journal.mu.Lock()
		l.journal.votes++
		l.journal.mu.Unlock()
	}
	key = "consume " + name
	first := l.until(func(at *process) (int, answer, error) {
		return l.call(at, "POST", "/"+a.ID+"/consume", key, refund(name))
	}, http.StatusOK)
	second := l.until(func(at *process) (int, answer, error) {
		return l.call(at, "POST", "/"+a.ID+"/consume", key, refund(name))
	}, http.StatusOK)
	if first.Ticket == "" || first.Ticket != second.Ticket {
		l.t.Errorf("%s was consumed with the tickets %q and %q", name, first.Ticket, second.Ticket)
	}
	// Another try, with a key of its own, is another consume: there is none.
	if status, _, err := l.call(l.any(), "POST", "/"+a.ID+"/consume", uuid.NewString(), refund(name)); err == nil && status == http.StatusOK {
		l.t.Errorf("%s was consumed twice", name)
	}
	l.journal.mu.Lock()
	l.journal.tickets[a.ID] = first.Ticket
	l.journal.mu.Unlock()
	l.until(func(at *process) (int, answer, error) {
		return l.call(at, "POST", "/"+a.ID+"/outcome", "outcome "+name, `{"status":"succeeded"}`)
	}, http.StatusOK)
}

// any is one of the two, as a balancer would choose.
func (l *load) any() *process { return l.both[rand.IntN(2)] }

// until makes a call again, at either process, until it is answered. A refusal is an answer that
// nobody here should get.
func (l *load) until(call func(*process) (int, answer, error), want int) answer {
	for end := time.Now().Add(patience); ; {
		status, a, err := call(l.any())
		if err == nil && status == want {
			return a
		}
		if err == nil && status < 500 {
			l.t.Errorf("answered %d, want %d", status, want)
			return a
		}
		l.journal.retries.Add(1)
		l.journal.mu.Lock()
		l.journal.failures[status]++
		l.journal.mu.Unlock()
		if time.Now().After(end) {
			l.t.Errorf("never answered: %d, %v", status, err)
			return a
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// settle waits until the mails are sent, but for those that are tried again after a while, whose process was
// killed at it (their jobs are given to another worker only after minutes), or that stand in a roundup.
func (l *load) settle() {
	for end := time.Now().Add(patience); l.count(`select count(*) from messages m where state = 'queued' and m.roundup_id is null
		and m.kind <> 'request.roundup' and not exists (select from river.river_job j where j.args->>'message' = m.id::text
		and j.state in ('running', 'retryable'))`) > 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			l.t.Error("some mails are neither sent nor to be sent")
			return
		}
	}
}
