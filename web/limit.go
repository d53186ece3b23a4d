package web

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/token"
)

// limits slow down whoever asks too often: by address where nobody is known yet, by secret
// where a machine or a link holder is. They are per process; what must hold exactly
// (wrong codes, mails per hour) is counted in the database.
type limits struct {
	mu    sync.Mutex
	by    map[string]*rate.Limiter
	since time.Time
}

// forgetAfter and mostKnown empty the table, so that it cannot grow without end.
const (
	forgetAfter = 10 * time.Minute
	mostKnown   = 100_000
)

func newLimits() *limits { return &limits{by: map[string]*rate.Limiter{}, since: time.Now()} }

func (l *limits) check(c *Ctx) error {
	key, every, burst := limitOf(c)
	if key == "" {
		return nil
	}
	r := l.limiter(key, every, burst).Reserve()
	if wait := r.Delay(); wait > 0 {
		r.Cancel()
		return &fault.Fault{Code: fault.TooMany, RetryAfter: wait, Message: "Too many requests. Wait a moment, then try again."}
	}
	return nil
}

func limitOf(c *Ctx) (key string, perSecond rate.Limit, burst int) {
	changing := !safe(c.Request().Method)
	switch c.route.Door {
	case Machine:
		plain, _ := c.bearer()
		return "machine " + string(token.Hash(plain)), 300, 600 // one token, however it is spelled
	case Link, Invited:
		if changing {
			return "link " + string(token.Hash(c.Param("token"))), 1, 20
		}
	case Anyone:
		if changing {
			return "anyone " + c.Address(), 1, 60
		}
	}
	return "", 0, 0
}

func (l *limits) limiter(key string, every rate.Limit, burst int) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.since) > forgetAfter || len(l.by) >= mostKnown {
		l.by, l.since = map[string]*rate.Limiter{}, time.Now()
	}
	if l.by[key] == nil {
		l.by[key] = rate.NewLimiter(every, burst)
	}
	return l.by[key]
}
