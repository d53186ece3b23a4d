package portal

import (
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/workspace"
	"github.com/jexi/portal/views/ui"
)

// SettingsForm is what stands in the forms of the settings.
type SettingsForm struct{ Name, Zone, People, Note string }

// SettingsPage is the workspace as it is, and what somebody typed.
type SettingsPage struct {
	workspace.Workspace
	Typed     SettingsForm
	Version   int  // of the page's forms
	Meanwhile bool // somebody else saved while this was typed
	Dir       rule.Directory
	Me        uuid.UUID
}

// Stored is the form as it is saved.
func Stored(w workspace.Workspace) SettingsForm {
	return SettingsForm{Name: w.Name, Zone: w.TimeZone, People: strconv.Itoa(w.UnmatchedPeople)}
}

// CanLower tells that there is a smaller number.
func (p SettingsPage) CanLower() bool { return p.UnmatchedPeople > 1 }

// Wanted tells that somebody asks for fewer people.
func (p SettingsPage) Wanted() bool { return p.WantedPeople != nil }

func (p SettingsPage) mine() bool { return p.Wanted() && p.WantedBy != nil && *p.WantedBy == p.Me }

// MayAgree tells that the reader's agreement would count now, if they may change the settings at all.
func (p SettingsPage) MayAgree(now time.Time) bool {
	return p.Wanted() && (!p.mine() || admins(p.Dir) < 2 && !now.Before(p.FewerAt()))
}

func (p SettingsPage) docket(now time.Time) []ui.Fact {
	zone, err := time.LoadLocation(p.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	asked := ui.Fact{Label: "Where no rule matches", Value: ui.Plural(p.UnmatchedPeople, "person", "people"), Sub: "Owners and Admins"}
	if p.Wanted() {
		asked.Sub = "Somebody asks for " + strconv.Itoa(*p.WantedPeople)
	}
	return []ui.Fact{{Label: "Region", Value: p.Region, Sub: "Chosen when it was made"}, {Label: "Address", Value: "/w/" + p.Slug, Sub: "It stays"},
		{Label: "Time there", Value: now.In(zone).Format("15:04"), Sub: p.TimeZone}, asked}
}

// zones are the choices, with what is chosen among them.
func (p SettingsPage) zones() []ui.Option {
	var out []ui.Option
	all := workspace.Zones()
	for _, chosen := range []string{p.Typed.Zone, p.TimeZone} {
		if !slices.Contains(all, chosen) {
			all = append([]string{chosen}, all...)
		}
	}
	for _, name := range all {
		out = append(out, ui.Option{Value: name, Label: name})
	}
	return out
}

func (p SettingsPage) differences() []ui.Change {
	now := Stored(p.Workspace)
	return []ui.Change{
		{Label: "Name", Before: now.Name, After: p.Typed.Name},
		{Label: "Time zone", Before: now.Zone, After: p.Typed.Zone},
		{Label: "People where no rule matches", Before: now.People, After: p.Typed.People},
	}
}

// wish says who asks for what.
func (p SettingsPage) wish() string {
	return who(p.Dir, p.WantedBy) + " asks that " + agree(*p.WantedPeople) + " instead of " + strconv.Itoa(p.UnmatchedPeople)
}

func agree(n int) string {
	if n == 1 {
		return "1 person must agree"
	}
	return strconv.Itoa(n) + " people must agree"
}

// afterWish says what has to happen before it holds.
func (p SettingsPage) afterWish(now time.Time) string {
	switch {
	case admins(p.Dir) > 1 && p.mine():
		return "You asked for it, so a second Owner or Admin agrees or ends it. Until then nothing changes."
	case admins(p.Dir) > 1:
		return "A second Owner or Admin agrees or ends it. Until then nothing changes."
	case p.MayAgree(now):
		return "There is no second Owner or Admin here, and a day has passed."
	}
	return "There is no second Owner or Admin here, so it can be done " + ui.Until(p.FewerAt(), now) + " at the earliest."
}

// fewerTyped is one less, until somebody types.
func (p SettingsPage) fewerTyped() string {
	if p.Typed.Name != "" { // nothing was typed on this page
		return strconv.Itoa(p.UnmatchedPeople - 1)
	}
	return p.Typed.People
}

func (p SettingsPage) afterAsking() string {
	if admins(p.Dir) < 2 {
		return "There is no second Owner or Admin here, so you can do it yourself a day after you ask, unless you end it before."
	}
	return "Another Owner or Admin then agrees or ends it. Until then nothing changes."
}
