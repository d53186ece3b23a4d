package ui

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestATickRuleShowsWhatIsGone(t *testing.T) {
	now := at("2026-11-23T09:04:00Z")
	c := Clock{From: now.Add(-80 * time.Minute), Now: now, End: now.Add(160 * time.Minute)}
	ticks := c.ticks(30)
	past := 0
	for _, each := range ticks {
		if each.class == "past" {
			past++
		}
	}
	// Four hours in ticks of ten minutes: nine have passed, the tenth of the third hour not.
	if len(ticks) != 25 || past != 9 || ticks[24].class != "end" {
		t.Errorf("%d ticks, %d past, last %q", len(ticks), past, ticks[len(ticks)-1].class)
	}
	if want := "1 h 20 min gone of 4 h, ends 11:44 UTC"; c.sentence() != want {
		t.Errorf("sentence %q, want %q", c.sentence(), want)
	}
}

func TestAnEndedClockIsDarkToTheEnd(t *testing.T) {
	now := at("2026-11-23T09:04:00Z")
	for _, each := range (Clock{From: now.Add(-time.Hour), Now: now, End: now}).ticks(30) {
		if each.class != "past" {
			t.Errorf("tick at %v is %q", each.at, each.class)
		}
	}
}

func TestNoPeriodBreaksTheTickRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := at("2026-11-23T09:04:00Z")
		length := time.Duration(rapid.Int64Range(-int64(day), int64(4000*day)).Draw(t, "length"))
		gone := time.Duration(rapid.Int64Range(-int64(day), int64(5000*day)).Draw(t, "gone"))
		limit := rapid.IntRange(10, 60).Draw(t, "limit")
		ticks := Clock{From: from, Now: from.Add(gone), End: from.Add(length)}.ticks(limit)
		if len(ticks) > limit+1 {
			t.Fatalf("%d ticks, limit %d", len(ticks), limit)
		}
		before := -1.0
		for _, each := range ticks {
			if each.at <= before || each.at > 1 {
				t.Fatalf("tick at %v after %v", each.at, before)
			}
			before = each.at
		}
		if before != 1 {
			t.Fatalf("the last tick is at %v, not at the end", before)
		}
	})
}

func TestLabelsOfTheDatesAheadNeverMeet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := at("2026-11-23T09:04:00Z")
		var dates []AheadDate
		for range rapid.IntRange(0, 9).Draw(t, "count") {
			dates = append(dates, AheadDate{
				Title: rapid.StringOfN(rapid.RuneFrom([]rune("abcdef ")), 3, 40, -1).Draw(t, "title"),
				At:    now.AddDate(0, 0, rapid.IntRange(-5, 50).Draw(t, "day")),
			})
		}
		kept := ahead(now, 38, dates)
		all := place(now, 38, kept)
		for i, a := range all {
			ax := float64(a.day) / 38 * aheadWidth
			for _, b := range all[:i] {
				one, other := a.covers(ax), b.covers(float64(b.day)/38*aheadWidth)
				apart := one.to <= other.from || other.to <= one.from
				if a.level == b.level && !apart {
					t.Fatalf("%q and %q meet on level %d", a.Title, b.Title, a.level)
				}
			}
		}
	})
}

func TestDatesAheadAreThoseWithinTheDaysInOrder(t *testing.T) {
	now := at("2026-11-23T23:30:00Z")
	got := ahead(now, 7, []AheadDate{
		{Title: "later", At: at("2026-12-02T00:00:00Z")},
		{Title: "week", At: at("2026-11-30T23:59:00Z")},
		{Title: "tomorrow", At: at("2026-11-24T00:10:00Z")},
		{Title: "gone", At: at("2026-11-22T12:00:00Z")},
	})
	if len(got) != 2 || got[0].Title != "tomorrow" || got[1].Title != "week" {
		t.Errorf("got %v", got)
	}
}
