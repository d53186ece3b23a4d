package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// connections is how many callers ask at the same time.
const connections = 32

// pace is how fast one round was answered.
type pace struct {
	second float64       // answers a second
	p99    time.Duration // the slowest but one in a hundred
	cpu    time.Duration // for one answer: caller, program and database together
}

// drive has every caller do work again and again for a time.
func (w *world) drive(ctx context.Context, callers int, each time.Duration, work func(ctx context.Context, caller int) error) (pace, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	took := make([][]time.Duration, callers)
	start, used := time.Now(), w.cpu()
	var all sync.WaitGroup
	for caller := range callers {
		all.Go(func() {
			for ctx.Err() == nil && time.Since(start) < each {
				began := time.Now()
				if err := work(ctx, caller); err != nil {
					cancel(err)
					return
				}
				took[caller] = append(took[caller], time.Since(began))
			}
		})
	}
	all.Wait()
	if err := context.Cause(ctx); err != nil {
		return pace{}, err
	}
	every := slices.Sorted(slices.Values(slices.Concat(took...)))
	n := len(every)
	return pace{float64(n) / time.Since(start).Seconds(), every[n*99/100], (w.cpu() - used) / time.Duration(n)}, nil
}

// sides are several ways to do the same.
type sides []func(context.Context, int) error

// inTurn drives every side for some rounds, one after the other, and gives each side's medians.
func (w *world) inTurn(ctx context.Context, s settings, callers int, all sides) ([]pace, error) {
	seconds, slowest, cost := make([][]float64, len(all)), make([][]float64, len(all)), make([][]float64, len(all))
	for round := range s.rounds + 1 {
		for i, work := range all {
			each := s.each
			if round == 0 {
				each = min(each, time.Second) // to warm up
			}
			p, err := w.drive(ctx, callers, each, work)
			if err != nil {
				return nil, err
			}
			if round > 0 {
				seconds[i], slowest[i], cost[i] = append(seconds[i], p.second), append(slowest[i], float64(p.p99)), append(cost[i], float64(p.cpu))
			}
		}
	}
	out := make([]pace, len(all))
	for i := range all {
		out[i] = pace{median(seconds[i]), time.Duration(median(slowest[i])), time.Duration(median(cost[i]))}
	}
	return out, nil
}

func client() *http.Client {
	return &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// send sends a request and reads the whole answer, which must have this status.
func send(c *http.Client, r *http.Request, status int) (size int64, err error) {
	res, err := c.Do(r)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	if res.StatusCode != status {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 2000))
		return 0, fmt.Errorf("%s answered %d: %s", r.URL, res.StatusCode, text)
	}
	return io.Copy(io.Discard, res.Body)
}
