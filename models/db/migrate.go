package db

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/jexi/portal/migrations"
)

// migrationLock is the advisory lock that several starting processes take in turn.
const migrationLock = 0x6a657869

// Migrate brings the database to this release's schema, as its owner: ours and River's.
// Several at once are safe: one works, the others wait and find it done.
func Migrate(ctx context.Context, ownerDSN string) error {
	conn, err := pgx.Connect(ctx, ownerDSN)
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", migrationLock); err != nil {
		return fmt.Errorf("wait for other migrations: %w", err)
	}
	if err := makeRole(ctx, conn, ownerDSN); err != nil {
		return err
	}
	if err := migrateJobs(ctx, conn, ownerDSN); err != nil {
		return err
	}
	p, done, err := provider(ownerDSN)
	if err != nil {
		return err
	}
	defer done()
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return grantRole(ctx, conn)
}

func migrateJobs(ctx context.Context, conn *pgx.Conn, ownerDSN string) error {
	if _, err := conn.Exec(ctx, "create schema if not exists "+jobSchema); err != nil {
		return fmt.Errorf("create schema %s: %w", jobSchema, err)
	}
	pool, err := pgxpool.New(ctx, ownerDSN)
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	defer pool.Close()
	m, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: jobSchema, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("river migrations: %w", err)
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("river migrations: %w", err)
	}
	return nil
}

// Version is the schema's version in the database and the one this program knows.
// They must be equal before anything is served.
func Version(ctx context.Context, dsn string) (have, want int64, err error) {
	p, done, err := provider(dsn)
	if err != nil {
		return 0, 0, err
	}
	defer done()
	sources := p.ListSources()
	want = sources[len(sources)-1].Version
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return 0, want, fmt.Errorf("database: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var there bool
	if err := conn.QueryRow(ctx, "select to_regclass('goose_db_version') is not null").Scan(&there); err != nil || !there {
		return 0, want, err
	}
	err = conn.QueryRow(ctx, "select coalesce(max(version_id), 0) from goose_db_version where is_applied").Scan(&have)
	return have, want, err
}

func provider(dsn string) (*goose.Provider, func(), error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, nil, fmt.Errorf("database address: %w", err)
	}
	var sqlDB *sql.DB = stdlib.OpenDB(*cfg)
	p, err := goose.NewProvider(goose.DialectPostgres, sqlDB, migrations.Files)
	if err != nil {
		sqlDB.Close()
		return nil, nil, fmt.Errorf("migrations: %w", err)
	}
	return p, func() { sqlDB.Close() }, nil
}

// Schema is the version that this release needs.
func Schema() int64 {
	entries, err := migrations.Files.ReadDir(".")
	if err != nil {
		panic("db: embedded migrations cannot be read") // they are part of the binary
	}
	var last int64
	for _, e := range entries {
		if v, err := goose.NumericComponent(e.Name()); err == nil && v > last {
			last = v
		}
	}
	return last
}

// Create makes an empty database on a server if it is not there, as its owner.
func Create(ctx context.Context, serverDSN, name string) error {
	conn, err := pgx.Connect(ctx, serverDSN)
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var there bool
	if err := conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&there); err != nil || there {
		return err
	}
	_, err = conn.Exec(ctx, "create database "+pgx.Identifier{name}.Sanitize())
	return err
}
