package db

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// AppRole is the role the portal runs as: it owns nothing and cannot step over row-level security.
const AppRole = "portal_app"

// AppDSN derives the restricted role's address from the owner's. Its password is a keyed
// hash of the owner's, so that every process derives the same and nobody stores it.
func AppDSN(ownerDSN string) (string, error) {
	u, err := url.Parse(ownerDSN)
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("DATABASE_URL must look like postgres://user:password@host:port/name")
	}
	u.User = url.UserPassword(AppRole, appPassword(u))
	return u.String(), nil
}

func appPassword(owner *url.URL) string {
	secret, _ := owner.User.Password()
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(AppRole))
	return hex.EncodeToString(mac.Sum(nil))
}

// makeRole creates the app's role. Roles are shared by all databases of a server, so another
// migration may create it at the same moment.
func makeRole(ctx context.Context, conn *pgx.Conn, ownerDSN string) error {
	u, err := url.Parse(ownerDSN)
	if err != nil {
		return fmt.Errorf("owner address: %w", err)
	}
	_, err = conn.Exec(ctx, fmt.Sprintf(`do $$ begin
		if not exists (select from pg_roles where rolname = '%[1]s') then
			create role %[1]s login nosuperuser nocreatedb nocreaterole nobypassrls password '%[2]s';
		end if;
	exception when duplicate_object or unique_violation then null; end $$`, AppRole, appPassword(u)))
	if err != nil {
		return fmt.Errorf("create role %s: %w", AppRole, err)
	}
	return nil
}

func grantRole(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, fmt.Sprintf(`grant usage on schema public to %[1]s;
		grant usage on schema %[2]s to %[1]s;
		grant select, insert, update, delete on all tables in schema %[2]s to %[1]s;
		grant usage, select on all sequences in schema %[2]s to %[1]s;
		grant select on goose_db_version to %[1]s`, AppRole, jobSchema))
	if err != nil {
		return fmt.Errorf("grant to %s: %w", AppRole, err)
	}
	return nil
}

func checkRole(ctx context.Context, pool *pgxpool.Pool) error {
	var who string
	var above bool
	err := pool.QueryRow(ctx, `select rolname, rolsuper or rolbypassrls from pg_roles where rolname = current_user`).Scan(&who, &above)
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	if above {
		return fmt.Errorf("the portal refuses to run as %q: that role can step over row-level security; use %s", who, AppRole)
	}
	return nil
}
