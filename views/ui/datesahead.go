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

// span is the part of a level that something covers, in pixels.
type span struct{ from, to float64 }

func (s span) meets(t span) bool { return s.from < t.to && t.from < s.to }

// levels are what is taken so far, level by level.
type levels [][]span

func (l levels) free(level int, s span) bool {
	return level >= len(l) || !slices.ContainsFunc(l[level], s.meets)
}

func (l *levels) take(level int, s span) {
	for len(*l) <= level {
		*l = append(*l, nil)
	}
	(*l)[level] = append((*l)[level], s)
}

// place gives each date the lowest level where its label is free and its line
// crosses no other label. A label may stand over later dates only as high as
// there are dates to put below it.
func place(now time.Time, days int, dates []AheadDate) []placed {
	var out []placed
	var taken levels
	x := func(d AheadDate) float64 { return float64(daysBetween(now, d.At)) / float64(days) * aheadWidth }
	for i, d := range dates {
		p := placed{AheadDate: d, day: daysBetween(now, d.At)}
		later := func(s span) int { return covered(s, dates[i+1:], x) }
		if !p.find(taken, x(d), len(dates)-i-1, later) {
			p.find(taken, x(d), 0, nil)
		}
		for below := range p.level {
			taken.take(below, span{x(d) - 4, x(d) + 4})
		}
		taken.take(p.level, p.covers(x(d)))
		out = append(out, p)
	}
	return out
}

// find looks for a free place, level by level, right before left, leaving at most spare levels
// empty for later dates. Without later it minds neither lines nor later dates, and always finds one.
func (p *placed) find(taken levels, x float64, spare int, later func(span) int) bool {
	for p.level = 0; p.level <= len(taken)+spare; p.level++ {
		for _, p.left = range []bool{false, true} {
			s := p.covers(x)
			if s.from >= -8 && s.to <= aheadWidth+8 && taken.free(p.level, s) && (later == nil || later(s) <= p.level) {
				return true
			}
		}
		if later != nil && !taken.free(p.level, span{x - 4, x + 4}) {
			return false
		}
	}
	p.level = len(taken)
	return false
}

// label is the title as far as the rule has room for it.
func (d AheadDate) label() string { return Short(d.Title, 44) }

// covers is what the words cover, right or left of the line.
func (p *placed) covers(x float64) span {
	width := float64(max(len([]rune(p.label())), len([]rune(p.Text))))*charWidth + labelGap
	if p.left {
		return span{x - width, x + 4}
	}
	return span{x - 4, x + width}
}

func covered(s span, dates []AheadDate, x func(AheadDate) float64) int {
	n := 0
	for _, d := range dates {
		if s.from < x(d) && x(d) < s.to {
			n++
		}
	}
	return n
}

// daysBetween counts midnights in UTC.
func daysBetween(from, to time.Time) int {
	midnight := func(t time.Time) time.Time { return t.UTC().Truncate(day) }
	return int(midnight(to).Sub(midnight(from)) / day)
}
