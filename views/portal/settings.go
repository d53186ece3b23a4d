package portal

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/workspace"
	"github.com/jexi/portal/views/ui"
)

// SettingsForm is what stands in the forms of the settings.
type SettingsForm struct{ Name, Zone, People, ByMail, Note string }

// The two ways to decide, as the forms send them.
const (
	ByMailToo    = "too"
	SignedInOnly = "signed_in"
)

// SettingsPage is the workspace as it is, and what somebody typed.
type SettingsPage struct {
	workspace.Workspace
	Typed     SettingsForm
	Version   int      // of the page's forms
	Meanwhile bool     // somebody else saved while this was typed
	Clocked   []string // live rules that go by local time
	Dir       rule.Directory
	Me        uuid.UUID
}

// Stored is the form as it is saved.
func Stored(w workspace.Workspace) SettingsForm {
	return SettingsForm{Name: w.Name, Zone: w.TimeZone, People: strconv.Itoa(w.UnmatchedPeople), ByMail: byMail(w.SignedInOnly)}
}

func byMail(signedInOnly bool) string {
	if signedInOnly {
		return SignedInOnly
	}
	return ByMailToo
}

func byMailChoices() []ui.Option {
	return []ui.Option{{Value: ByMailToo, Label: byMailWords(ByMailToo)}, {Value: SignedInOnly, Label: byMailWords(SignedInOnly)}}
}

func byMailWords(choice string) string {
	if choice == SignedInOnly {
		return "Signed in only"
	}
	return "From e-mails too"
}

// CanLower tells that something could be weaker than it is.
func (p SettingsPage) CanLower() bool {
	return p.UnmatchedPeople > 1 || p.SignedInOnly || len(p.Clocked) > 0
}

func (p SettingsPage) mine() bool { return p.Wanted() && p.WantedBy != nil && *p.WantedBy == p.Me }

// MayAgree tells that the reader's agreement would count now, if they may change the settings at all.
func (p SettingsPage) MayAgree(now time.Time) bool {
	return p.Wanted() && (!p.mine() || admins(p.Dir) < 2 && !now.Before(p.LowerAt()))
}

func (p SettingsPage) docket(now time.Time) []ui.Fact {
	zone, err := time.LoadLocation(p.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	asked := ui.Fact{Label: "Where no rule matches", Value: ui.Plural(p.UnmatchedPeople, "person", "people"), Sub: "Owners and Admins"}
	if p.WantedPeople != nil {
		asked.Sub = "Somebody asks for " + strconv.Itoa(*p.WantedPeople)
	}
	decide := ui.Fact{Label: "How people decide", Value: byMailWords(byMail(p.SignedInOnly)), Sub: "Low and medium risk"}
	switch {
	case p.WantedMail:
		decide.Sub = "Somebody asks for e-mails too"
	case p.SignedInOnly:
		decide.Sub = "With a passkey or code"
	}
	return []ui.Fact{{Label: "Address", Value: "/w/" + p.Slug, Sub: "Region " + p.Region + ". Both stay"},
		{Label: "Time there", Value: now.In(zone).Format("15:04"), Sub: p.TimeZone}, asked, decide}
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
		{Label: "How people decide", Before: byMailWords(now.ByMail), After: byMailWords(p.Typed.ByMail)},
	}
}

// wish says who asks for what.
func (p SettingsPage) wish() string {
	var what []string
	if p.WantedPeople != nil {
		what = append(what, agree(*p.WantedPeople)+" instead of "+strconv.Itoa(p.UnmatchedPeople))
	}
	if p.WantedMail {
		what = append(what, "people may decide from e-mails again")
	}
	if p.WantedZone != nil {
		what = append(what, "local time is that of "+*p.WantedZone+" instead of "+p.TimeZone)
	}
	return who(p.Dir, p.WantedBy) + " asks that " + strings.Join(what, ", and that ")
}

// lowered are the settings before and after, for whoever agrees.
func (p SettingsPage) lowered() (out []ui.Answer) {
	if p.WantedPeople != nil {
		out = append(out, ui.Answer{Label: "Where no rule matches", Value: strconv.Itoa(p.UnmatchedPeople) + " today, " + strconv.Itoa(*p.WantedPeople) + " afterwards"})
	}
	if p.WantedMail {
		out = append(out, ui.Answer{Label: "How people decide", Value: "Signed in only today, from e-mails too afterwards"})
	}
	if p.WantedZone != nil {
		out = append(out, ui.Answer{Label: "Time zone", Value: p.TimeZone + " today, " + *p.WantedZone + " afterwards"}, ui.Answer{Label: "Rules by local time", Value: p.clocked()})
	}
	return out
}

// effect says from when on what is wanted holds.
func (p SettingsPage) effect() string {
	const mail = "From the next e-mail on people can decide there. Links that came without a code still lead to sign-in."
	const rest = "It holds from the next request on. Requests that are open keep what they were asked under."
	switch {
	case !p.WantedMail:
		return rest
	case p.WantedPeople == nil && p.WantedZone == nil:
		return mail
	}
	return rest + " " + mail
}

// clocked names the live rules that go by local time.
func (p SettingsPage) clocked() string {
	const most = 3
	names := p.Clocked[:min(len(p.Clocked), most)]
	says := "“" + strings.Join(names, "”, “") + "”"
	switch more := len(p.Clocked) - len(names); {
	case len(names) == 0:
		return "None any more"
	case more > 0:
		return says + " and " + ui.Spell(more, "more", "more")
	}
	return says
}

// zoneHelp says who may change the time zone, and why.
func (p SettingsPage) zoneHelp() string {
	const help = "Rules about business hours and local time go by it. Pages and mails say UTC. "
	if len(p.Clocked) == 0 {
		return help + "No live rule goes by local time today, so one of you can change it."
	}
	return help + "To change it takes two of you: in another zone, what is held today by " + p.clocked() + " could go free."
}

// fewer are the numbers to choose from, what holds today first.
func (p SettingsPage) fewer() (out []ui.Option) {
	for n := p.UnmatchedPeople; n > 0; n-- {
		o := ui.Option{Value: strconv.Itoa(n), Label: strconv.Itoa(n)}
		if n == p.UnmatchedPeople {
			o.Label += ", as today"
		}
		out = append(out, o)
	}
	return out
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
	return "There is no second Owner or Admin here, so it can be done " + ui.Until(p.LowerAt(), now) + " at the earliest."
}

func (p SettingsPage) afterAsking() string {
	if admins(p.Dir) < 2 {
		return "There is no second Owner or Admin here, so you can do it yourself a day after you ask, unless you end it before."
	}
	return "Another Owner or Admin then agrees or ends it. Until then nothing changes."
}
