package pgtest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5"
)

func (tpl Template) name() string {
	return fmt.Sprintf("tpl_%x", sha256.Sum256([]byte(tpl.Hash)))[:24]
}

// ensure builds the template unless it is there whole, which its mark
// datistemplate says. The lock falls with the connection of a killed builder.
func (tpl Template) ensure(ctx context.Context, conn *pgx.Conn, server *url.URL) error {
	if whole, err := tpl.whole(ctx, conn); whole || err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(hashtext($1))", tpl.name()); err != nil {
		return err
	}
	defer conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock(hashtext($1))", tpl.name())
	if whole, err := tpl.whole(ctx, conn); whole || err != nil {
		return err
	}
	return tpl.build(ctx, conn, server)
}

func (tpl Template) whole(ctx context.Context, conn *pgx.Conn) (bool, error) {
	var whole bool
	err := conn.QueryRow(ctx,
		"SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND datistemplate)", tpl.name()).Scan(&whole)
	return whole, err
}

func (tpl Template) build(ctx context.Context, conn *pgx.Conn, server *url.URL) error {
	name := tpl.name()
	for _, sql := range []string{"DROP DATABASE IF EXISTS " + name + " WITH (FORCE)", "CREATE DATABASE " + name} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	if err := tpl.Build(ctx, database(server, name)); err != nil {
		return err
	}
	// Nobody may be connected to what is cloned.
	for _, sql := range []string{
		"ALTER DATABASE " + name + " ALLOW_CONNECTIONS false",
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "'",
		"ALTER DATABASE " + name + " IS_TEMPLATE true",
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}
