package ui

import (
	"fmt"
	"time"
)

// ClockTime is "09:02 UTC".
func ClockTime(t time.Time) string { return t.UTC().Format("15:04 UTC") }

// DayMonth is "23 Nov".
func DayMonth(t time.Time) string { return t.UTC().Format("2 Jan") }

// Day is "23 Nov 2026".
func Day(t time.Time) string { return t.UTC().Format("2 Jan 2006") }

// LongDay is "Monday 23 November 2026".
func LongDay(t time.Time) string { return t.UTC().Format("Monday 2 January 2006") }

// FullTime is "23 November 2026, 09:02:14 UTC".
func FullTime(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04:05 UTC") }

// When is the shortest form that is not ambiguous at now: "09:02 UTC" on the
// same day, "23 Nov, 09:02 UTC" within a year, else with the year.
func When(t, now time.Time) string {
	t, now = t.UTC(), now.UTC()
	switch {
	case sameDay(t, now):
		return ClockTime(t)
	case t.After(now.AddDate(-1, 0, 0)) && t.Before(now.AddDate(1, 0, 0)):
		return t.Format("2 Jan, 15:04 UTC")
	}
	return t.Format("2 Jan 2006, 15:04 UTC")
}

func sameDay(a, b time.Time) bool { return a.YearDay() == b.YearDay() && a.Year() == b.Year() }

// Until is When with the words a deadline needs: "11:44 UTC", "tomorrow, 06:10 UTC".
func Until(t, now time.Time) string {
	t, now = t.UTC(), now.UTC()
	if sameDay(t, now.AddDate(0, 0, 1)) {
		return "tomorrow, " + ClockTime(t)
	}
	return When(t, now)
}

// Span is a duration in at most two units: "40 s", "58 min", "2 h 40 min", "21 h", "3 d 4 h", "16 days".
// A negative one is given without its sign.
func Span(d time.Duration) string {
	if d < 0 {
		d = -d
	}
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d/time.Second))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d/time.Minute))
	case d >= 10*time.Hour && d < day:
		return fmt.Sprintf("%d h", int(d/time.Hour))
	case d < day:
		return two(int(d/time.Hour), "h", int(d%time.Hour/time.Minute), "min")
	case d < 7*day:
		return two(int(d/day), "d", int(d%day/time.Hour), "h")
	}
	return fmt.Sprintf("%d days", int(d/day))
}

// Relative is "in 2 h 40 min" or "3 d 4 h ago". It stands beside an absolute time, never alone.
func Relative(t, now time.Time) string {
	if t.Before(now) {
		return Span(now.Sub(t)) + " ago"
	}
	return "in " + Span(t.Sub(now))
}

func two(a int, unitA string, b int, unitB string) string {
	if b == 0 {
		return fmt.Sprintf("%d %s", a, unitA)
	}
	return fmt.Sprintf("%d %s %d %s", a, unitA, b, unitB)
}
