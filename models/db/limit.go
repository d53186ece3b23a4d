package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// limit ends a statement whose answer does not come. The server's own limit ends what is slow; a network
// that loses packets and says nothing would hold a connection, and whoever waits for it, for a quarter of an hour.
type limit time.Duration

var _ interface {
	pgx.QueryTracer
	pgx.BatchTracer
} = limit(0)

type limitKey struct{}

func (l limit) start(ctx context.Context) context.Context {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(l))
	return context.WithValue(ctx, limitKey{}, cancel)
}

func (l limit) end(ctx context.Context) {
	if cancel, ok := ctx.Value(limitKey{}).(context.CancelFunc); ok {
		cancel()
	}
}

func (l limit) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return l.start(ctx)
}

func (l limit) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) { l.end(ctx) }

func (l limit) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return l.start(ctx)
}

func (l limit) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

func (l limit) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchEndData) { l.end(ctx) }
