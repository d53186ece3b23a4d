package handlers_test

import (
	"maps"
	"slices"
	"testing"
	"time"
)

// An app whose clock is an hour ahead or behind the database's lets people in, has them decide and acts as ever.
func TestAnAppWhoseClockIsAnHourWrongWorksAsEver(t *testing.T) {
	t.Parallel()
	for what, skew := range map[string]time.Duration{"ahead": -time.Hour, "behind": time.Hour} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			h.Pass(skew)
			s := h.stage()
			for _, some := range []map[string]func(*stage) *page{accountDeeds(), securityDeeds("/security", "/security"), requestDeeds(), tokenDeeds()} {
				for _, name := range slices.Sorted(maps.Keys(some)) {
					s.enter()
					if p := some[name](s); p.Status >= 400 {
						t.Errorf("%s answers %d:\n%s", name, p.Status, p.Text())
					}
				}
			}
		})
	}
}
