package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// ask compares an action request over the API (token, operation id, 50 rules, stored, audited)
// with one transaction that inserts the same row and knows it to be right. Every ask is for a new
// invoice and is allowed.
func ask(ctx context.Context, w *world, s settings) ([]line, error) {
	columns, values, err := w.columns(ctx)
	if err != nil {
		return nil, err
	}
	var like uuid.UUID
	err = w.bare.QueryRow(ctx, "select id from action_requests where workspace_id = $1 and state = 'allowed' limit 1", w.small.ID).Scan(&like)
	if err != nil {
		return nil, err
	}
	var n atomic.Int64
	n.Store(time.Now().UnixMicro())
	insert := "insert into action_requests (" + columns + ") select " + values + ` from generate_series($3::bigint, $3) n
		join action_requests r on r.workspace_id = $1 and r.id = $2`
	bare := func(ctx context.Context, _ int) error {
		tx, err := w.bare.Begin(ctx)
		if err != nil {
			return err
		}
		defer tx.Rollback(ctx)
		if _, err := tx.Exec(ctx, insert, w.small.ID, like, n.Add(1)*4+1); err != nil {
			return err
		}
		return tx.Commit(ctx)
	}
	got, err := w.inTurn(ctx, s, connections, sides{w.submit(&n), bare})
	if err != nil {
		return nil, err
	}
	return []line{
		{what: "action request in, 50 rules, stored, audited; limit is an INSERT", unit: "/s", ours: got[0].second, limit: got[1].second, goal: 0.4},
		{what: "its CPU time, everything together", unit: "ms", ours: ms(got[0].cpu), limit: ms(got[1].cpu), goal: 2.5, atMost: true},
	}, nil
}

// submit asks as the agents of the small workspace do.
func (w *world) submit(n *atomic.Int64) func(context.Context, int) error {
	c := client()
	return func(ctx context.Context, caller int) error {
		id := n.Add(1)
		body := fmt.Sprintf(`{"action":{"type":"billing.refund","params":%s},"agent":{"run_id":"r-%d","workflow":"billing-desk"},"confidence":0.99}`,
			params("12.00", fmt.Sprint(id)), id)
		r, err := http.NewRequestWithContext(ctx, "POST", w.url+"/api/v1/action-requests", bytes.NewReader([]byte(body)))
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "Bearer "+w.small.Keys[caller])
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", fmt.Sprint(id))
		_, err = send(c, r, http.StatusCreated)
		return err
	}
}
