package ui

import (
	"strconv"
	"time"
)

// Clock is a period with an end: asked at From, ends at End.
type Clock struct {
	From time.Time
	Now  time.Time
	End  time.Time
	Soft bool   // the end is a guide or has an answer: amber instead of red
	Text string // the sentence for screen readers; written from the times if ""
}

// sentence says in words what the rule draws.
func (c Clock) sentence() string {
	if c.Text != "" {
		return c.Text
	}
	whole := c.End.Sub(c.From)
	switch {
	case !c.Now.Before(c.End):
		return "Over: " + Span(whole) + " passed, ended " + When(c.End, c.Now)
	case !c.Now.After(c.From):
		return "Just opened, " + Span(whole) + " until " + When(c.End, c.Now)
	}
	return Span(c.Now.Sub(c.From)) + " gone of " + Span(whole) + ", ends " + When(c.End, c.Now)
}

// tick is one mark of a rule, at a share of its width from 0 to 1.
type tick struct {
	at    float64
	major bool
	class string
}

// scale is what one tick stands for and how many make a taller one.
type scale struct {
	step  time.Duration
	major int
}

const day = 24 * time.Hour

var scales = []scale{
	{time.Minute, 5}, {2 * time.Minute, 5}, {5 * time.Minute, 6}, {10 * time.Minute, 6}, {15 * time.Minute, 4},
	{30 * time.Minute, 4}, {time.Hour, 6}, {2 * time.Hour, 6}, {3 * time.Hour, 8}, {6 * time.Hour, 4},
	{12 * time.Hour, 2}, {day, 7}, {2 * day, 7}, {7 * day, 4}, {30 * day, 3},
}

// ticks divides the period into at most limit steps of a round length. The last
// tick is the end, whatever the length.
func (c Clock) ticks(limit int) []tick {
	whole := c.End.Sub(c.From)
	if whole <= 0 {
		return []tick{{at: 1, major: true, class: "past"}}
	}
	s := scaleFor(whole, limit)
	var out []tick
	for i := 0; ; i++ {
		gone := s.step * time.Duration(i)
		if gone >= whole-s.step/2 {
			break
		}
		class := "left"
		if !c.From.Add(gone).After(c.Now) {
			class = "past"
		}
		out = append(out, tick{at: float64(gone) / float64(whole), major: i%s.major == 0, class: class})
	}
	return append(out, tick{at: 1, major: true, class: c.endClass()})
}

// scaleFor is the finest round step that needs at most limit ticks.
func scaleFor(whole time.Duration, limit int) scale {
	for _, s := range scales {
		if whole <= s.step*time.Duration(limit) {
			return s
		}
	}
	months := whole/(30*day*time.Duration(limit)) + 1
	return scale{30 * day * months, 3}
}

func (c Clock) endClass() string {
	switch {
	case !c.Now.Before(c.End):
		return "past"
	case c.Soft:
		return "endwarn"
	}
	return "end"
}

// num writes a coordinate with at most two decimals.
func num(f float64) string {
	return strconv.FormatFloat(float64(int(f*100+.5))/100, 'f', -1, 64)
}

// percent writes a share of the width.
func percent(f float64) string { return num(f*100) + "%" }
