package main

import (
	"context"
	"net/http"
	"time"
)

// page compares the signed-in list of requests: session, membership, tenant transaction, 50 of
// many rows, the whole page.
func page(ctx context.Context, w *world, s settings) ([]line, error) {
	bare, err := serveBare(w.bare)
	if err != nil {
		return nil, err
	}
	defer bare.close()
	all := sides{w.browse(w.url, w.big), w.browse(bare.url, w.big), w.browse(w.url, w.small)}
	got, err := w.inTurn(ctx, s, connections, all)
	if err != nil {
		return nil, err
	}
	ours, limit, small := got[0], got[1], got[2]
	return []line{
		{what: "signed-in list page, 50 of 1 M", unit: "/s", ours: ours.second, limit: limit.second, goal: 0.80},
		{what: "its 99th percentile", unit: "ms", ours: ms(ours.p99), limit: ms(limit.p99), goal: 1.5, atMost: true},
		{what: "its CPU time, everything together", unit: "ms", ours: ms(ours.cpu), limit: ms(limit.cpu), goal: 1.25, atMost: true},
		{what: "the same page, beside 50 of 10 k", unit: "/s", ours: ours.second, limit: small.second, goal: 0.9},
	}, nil
}

// browse asks for the page as a browser of this place's Owner.
func (w *world) browse(address string, p place) func(context.Context, int) error {
	c := client()
	return func(ctx context.Context, _ int) error {
		r, err := http.NewRequestWithContext(ctx, "GET", address+"/w/"+p.Slug+"/requests?show=all", nil)
		if err != nil {
			return err
		}
		r.Header.Set("Cookie", "jexi="+p.Session+"; jexi_form=abcdefghijklmnopqrstuvwxyzabcdefghijklmnopq")
		_, err = send(c, r, http.StatusOK)
		return err
	}
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
