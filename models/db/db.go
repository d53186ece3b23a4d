// Package db is the gate: only a Grant opens a transaction, in one workspace, under
// row-level security. GORM, River and the clock live behind it.
//
// It promises that row, job and audit entry commit together or not at all, that an
// operation id is carried out once, and that an unknown commit is looked up, never guessed.
// It knows no subject. Files in order: db, limit, gate, tx, ask, once, jobs, listen, migrate, role.
package db

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	pgxuuid "github.com/vgarvardt/pgx-google-uuid/v5"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Options of a gate. The zero value is right for a server.
type Options struct {
	// Connections is the pool's size, default 2 per core and at least 8.
	Connections int
	// StatementTimeout ends a statement that runs longer, default 5 s (a worker wants more).
	StatementTimeout time.Duration
	// Drift is added to the database's clock: tests and the demo world move time with it.
	Drift func() time.Duration
	// Silent leaves jobs out: the demo's past has nobody to write to.
	Silent bool
	Log    *slog.Logger
}

// DB is an open gate. It is safe for concurrent use.
type DB struct {
	pool  *pgxpool.Pool
	sql   *sql.DB
	gorm  *gorm.DB
	jobs  *river.Client[pgx.Tx]
	drift func() time.Duration
	limit time.Duration // for one answer of the database
	mute  bool
	log   *slog.Logger
}

// Open connects as the app's restricted role. It fails when the database cannot be
// reached, or when the role could step over row-level security.
func Open(ctx context.Context, dsn string, o Options) (*DB, error) {
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("database address: %w", err)
	}
	limit := o.setPool(cfg)
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	d := &DB{pool: pool, drift: o.Drift, limit: limit, mute: o.Silent, log: o.Log}
	if d.drift == nil {
		d.drift = func() time.Duration { return 0 }
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	if err := d.connect(ctx); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func (d *DB) connect(ctx context.Context) error {
	if err := checkRole(ctx, d.pool); err != nil {
		return err
	}
	d.sql = stdlib.OpenDBFromPool(d.pool)
	d.sql.SetMaxIdleConns(0)
	var err error
	d.gorm, err = gorm.Open(postgres.New(postgres.Config{Conn: d.sql}), &gorm.Config{
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   true,
		TranslateError:         false,
		Logger:                 logger.Discard, // an error is returned, and told once by whoever answers it
	})
	if err != nil {
		return fmt.Errorf("gorm: %w", err)
	}
	d.jobs, err = river.NewClient(riverpgxv5.New(d.pool), &river.Config{Schema: jobSchema, Logger: d.log})
	if err != nil {
		return fmt.Errorf("river: %w", err)
	}
	return nil
}

// acquireWithin is how long somebody waits for a connection before being turned away.
const acquireWithin = 2 * time.Second

func (o Options) setPool(cfg *pgxpool.Config) (longest time.Duration) {
	if o.Connections > 0 {
		cfg.MaxConns = int32(o.Connections)
	} else {
		cfg.MaxConns = max(cfg.MaxConns, 8)
	}
	timeout := o.StatementTimeout
	if timeout == 0 {
		timeout = 5 * time.Second
	}
	longest = 2 * timeout
	cfg.ConnConfig.Tracer = limit(longest)
	cfg.ConnConfig.ConnectTimeout = acquireWithin
	cfg.PingTimeout = acquireWithin
	cfg.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		pgxuuid.Register(conn.TypeMap()) // ids travel as 16 bytes
		return nil
	}
	p := cfg.ConnConfig.RuntimeParams
	p["timezone"] = "UTC"
	p["application_name"] = "portal"
	p["statement_timeout"] = fmt.Sprint(timeout.Milliseconds())
	p["lock_timeout"] = "2000"
	p["idle_in_transaction_session_timeout"] = "10000"
	return longest
}

// Close ends all connections.
func (d *DB) Close() {
	if d.sql != nil {
		d.sql.Close()
	}
	d.pool.Close()
}

// Ping tells whether the database answers, and whether there is a connection for who comes now.
func (d *DB) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, acquireWithin)
	defer cancel()
	return d.pool.Ping(ctx)
}

// Stat gives the pool's figures for metrics.
func (d *DB) Stat() *pgxpool.Stat { return d.pool.Stat() }
