package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
)

// line is one promise: our figure, the limit's, and the goal for their ratio.
type line struct {
	what        string
	unit        string
	ours, limit float64
	goal        float64
	atMost      bool // the ratio must not be larger; otherwise not smaller
	difference  bool // the goal is about ours minus limit, in unit
	alone       bool // the goal is about ours, whatever the limit
}

func (l line) figure() float64 {
	switch {
	case l.alone:
		return l.ours
	case l.difference:
		return l.ours - l.limit
	}
	return l.ours / l.limit
}

func (l line) met() string {
	if f := l.figure(); l.atMost && f > l.goal || !l.atMost && f < l.goal {
		return "NOT MET"
	}
	return "met"
}

func (l line) target() string {
	sign, unit := "≥", " x"
	if l.atMost {
		sign = "≤"
	}
	if l.difference {
		unit = " " + l.unit + " more"
	}
	if l.alone {
		unit = " " + l.unit
	}
	return sign + " " + number(l.goal) + unit
}

// print prints the table with what else the machine was doing.
func print(lines []line, before string) {
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "what\tours\tlimit\tratio\tgoal\t")
	for _, l := range lines {
		fmt.Fprintf(w, "%s\t%s %s\t%s %s\t%.3g\t%s\t%s\n", l.what, number(l.ours), l.unit, number(l.limit), l.unit, l.ours/l.limit, l.target(), l.met())
	}
	w.Flush()
	fmt.Printf("\n%d cores, %s, load before %s, after %s (1, 5, 15 minutes; the run itself makes about %d)\n",
		runtime.NumCPU(), runtime.Version(), before, load(), runtime.NumCPU())
}

func number(f float64) string {
	switch {
	case f >= 100:
		return fmt.Sprintf("%.0f", f)
	case f >= 10:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.2f", f)
}

// load is the machine's load by its own account.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}

func median(all []float64) float64 {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}
