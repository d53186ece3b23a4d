package handlers_test

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/modelstest"
	"github.com/jexi/portal/models/workspace"
)

// ask has this many people agree where no rule matches, as this person.
func (h *house) unmatched(place modelstest.Place, first string, people int) {
	h.t.Helper()
	h.As(h.Grant(place, first, access.ManageWorkspace), func(tx *db.Tx) error {
		w, err := workspace.Here(tx)
		if err == nil && w.UnmatchedPeople < people {
			_, err = workspace.ChangeSettings(tx, workspace.Settings{Name: w.Name, TimeZone: w.TimeZone, People: people, Version: w.Version})
		}
		return err
	})
}

// fewer has this person ask for one less.
func (h *house) fewer(place modelstest.Place, first string) {
	h.t.Helper()
	h.As(h.Grant(place, first, access.ManageWorkspace), func(tx *db.Tx) error {
		w, err := workspace.Here(tx)
		if err == nil {
			_, err = workspace.AskToLower(tx, workspace.Settings{TimeZone: w.TimeZone, People: w.UnmatchedPeople - 1, Version: w.Version}, "")
		}
		return err
	})
}

func settingsDeeds() map[string]func(*stage) *page {
	const path = "/w/acme/settings"
	return map[string]func(*stage) *page{
		"POST /w/:slug/settings": func(s *stage) *page {
			return s.ada.act(path, path, url.Values{"name": {"Acme " + strconv.Itoa(s.once())}})
		},
		"POST /w/:slug/settings/lowering": func(s *stage) *page {
			s.unmatched(s.Acme, "ada", 2)
			return s.ada.act(path+"/lowering", "/lowering", url.Values{"people": {"1"}, "note": {"One is enough."}})
		},
		"POST /w/:slug/settings/lowering/agreement": func(s *stage) *page {
			s.unmatched(s.Acme, "ada", 2)
			s.fewer(s.Acme, "ada")
			return s.max.act(path+"/lowering/agreement", "/agreement", nil)
		},
		"POST /w/:slug/settings/lowering/removal": func(s *stage) *page {
			s.unmatched(s.Acme, "ada", 2)
			s.fewer(s.Acme, "ada")
			return s.max.act(path, "/removal", nil)
		},
	}
}

func TestTheSettingsOfAWorkspaceAreReadAndChanged(t *testing.T) {
	h := open(t)
	ada := h.signIn(h.Acme, "ada")
	path := "/w/acme/settings"
	p := ada.get(path).shows(200, "Settings of Acme Hosting", "Region", "EU", "Time zone", "1 person")
	for typed, want := range map[string]string{"0": "from 1 to 5", "-1": "from 1 to 5", "6": "from 1 to 5", "two": "from 1 to 5", "1.5": "from 1 to 5", "3": "There are 2 Owners and Admins who could agree"} {
		back := ada.submit(p, path, url.Values{"people": {typed}, "name": {"Typed"}}).shows(422, want)
		if _, form, _ := back.form(path); form.Get("people") != typed || form.Get("name") != "Typed" {
			t.Errorf("what was typed is lost: %v", form)
		}
	}
	for _, zone := range []string{"Mars/Olympus", "", "Local", "../etc/passwd"} {
		ada.submit(p, path, url.Values{"time_zone": {zone}}).shows(422, "is not a time zone such as Europe/Berlin")
	}
	ada.submit(p, path, url.Values{"name": {"  "}}).shows(422, "Give a name.")
	p = ada.submit(p, path, url.Values{"name": {"Acme Group"}, "time_zone": {"America/Toronto"}, "people": {"2"}}).
		shows(200, "Settings saved", "Settings of Acme Group", "America/Toronto", "2 people", "Ask for weaker settings")
	ada.submit(p, path, url.Values{"people": {"1"}}).shows(422, "Fewer than 2 takes a second Owner or Admin")
	ada.get("/w/acme").shows(200, "Acme Group")
	udo := h.signIn(h.Acme, "udo").get(path).shows(200, "Owners and Admins change the settings", "America/Toronto")
	if _, _, ok := udo.form(path); ok || strings.Contains(udo.Text(), "Ask for weaker") {
		t.Error("an Auditor is offered to change them")
	}
	h.signIn(h.Acme, "ann").get(path).shows(403)
	h.signIn(h.Globex, "greta").get(path).shows(404)
	h.signIn(h.Globex, "greta").get("/w/globex/settings").shows(200, "Settings of Globex Domains", "1 person")
}

func TestStaleSettingsAreShownBesideWhatWasTyped(t *testing.T) {
	h := open(t)
	ada, max := h.signIn(h.Acme, "ada"), h.signIn(h.Acme, "max")
	path := "/w/acme/settings"
	first, second := ada.get(path), max.get(path)
	max.submit(second, path, url.Values{"name": {"By Max"}}).shows(200, "Settings saved")
	p := ada.submit(first, path, url.Values{"name": {"By Ada"}, "people": {"2"}}).
		shows(409, "Somebody changed the settings meanwhile", "Saved now", "By Max", "You typed", "By Ada")
	if _, form, _ := p.form(path); form.Get("name") != "By Ada" || form.Get("people") != "2" {
		t.Errorf("the form is %v", form)
	}
	for range 2 { // a double click
		ada.submit(p, path, nil).shows(200, "Settings of By Ada")
	}
}

