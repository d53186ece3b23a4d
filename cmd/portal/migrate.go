package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jexi/portal/internal/config"
	"github.com/jexi/portal/models/db"
)

func migrate(ctx context.Context, args []string) error {
	fs := flags("migrate")
	dir := fs.String("dir", "", "of a demo")
	if len(args) == 0 {
		args = []string{"up"}
	}
	words, err := parseWords(fs, args, 1)
	if err != nil {
		return err
	}
	return withOwner(ctx, *dir, func(owner string) error {
		switch words[0] {
		case "up":
			if err := db.Migrate(ctx, owner); err != nil {
				return unreachable(err)
			}
			return schemaStatus(ctx, owner)
		case "status":
			return schemaStatus(ctx, owner)
		}
		return wrongUse("migrate takes up or status, not %q", words[0])
	})
}

func schemaStatus(ctx context.Context, dsn string) error {
	have, want, err := db.Version(ctx, dsn)
	if err != nil {
		return unreachable(err)
	}
	fmt.Printf("schema %d, this release has %d\n", have, want)
	if have != want {
		return checkFailed(fmt.Errorf("run portal migrate"))
	}
	return nil
}

// withOwner gives the owner's address: DATABASE_URL, or that of a demo's private database,
// which is started for the while if it does not run.
func withOwner(ctx context.Context, dir string, fn func(dsn string) error) error {
	if dir != "" {
		if _, err := os.Stat(filepath.Join(dir, "postgres")); err != nil {
			return unreachable(fmt.Errorf("there is no demo in %s: portal demo --dir %s makes one", dir, dir))
		}
		pg, err := startPostgres(ctx, dir)
		if err != nil {
			return unreachable(err)
		}
		defer pg.Stop()
		return fn(pg.DSN(demoDatabase))
	}
	u, err := config.LoadDatabase(os.Getenv)
	if err != nil {
		return wrongUse("%w (or --dir DIR for a demo's)", err)
	}
	return fn(u.Reveal())
}
