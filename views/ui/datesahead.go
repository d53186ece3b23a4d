package ui

import (
	"slices"
	"time"
)

// AheadDate is something that will happen on a day. Text says when in words: "Tue 24
// Nov, 14:10". Tone is Stop for a hard end, Warn for one that can be answered,
// else plain.
type AheadDate struct {
	Title string
	Text  string
	At    time.Time
	Tone  Tone
}

// placed is an AheadDate with its place on the rule. level counts lines up from the rule.
type placed struct {
	AheadDate
	day   int
	level int
	left  bool // the label stands left of its line
}

// The rule is drawn in shares of its width; labels are placed for the narrowest
// width at which it is shown, so that they never meet.
const (
	aheadWidth = 940.0
	charWidth  = 6.6
	labelGap   = 16.0
)

// ahead keeps the dates within days of now, in order.
func ahead(now time.Time, days int, dates []AheadDate) []AheadDate {
	var out []AheadDate
	for _, d := range dates {
		if n := daysBetween(now, d.At); n >= 0 && n <= days {
			out = append(out, d)
		}
	}
	slices.SortStableFunc(out, func(a, b AheadDate) int { return a.At.Compare(b.At) })
	return out
}

// place gives each date the lowest level where its label is free.
func place(now time.Time, days int, dates []AheadDate) []placed {
	var out []placed
	var taken [][][2]float64
	for _, d := range dates {
		p := placed{AheadDate: d, day: daysBetween(now, d.At)}
		x := float64(p.day) / float64(days) * aheadWidth
		width := float64(max(len([]rune(d.Title)), len([]rune(d.Text))))*charWidth + labelGap
		p.left = x+width > aheadWidth
		span := [2]float64{x - 4, x + width}
		if p.left {
			span = [2]float64{x - width, x + 4}
		}
		for p.level < len(taken) && meets(taken[p.level], span) {
			p.level++
		}
		if p.level == len(taken) {
			taken = append(taken, nil)
		}
		// The line of a higher label crosses the levels below it.
		for below := range p.level {
			taken[below] = append(taken[below], [2]float64{x - 4, x + 4})
		}
		taken[p.level] = append(taken[p.level], span)
		out = append(out, p)
	}
	return out
}

func meets(taken [][2]float64, span [2]float64) bool {
	for _, t := range taken {
		if span[0] < t[1] && t[0] < span[1] {
			return true
		}
	}
	return false
}

// daysBetween counts midnights in UTC.
func daysBetween(from, to time.Time) int {
	midnight := func(t time.Time) time.Time { return t.UTC().Truncate(day) }
	return int(midnight(to).Sub(midnight(from)) / day)
}
