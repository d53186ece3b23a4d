package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"

	"github.com/jexi/portal/internal/embedpg"
	"github.com/jexi/portal/internal/mailer/mailbox"
	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/demo"
	"github.com/jexi/portal/models/integration"
)

const demoDatabase = "portal"

// demoCommand brings up everything in one process: its own Postgres, the demo world, web,
// workers and a mailbox for what is sent. A second start finds what the first one left.
func demoCommand(ctx context.Context, args []string) error {
	fs := flags("demo")
	addr := fs.String("addr", "127.0.0.1:8080", "where to listen")
	dir := fs.String("dir", ".portal", "where its data lies")
	fresh := fs.Bool("fresh", false, "start from nothing")
	records := fs.Int("records", 0, "further requests, to see large lists")
	if err := parse(fs, args); err != nil {
		return err
	}
	base, err := demoBase(*addr)
	if err != nil {
		return err
	}
	if *fresh {
		if err := embedpg.Erase(filepath.Join(*dir, "postgres")); err != nil {
			return checkFailed(err)
		}
	}
	pg, err := startPostgres(ctx, *dir)
	if err != nil {
		return unreachable(err)
	}
	defer pg.Stop()
	box, err := mailbox.Start("127.0.0.1:0")
	if err != nil {
		return checkFailed(err)
	}
	defer box.Close()
	s, err := demoSettings(ctx, pg, *dir)
	if err != nil {
		return err
	}
	s.addr, s.base, s.smtp, s.mailbox = *addr, base, box.URL(), box
	v, err := build(ctx, s)
	if err != nil {
		return err
	}
	if err := seed(ctx, v, s.appDSN, filepath.Join(*dir, "agents.json"), *records); err != nil {
		return checkFailed(fmt.Errorf("demo world: %w", err))
	}
	return v.run(ctx, true, true, func() { welcome(os.Stdout, base) })
}

func startPostgres(ctx context.Context, dir string) (*embedpg.Server, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return embedpg.Start(ctx, embedpg.Options{Dir: filepath.Join(dir, "postgres"), Stderr: os.Stderr})
}

// demoSettings migrates the database and reads or makes the demo's keys.
func demoSettings(ctx context.Context, pg *embedpg.Server, dir string) (settings, error) {
	s := settings{log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		from: mail.Address{Name: "Jexi", Address: "portal@notify.jexi.example"}}
	owner := pg.DSN(demoDatabase)
	if err := db.Create(ctx, pg.DSN("postgres"), demoDatabase); err != nil {
		return s, unreachable(err)
	}
	if err := db.Migrate(ctx, owner); err != nil {
		return s, unreachable(err)
	}
	var err error
	if s.appDSN, err = db.AppDSN(owner); err != nil {
		return s, checkFailed(err)
	}
	keys, err := demoKeys(filepath.Join(dir, "keys.json"))
	if err != nil {
		return s, checkFailed(err)
	}
	s.keyset, s.signing = keys.Keyset, keys.Signing
	return s, nil
}

// seed makes the demo world; the agents' secrets are kept beside it for the agent's page.
func seed(ctx context.Context, v *service, appDSN, path string, records int) error {
	agents := map[string]string{}
	if b, err := os.ReadFile(path); err == nil {
		if err := json.Unmarshal(b, &agents); err != nil {
			return err
		}
	}
	agents, err := demo.Seed(ctx, v.db, demo.Tools{AppDSN: appDSN, Approval: v.tools.Approval, Safe: integration.Safe{Keyset: v.tools.Keyset},
		Agents: agents, Records: records, Say: func(s string) { fmt.Println(s) }})
	if err != nil {
		return err
	}
	v.tools.Agents = agents
	b, err := json.Marshal(agents)
	if err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o600)
}

// keys of the demo are made once, so that what it sealed and signed stays readable.
type keys struct{ Keyset, Signing string }

func demoKeys(path string) (k keys, err error) {
	b, err := os.ReadFile(path)
	if err == nil {
		return k, json.Unmarshal(b, &k)
	}
	if !os.IsNotExist(err) {
		return k, err
	}
	if k.Keyset, err = seal.NewKeyset(); err != nil {
		return k, err
	}
	k.Signing = seal.NewSigningKey()
	if b, err = json.Marshal(k); err != nil {
		return k, err
	}
	return k, os.WriteFile(path, b, 0o600)
}

// demoBase is the address people type: passkeys work on localhost, not on 127.0.0.1.
func demoBase(addr string) (*url.URL, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, wrongUse("--addr must look like 127.0.0.1:8080")
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && (ip.IsLoopback() || ip.IsUnspecified()) {
		host = "localhost"
	}
	return &url.URL{Scheme: "http", Host: net.JoinHostPort(host, port)}, nil
}

func welcome(w io.Writer, base *url.URL) {
	fmt.Fprintf(w, "\nThe portal is open at %s\n\n", base)
	for _, p := range demo.Places() {
		fmt.Fprintf(w, "  %s/w/%s\n      %s\n", base, p.Slug, p.About)
		for _, who := range p.People {
			fmt.Fprintf(w, "      %-34s %s\n", who.Email, who.Role.Label())
		}
	}
	fmt.Fprintf(w, "\nSign in with one of these addresses; the mail lands in %s/dev/mailbox\n", base)
	fmt.Fprintf(w, "Play Jexi's agent at %s/dev/agent\n\n", base)
}
