package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/jexi/portal/internal/config"
	"github.com/jexi/portal/models/db"
)

func serve(ctx context.Context, args []string) error {
	fs := flags("serve")
	role := fs.String("role", "all", "all, web or worker")
	if err := parse(fs, args); err != nil {
		return err
	}
	if *role != "all" && *role != "web" && *role != "worker" {
		return wrongUse("--role is all, web or worker, not %q", *role)
	}
	cfg, err := config.Load(os.Getenv)
	if err != nil {
		return wrongUse("%w", err)
	}
	s, err := fromConfig(cfg)
	if err != nil {
		return err
	}
	if err := knownSchema(ctx, s.appDSN); err != nil {
		return err
	}
	v, err := build(ctx, s)
	if err != nil {
		return err
	}
	return v.run(ctx, *role != "worker", *role != "web", func() {
		s.log.Info("portal serves", "addr", s.addr, "role", *role, "version", release())
	})
}

func fromConfig(c config.Config) (settings, error) {
	s := settings{base: c.BaseURL, addr: c.Addr, metrics: c.MetricsAddr, smtp: c.SMTPURL.Reveal(), from: c.MailFrom,
		keyset: c.Keyset.Reveal(), signing: c.SigningKey.Reveal(), log: logger(c.LogFormat), appDSN: c.AppDatabaseURL.Reveal()}
	for _, p := range c.TrustedProxies {
		s.proxies = append(s.proxies, p.String())
	}
	if s.appDSN != "" {
		return s, nil
	}
	var err error
	if s.appDSN, err = db.AppDSN(c.DatabaseURL.Reveal()); err != nil {
		return s, wrongUse("%w", err)
	}
	return s, nil
}

// knownSchema refuses to serve a database of another release.
func knownSchema(ctx context.Context, dsn string) error {
	have, want, err := db.Version(ctx, dsn)
	if err != nil {
		return unreachable(err)
	}
	switch {
	case have < want:
		return checkFailed(fmt.Errorf("the database has schema %d, this release needs %d: run portal migrate", have, want))
	case have > want:
		return checkFailed(fmt.Errorf("the database has schema %d, this release knows %d: start the newer release", have, want))
	}
	return nil
}

func flags(name string) *flag.FlagSet {
	fs := flag.NewFlagSet("portal "+name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	return fs
}

// written is how a command is written.
func written(fs *flag.FlagSet) string {
	for _, c := range commands() {
		if name := "portal " + c.name; name == fs.Name() {
			return strings.TrimSpace(name + " " + c.usage)
		}
	}
	return fs.Name()
}

// parse reads flags that may stand before and after other words.
func parse(fs *flag.FlagSet, args []string) error {
	_, err := parseWords(fs, args, 0)
	return err
}

// parseWords gives the words between the flags, which must be n.
func parseWords(fs *flag.FlagSet, args []string, n int) ([]string, error) {
	var words []string
	for {
		if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
			return nil, failure{exitDone, fmt.Errorf("use %s", written(fs))}
		} else if err != nil {
			return nil, wrongUse("%w: use %s", err, written(fs))
		}
		if fs.NArg() == 0 {
			break
		}
		words = append(words, fs.Arg(0))
		args = fs.Args()[1:]
	}
	if len(words) != n {
		return nil, wrongUse("use %s", written(fs))
	}
	return words, nil
}

// parseVerb reads flags and the one word that must be there.
func parseVerb(fs *flag.FlagSet, args []string, verb string) error {
	words, err := parseWords(fs, args, 1)
	if err == nil && words[0] != verb {
		err = wrongUse("use %s", written(fs))
	}
	return err
}
