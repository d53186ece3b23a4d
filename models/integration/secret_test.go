package integration_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/integration"
)

func TestAKeyOpensInItsOwnRowOnly(t *testing.T) {
	t.Parallel()
	r := open(t)
	a, b := r.connect("whmcs", nil), r.connect("stripe", nil)
	closed := func(g access.Grant, c integration.Connection, what string) {
		t.Helper()
		if err := r.Try(g, func(tx *db.Tx) error { _, err := r.safe.Open(tx, c.ID); return err }); !errors.Is(err, seal.ErrClosed) {
			t.Errorf("%s was answered with %v", what, err)
		}
	}
	r.exec("update integrations set sealed_credential = (select sealed_credential from integrations where id = $1) where id = $2", a.ID, b.ID)
	closed(r.ada(), b, "a key moved to another row")
	r.exec(`insert into integrations (workspace_id, id, kind, name, state, scopes, workflows, settings, sealed_credential, credential_at, connected_at, change, changed_at)
		select $1, id, kind, name, state, scopes, workflows, settings, sealed_credential, credential_at, connected_at, change, changed_at
		from integrations where id = $2`, r.Globex.ID, a.ID)
	closed(r.Grant(r.Globex, "greta", access.ManageIntegrations), a, "a row copied into another workspace")
}

func TestAPastedKeyLosesWhatPastingAdds(t *testing.T) {
	t.Parallel()
	r := open(t)
	for i, pasted := range []string{"  " + key, key + "\n", "\t" + key + "\r\n", "\u00a0" + key + " "} {
		c := r.connect("stripe", func(d *integration.Draft) { d.Name, d.Key = fmt.Sprint("Stripe ", i), seal.NewSecret(pasted) })
		r.As(r.ada(), func(tx *db.Tx) error {
			plain, err := r.safe.Open(tx, c.ID)
			if plain.Reveal() != key {
				t.Errorf("%q was kept as %q", pasted, plain.Reveal())
			}
			return err
		})
	}
	for bad, words := range map[string]string{
		"":                         "Paste the restricted key",
		key[:9] + "\n" + key[9:]:   "line break inside",
		key + "\u200b":             "hidden character",
		key + "\xff":               "hidden character",
		strings.Repeat("k", 1<<20): "at most 4000",
	} {
		d := r.draft(r.Acme, "ada", "stripe")
		d.Key = seal.NewSecret(bad)
		f := r.refused(r.ada(), fault.Invalid, words, func(tx *db.Tx) error { _, err := r.safe.Connect(tx, d); return err })
		if strings.Contains(f.Message, "CANARY") || f.Fields[0].Name != "key" {
			t.Errorf("refused with %+v", f)
		}
	}
}

func TestAShortKeyShowsNothingOfItself(t *testing.T) {
	t.Parallel()
	r := open(t)
	c := r.connect("imap_smtp", func(d *integration.Draft) { d.Key = seal.NewSecret("hunter2-hunter2") })
	if c.CredentialHint != "" {
		t.Errorf("a password of 15 shows %q", c.CredentialHint)
	}
}

func TestAKeyInAnotherFieldIsRefusedAndNotShownAgain(t *testing.T) {
	t.Parallel()
	r := open(t)
	for field, put := range map[string]func(*integration.Draft){
		"name":      func(d *integration.Draft) { d.Name = "WHMCS " + key },
		"workflows": func(d *integration.Draft) { d.Workflows = "Refunds, " + key },
		"user":      func(d *integration.Draft) { d.Settings["user"] = key },
		"address":   func(d *integration.Draft) { d.Settings["address"] = "https://billing.example/" + key },
	} {
		d := r.draft(r.Acme, "ada", "whmcs")
		d.Key = seal.NewSecret(key + "\n")
		put(&d)
		f := r.refused(r.ada(), fault.Invalid, "This was the key", func(tx *db.Tx) error { _, err := r.safe.Connect(tx, d); return err })
		if len(f.Fields) != 1 || f.Fields[0].Name != field {
			t.Errorf("%s: refused with %+v", field, f)
		}
		if shown := fmt.Sprintf("%+v", d.Shown()); strings.Contains(shown, key) {
			t.Errorf("%s: the form would show %s", field, shown)
		}
	}
	k := integration.KeyDraft{Key: seal.NewSecret(key), Settings: map[string]string{"user": key}, ExpiresOn: key}
	if shown := fmt.Sprintf("%+v", k.Shown()); strings.Contains(shown, key) {
		t.Errorf("the form would show %s", shown)
	}
}

// Every row of every table is read as the owner reads it, in all the forms a key could hide in.
func TestAKeyIsNowhereInTheDatabaseOrTheLog(t *testing.T) {
	r := open(t)
	var log bytes.Buffer
	gate, err := db.Open(context.Background(), r.AppDSN, db.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(gate.Close)
	r.DB = gate
	c := r.connect("whmcs", nil)
	d := r.draft(r.Acme, "ada", "whmcs")
	err = r.Try(r.ada(), func(tx *db.Tx) error { _, err := r.safe.Connect(tx, d); return err })
	if err == nil || strings.Contains(fmt.Sprintf("%+v %#v", err, d), key) {
		t.Errorf("a second WHMCS was answered with %v", err)
	}
	c = r.done(r.ada(), r.newKey(c, "second-"+key))
	r.done(r.ada(), func(tx *db.Tx) (integration.Connection, error) { return integration.Pause(tx, c.ID, "Audit day") })
	if found := r.search(key); len(found) != 0 {
		t.Errorf("the key stands in %s", strings.Join(found, ", "))
	}
	if log.Len() != 0 { // a refusal is no failure, and a statement's values are nobody's to log
		t.Errorf("the log holds\n%s", &log)
	}
	r.done(r.ada(), func(tx *db.Tx) (integration.Connection, error) { return integration.Disconnect(tx, c.ID, "WHMCS") })
	r.owner(func(ctx context.Context, conn *pgx.Conn) {
		var left int
		if err := conn.QueryRow(ctx, "select count(*) from integrations where sealed_credential is not null").Scan(&left); err != nil || left != 0 {
			t.Errorf("%d sealed keys are left: %v", left, err)
		}
	})
}

// search names the tables whose rows hold a text, plain, in hex, in base64 or percent-encoded.
func (r room) search(text string) (found []string) {
	r.T.Helper()
	forms := []string{text, hex.EncodeToString([]byte(text)), base64.StdEncoding.EncodeToString([]byte(text))[:40]}
	r.owner(func(ctx context.Context, conn *pgx.Conn) {
		rows, err := conn.Query(ctx, `select table_schema || '.' || table_name from information_schema.tables
			where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`)
		if err != nil {
			r.T.Fatal(err)
		}
		tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil || len(tables) < 20 {
			r.T.Fatalf("%d tables, %v", len(tables), err)
		}
		for _, table := range tables {
			var all string
			if err := conn.QueryRow(ctx, "select coalesce(string_agg(t::text, E'\\n'), '') from "+table+" t").Scan(&all); err != nil {
				r.T.Fatal(err)
			}
			for _, form := range forms {
				if strings.Contains(all, form) {
					found = append(found, table)
				}
			}
		}
	})
	return found
}

func TestTheAppCannotForgetAConnection(t *testing.T) {
	t.Parallel()
	r := open(t)
	c := r.connect("whmcs", nil)
	err := r.Try(r.ada(), func(tx *db.Tx) error {
		return tx.Gorm().Exec("delete from integrations where workspace_id = ? and id = ?", tx.Workspace(), c.ID).Error
	})
	if err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("deleting the row was answered with %v", err)
	}
}
