package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/workspace"
)

func workspaceCommand(ctx context.Context, args []string) error {
	fs := flags("workspace")
	dir := fs.String("dir", "", "of a demo")
	d := workspace.Draft{}
	fs.StringVar(&d.Name, "name", "", "of the workspace")
	fs.StringVar(&d.OwnerEmail, "owner", "", "address of its Owner")
	fs.StringVar(&d.Slug, "slug", "", "part of its address")
	fs.StringVar(&d.TimeZone, "time-zone", "UTC", "such as Europe/Berlin")
	if err := parseVerb(fs, args, "create"); err != nil {
		return err
	}
	return withGate(ctx, *dir, func(gate *db.DB) error {
		var w workspace.Workspace
		err := gate.In(ctx, access.ForSystem(uuid.New(), "portal workspace create"), func(tx *db.Tx) (err error) {
			w, err = workspace.Create(tx, d)
			return err
		})
		if err != nil {
			return refused(err)
		}
		fmt.Printf("/w/%s is made; %s signs in at /signin\n", w.Slug, d.OwnerEmail)
		return nil
	})
}

func tokenCommand(ctx context.Context, args []string) error {
	fs := flags("token")
	dir := fs.String("dir", "", "of a demo")
	slug := fs.String("workspace", "", "its part of the address")
	scopes := fs.String("scopes", "", "such as actions:request,actions:consume")
	name := fs.String("name", "", "for people")
	days := fs.Int("days", 90, "until it ends")
	if err := parseVerb(fs, args, "create"); err != nil {
		return err
	}
	if *name == "" {
		*name = "made " + time.Now().UTC().Format("2006-01-02 15:04:05")
	}
	return withGate(ctx, *dir, func(gate *db.DB) error {
		id, err := findWorkspace(ctx, gate, *slug)
		if err != nil {
			return err
		}
		return gate.In(ctx, access.ForSystem(id, "portal token create"), func(tx *db.Tx) error {
			_, plain, err := identity.CreateToken(tx, identity.TokenDraft{Name: *name, Scopes: strings.FieldsFunc(*scopes, func(r rune) bool { return r == ',' || r == ' ' }), Days: *days})
			if err == nil {
				fmt.Println(plain)
			}
			return refused(err)
		})
	})
}

func findWorkspace(ctx context.Context, gate *db.DB, slug string) (id uuid.UUID, err error) {
	err = gate.In(ctx, access.ForSweep("portal"), func(tx *db.Tx) error {
		id, err = workspace.BySlug(tx, slug)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return id, wrongUse("there is no workspace called %q", slug)
	}
	return id, err
}

// refused makes a fault a wrong use, with every field that is wrong.
func refused(err error) error {
	f := fault.As(err)
	if f == nil {
		return err
	}
	if len(f.Fields) == 0 {
		return wrongUse("%s", f.Message)
	}
	var out []string
	for _, x := range f.Fields {
		out = append(out, "--"+strings.ReplaceAll(x.Name, "_", "-")+": "+x.Message)
	}
	return wrongUse("%s", strings.Join(out, " "))
}

// withGate opens the database as the restricted role.
func withGate(ctx context.Context, dir string, fn func(*db.DB) error) error {
	return withOwner(ctx, dir, func(owner string) error {
		dsn, err := db.AppDSN(owner)
		if err != nil {
			return wrongUse("%w", err)
		}
		if err := knownSchema(ctx, dsn); err != nil {
			return err
		}
		gate, err := db.Open(ctx, dsn, db.Options{Connections: 2})
		if err != nil {
			return unreachable(err)
		}
		defer gate.Close()
		return fn(gate)
	})
}
