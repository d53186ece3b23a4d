// Command bench prints our figures beside a limit's: the fastest program that we could write by
// hand for the same work, without a portal around it.
//
// Both sides run in turn in the same run on the same machine, several rounds each; what counts is
// the ratio of the medians. The load of others at the start and end is printed with the table.
// Files in order: main, table, world, load, page, pagelimit, rules, ask, change, start.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/pprof"
	"strings"
	"time"
)

// settings are the flags of a run.
type settings struct {
	rows    int
	rounds  int
	each    time.Duration
	dir     string
	fast    bool
	profile string
	only    string
}

// benchmark adds its lines to the table.
type benchmark struct {
	name string
	run  func(context.Context, *world, settings) ([]line, error)
}

func main() {
	var s settings
	flag.IntVar(&s.rows, "rows", 1_000_000, "requests in the large workspace")
	flag.IntVar(&s.rounds, "rounds", 3, "rounds of each side")
	flag.DurationVar(&s.each, "each", 5*time.Second, "length of a round")
	flag.StringVar(&s.dir, "dir", "", "keep the database here for the next run")
	flag.BoolVar(&s.fast, "fast", false, "a database that does not wait for the disk")
	flag.StringVar(&s.profile, "profile", "", "write a CPU profile of the run here")
	flag.StringVar(&s.only, "only", "", "comma-separated: page,rules,ask,change,start")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, s); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s settings) error {
	before := load()
	w, err := openWorld(ctx, s)
	if err != nil {
		return err
	}
	defer w.close()
	if s.profile != "" {
		f, err := os.Create(s.profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	var lines []line
	for _, b := range []benchmark{{"page", page}, {"rules", rules}, {"ask", ask}, {"change", change}, {"start", start}} {
		if s.only != "" && !strings.Contains(","+s.only+",", ","+b.name+",") {
			continue
		}
		fmt.Fprintln(os.Stderr, b.name, "…")
		out, err := b.run(ctx, w, s)
		if err != nil {
			print(lines, before)
			return fmt.Errorf("%s: %w", b.name, err)
		}
		lines = append(lines, out...)
	}
	print(lines, before)
	return nil
}