func TestFewerPeopleTakeTwoOfThem(t *testing.T) {
	h := open(t)
	h.connect("registrar")
	h.unmatched(h.Acme, "ada", 2)
	path := "/w/acme/settings"
	h.signIn(h.Acme, "ada").get(path+"/lowering").shows(200, "Show that it is you")
	ada, max := h.signInProved(h.Acme, "ada"), h.signInProved(h.Acme, "max")
	p := ada.get(path+"/lowering").shows(200, "Ask for weaker settings?", "2, as today", "Another Owner or Admin then agrees")
	for typed, want := range map[string]string{"2": "as it is today", "0": "from 1 to 2", "none": "from 1 to 2"} {
		ada.submit(p, "/lowering", url.Values{"people": {typed}, "note": {"Enough."}}).shows(422, want, "Enough.")
	}
	p = ada.submit(p, "/lowering", url.Values{"people": {"1"}, "note": {"One is enough."}}).
		shows(200, "Ada Okafor asks that 1 person must agree instead of 2", "You asked for it", "One is enough.")
	if strings.Contains(p.Body, path+"/lowering/agreement") {
		t.Error("whoever asked is offered to agree")
	}
	ada.posts(path+"/lowering/agreement", url.Values{"version": {"3"}}).shows(403, "a second Owner or Admin must agree")
	h.signIn(h.Acme, "udo").get(path).shows(200, "Ada Okafor asks that 1 person must agree")
	h.signIn(h.Acme, "max").get(path+"/lowering/agreement").shows(200, "Show that it is you")
	if r := h.ask("registrar.domain.transfer_out", `{"domain":"example.com"}`); r.State != approval.Pending || r.Plan.V.Stages[0].Min != 2 {
		t.Errorf("before somebody agrees it takes %+v", r.Plan.V.Stages)
	}
	p = max.get(path+"/lowering/agreement").shows(200, "Agree to weaker settings?", "2 today, 1 afterwards", "One is enough.")
	seen := max.get(path)
	max.submit(p, "/agreement", nil).shows(200, "The settings are changed", "1 person")
	max.submit(seen, "/removal", nil).shows(409, "Somebody changed the settings meanwhile")
	if r := h.ask("registrar.domain.transfer_out", `{"domain":"example.org"}`); r.State != approval.Pending || r.Plan.V.Stages[0].Min != 1 {
		t.Errorf("afterwards it takes %+v", r.Plan.V.Stages)
	}
	max.get(path+"/lowering").shows(200, "Settings of Acme Hosting") // there is nothing below
}

func TestWhoeverIsAloneLowersItADayLater(t *testing.T) {
	h := open(t)
	h.owner("update workspaces set unmatched_people = 2 where slug = 'globex'")
	greta := h.signInProved(h.Globex, "greta")
	path := "/w/globex/settings"
	greta.submit(greta.get(path+"/lowering").shows(200, "you can do it yourself a day after"), "/lowering", url.Values{"people": {"1"}}).
		shows(200, "There is no second Owner or Admin here, so it can be done")
	greta.posts(path+"/lowering/agreement", url.Values{"version": {"2"}}).shows(409, "a day after you asked")
	h.Pass(25 * time.Hour)
	greta = h.signInProved(h.Globex, "greta")
	greta.submit(greta.get(path+"/lowering/agreement"), "/agreement", nil).shows(200, "The settings are changed")
}

func TestAnotherTimeZoneTakesTwoWhereALiveRuleGoesByLocalTime(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.connect("whmcs")
	path := "/w/acme/settings"
	ada, max := h.signInProved(h.Acme, "ada"), h.signInProved(h.Acme, "max")
	nights := h.written(ada, url.Values{"name": {"Refunds by night"}, "conditions.0.field": {"time.business"}, "conditions.0.op": {"="}, "conditions.0.value": {"false"}})
	p := ada.get(path).shows(200, "No live rule goes by local time today, so one of you can change it")
	ada.submit(p, path, url.Values{"time_zone": {"Europe/Vienna"}}).shows(200, "Settings saved", "Europe/Vienna")
	max.submit(max.get(nights+"/publication"), "/publication", nil).shows(200, "It holds from the next request on")

	p = ada.get(path).shows(200, "To change it takes two of you", "held today by “Refunds by night”", "Ask for weaker settings")
	ada.submit(p, path, url.Values{"time_zone": {"America/Toronto"}}).shows(422, "Live rules go by local time, so another time zone takes a second Owner or Admin")
	ada.submit(p, path, url.Values{"name": {"Acme Group"}}).shows(200, "Settings saved", "Acme Group", "Europe/Vienna")
	p = ada.get(path+"/lowering").shows(200, "Ask for weaker settings?", "could let go what is held back today", "“Refunds by night”")
	if _, form, _ := p.form("/lowering"); form.Get("people") != "1" || strings.Contains(p.Text(), "as today") {
		t.Errorf("fewer than one person is offered: %v", form)
	}
	ada.submit(p, "/lowering", nil).shows(422, "This is as it is today")
	ada.submit(p, "/lowering", url.Values{"time_zone": {"Mars/Olympus"}}).shows(422, "is not a time zone")
	ada.submit(p, "/lowering", url.Values{"time_zone": {"America/Toronto"}, "note": {"We moved."}}).
		shows(200, "Ada Okafor asks that local time is that of America/Toronto instead of Europe/Vienna", "You asked for it", "We moved.")
	ada.posts(path+"/lowering/agreement", url.Values{"version": {"4"}}).shows(403, "a second Owner or Admin must agree")
	p = max.get(path+"/lowering/agreement").shows(200, "Europe/Vienna today, America/Toronto afterwards", "“Refunds by night”", "We moved.")
	max.submit(p, "/agreement", nil).shows(200, "The settings are changed", "America/Toronto")
	h.signIn(h.Acme, "udo").get("/w/acme/audit").shows(200, "Asked for weaker settings", "Agreed to weaker settings")
}
