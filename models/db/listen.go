package db

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const channel = "portal"

// Hub wakes waiting requests when something they wait for was committed, by LISTEN/NOTIFY
// on one connection of its own. A wake-up may come without a change, or be lost when the
// connection breaks: whoever waits reads the row again, and has a time limit.
type Hub struct {
	db    *DB
	mu    sync.Mutex
	waits map[string]map[chan struct{}]struct{}
	done  chan struct{}
	close sync.Once
}

// NewHub makes a hub; Run must run for it to wake anybody.
func NewHub(d *DB) *Hub {
	return &Hub{db: d, waits: map[string]map[chan struct{}]struct{}{}, done: make(chan struct{})}
}

// Watch returns a channel that gets one value when key is notified, and a function to end watching.
// Watch before reading the row, or the change between is missed.
func (h *Hub) Watch(key string) (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.waits[key] == nil {
		h.waits[key] = map[chan struct{}]struct{}{}
	}
	h.waits[key][ch] = struct{}{}
	return ch, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.waits[key], ch)
		if len(h.waits[key]) == 0 {
			delete(h.waits, key)
		}
	}
}

// Done is closed when the process stops: whoever waits answers with what there is.
func (h *Hub) Done() <-chan struct{} { return h.done }

// Close lets everybody who waits go.
func (h *Hub) Close() { h.close.Do(func() { close(h.done) }) }

// Run listens until ctx ends, and connects again after a break.
func (h *Hub) Run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := h.listen(ctx); err != nil && ctx.Err() == nil {
			h.db.log.WarnContext(ctx, "listening for changes stopped; connecting again", "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}
}

func (h *Hub) listen(ctx context.Context) error {
	cfg := h.db.pool.Config().ConnConfig.Copy()
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "listen "+channel); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	h.wakeAll() // what was committed while nobody listened
	for {
		n, err := h.next(ctx, conn)
		if err != nil {
			return err
		}
		if n != nil {
			h.wake(n.Payload)
		}
	}
}

// next waits for news. When none come for a while it asks whether the server is still there, and has none.
func (h *Hub) next(ctx context.Context, conn *pgx.Conn) (*pgconn.Notification, error) {
	wait, cancel := context.WithTimeout(ctx, h.db.limit)
	defer cancel()
	n, err := conn.WaitForNotification(wait)
	if err == nil || wait.Err() == nil || ctx.Err() != nil {
		return n, err
	}
	ask, done := context.WithTimeout(ctx, acquireWithin)
	defer done()
	return nil, conn.Ping(ask)
}

func (h *Hub) wake(key string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for ch := range h.waits[key] {
		poke(ch)
	}
}

func (h *Hub) wakeAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, set := range h.waits {
		for ch := range set {
			poke(ch)
		}
	}
}

func poke(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}
