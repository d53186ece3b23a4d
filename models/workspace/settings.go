package workspace

import (
	"cmp"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/rule"
)

// Settings are what Owners and Admins choose for their workspace. Version is that of the page they
// were made on.
type Settings struct {
	Name, TimeZone string
	People         int  // who must agree where no rule matches
	SignedInOnly   bool // nobody decides with a mailbox alone
	Version        int
}

// MostPeople is how many a workspace can ask where no rule matches.
const MostPeople = 5

// AloneDelay is how long a change waits that takes two, where no second person can agree to it.
const AloneDelay = 24 * time.Hour

//go:embed zones.txt
var zones string

// Zones are the time zones to choose from. Other names of the IANA database are good too.
func Zones() []string { return strings.Fields(zones) }

func knownZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "" && name != "Local"
}

// ChangeSettings saves name, time zone, how many people must agree where no rule matches and whether
// they decide signed in only. What could free what is held today is AskToLower's: a lower number,
// decisions from e-mails again, and another time zone where live rules go by local time. What this
// makes stricter holds at once for links, and else from the next request on.
func ChangeSettings(tx *db.Tx, s Settings) (Workspace, error) {
	w, _, err := lockHere(tx, s.Version)
	if err != nil {
		return w, err
	}
	if s, err = s.check(tx, w); err != nil || s == w.settings() {
		return w, err
	}
	return w, w.become(tx, s, "workspace.changed", nil)
}

// become saves these settings. More than another name ends the wish for weaker ones.
func (w *Workspace) become(tx *db.Tx, s Settings, act string, detail map[string]any) error {
	before, set := w.facts(), map[string]any{"name": s.Name, "time_zone": s.TimeZone, "unmatched_people": s.People, "signed_in_only": s.SignedInOnly}
	rules := s.People != w.UnmatchedPeople || s.TimeZone != w.TimeZone
	if rules {
		w.newEdition(set)
	}
	if rules || s.SignedInOnly != w.SignedInOnly {
		w.forget(set)
	}
	w.Name, w.TimeZone, w.UnmatchedPeople, w.SignedInOnly = s.Name, s.TimeZone, s.People, s.SignedInOnly
	w.record(tx, act, before, w.facts(), detail)
	return w.save(tx, set)
}

func (s Settings) check(tx *db.Tx, w Workspace) (Settings, error) {
	var problems fault.Collect
	name, err := identity.CleanName("name", s.Name)
	problems = append(problems, fieldsOf(err)...)
	s.Name = name
	if !knownZone(s.TimeZone) {
		problems.Add("time_zone", "%q is not a time zone such as Europe/Berlin.", s.TimeZone)
	}
	if s.TimeZone != w.TimeZone {
		rules, err := LocalTimeRules(tx)
		if err != nil {
			return s, err
		}
		if len(rules) > 0 {
			problems.Add("time_zone", "Live rules go by local time, so another time zone takes a second Owner or Admin. Ask for that below.")
		}
	}
	if w.SignedInOnly && !s.SignedInOnly {
		problems.Add("by_mail", "To let people decide from e-mails again takes a second Owner or Admin. Ask for that below.")
	}
	n, err := admins(tx)
	switch {
	case err != nil:
		return s, err
	case s.People < 1 || s.People > MostPeople:
		problems.Add("people", "Write a whole number from 1 to %d.", MostPeople)
	case s.People < w.UnmatchedPeople:
		problems.Add("people", "Fewer than %d takes a second Owner or Admin. Ask for that below.", w.UnmatchedPeople)
	case s.People > w.UnmatchedPeople && s.People > n:
		problems.Add("people", "There are %d Owners and Admins who could agree. Ask for at most that many, or add people.", n)
	}
	return s, problems.OrNil()
}

// LocalTimeRules are the names of the live rules that go by local time: in another time zone they
// may free what they hold today.
func LocalTimeRules(tx *db.Tx) (names []string, err error) {
	var live []struct{ Body db.JSON[rule.Body] }
	err = tx.Gorm().Raw("select body from rule_versions where workspace_id = ? and state = 'live' order by body->>'name'", tx.Workspace()).Scan(&live).Error
	if err != nil {
		return nil, fmt.Errorf("rules that go by local time: %w", err)
	}
	for _, r := range live {
		if r.Body.V.Where.LocalTime() {
			names = append(names, r.Body.V.Name)
		}
	}
	return names, nil
}

// AskToLower asks a second Owner or Admin to let fewer people agree where no rule matches, to let them
// decide from e-mails again, or to change the time zone: what is held back today could go free, which
// nobody does alone. A newer wish takes an older one's place.
func AskToLower(tx *db.Tx, s Settings, note string) (Workspace, error) {
	w, now, err := lockHere(tx, s.Version)
	if err != nil {
		return w, err
	}
	var problems fault.Collect
	switch {
	case s.People < 1 || s.People > w.UnmatchedPeople:
		problems.Add("people", "Choose from 1 to %d.", w.UnmatchedPeople)
	case !knownZone(s.TimeZone):
		problems.Add("time_zone", "%q is not a time zone such as Europe/Berlin.", s.TimeZone)
	case s.SignedInOnly && !w.SignedInOnly:
		problems.Add("by_mail", "People decide from e-mails too today. Signed in only is stricter, so save that with the settings.")
	case s.People == w.UnmatchedPeople && s.TimeZone == w.TimeZone && s.SignedInOnly == w.SignedInOnly:
		problems.Add(w.lowerable(), "This is as it is today. Choose something else.")
	}
	if note != "" {
		note, err = identity.CleanText("note", note, descriptionLimit)
		problems = append(problems, fieldsOf(err)...)
	}
	if err := problems.OrNil(); err != nil {
		return w, err
	}
	w.WantedPeople, w.WantedZone, w.WantedMail = nil, nil, w.SignedInOnly && !s.SignedInOnly
	if s.People != w.UnmatchedPeople {
		w.WantedPeople = &s.People
	}
	if s.TimeZone != w.TimeZone {
		w.WantedZone = &s.TimeZone
	}
	w.WantedBy, w.WantedAt, w.WantedNote = new(tx.Actor().ID), &now, note
	w.record(tx, "workspace.lower_asked", nil, nil, w.wish())
	return w, w.save(tx, map[string]any{"wanted_people": w.WantedPeople, "wanted_zone": w.WantedZone, "wanted_mail": w.WantedMail, "wanted_by": w.WantedBy, "wanted_at": now, "wanted_note": note})
}

// lowerable names a setting that can be weaker than it is.
func (w Workspace) lowerable() string {
	switch {
	case w.UnmatchedPeople > 1:
		return "people"
	case w.SignedInOnly:
		return "by_mail"
	}
	return "time_zone"
}

// AgreeToLower changes the settings as somebody else asked. Where there is no second Owner or Admin,
// whoever asked may do it a day later.
func AgreeToLower(tx *db.Tx, version int) (Workspace, error) {
	w, now, err := lockWish(tx, version)
	if err != nil {
		return w, err
	}
	n, err := admins(tx)
	if err != nil {
		return w, err
	}
	if err := w.mayAgree(tx.Actor(), n, now); err != nil {
		return w, err
	}
	s := w.settings()
	s.People, s.TimeZone, s.SignedInOnly = *cmp.Or(w.WantedPeople, &s.People), *cmp.Or(w.WantedZone, &s.TimeZone), s.SignedInOnly && !w.WantedMail
	return w, w.become(tx, s, "workspace.lower_agreed", map[string]any{"asked_by": w.WantedBy})
}

// mayAgree refuses whoever asked, unless nobody else can agree and a day has passed.
func (w Workspace) mayAgree(a access.Actor, admins int, now time.Time) error {
	switch at := w.LowerAt(); {
	case a.Kind != access.Person || a.ID == *w.WantedBy && admins > 1:
		return fault.New(fault.Forbidden, "You asked for this, so a second Owner or Admin must agree.")
	case a.ID == *w.WantedBy && now.Before(at):
		return fault.New(fault.Conflict, "There is no second Owner or Admin here, so you can do this a day after you asked: from %s UTC on.", at.UTC().Format("15:04 on 2 January"))
	}
	return nil
}

// Wanted tells that somebody asks for weaker settings.
func (w Workspace) Wanted() bool { return w.WantedBy != nil }

// LowerAt is from when whoever asks for weaker settings can have them where nobody else can agree.
func (w Workspace) LowerAt() time.Time { return w.WantedAt.Add(AloneDelay) }

// KeepSettings ends the wish for weaker ones.
func KeepSettings(tx *db.Tx, version int) (Workspace, error) {
	w, _, err := lockWish(tx, version)
	if err != nil {
		return w, err
	}
	w.record(tx, "workspace.lower_ended", nil, nil, w.wish())
	set := map[string]any{}
	w.forget(set)
	return w, w.save(tx, set)
}

// lockWish is lockHere where somebody asks for weaker settings.
func lockWish(tx *db.Tx, version int) (w Workspace, now time.Time, err error) {
	if w, now, err = lockHere(tx, version); err == nil && !w.Wanted() {
		err = fault.New(fault.Conflict, "Nobody asks for weaker settings any more.")
	}
	return w, now, err
}

// lockHere keeps others from changing the workspace. After it, the clock decides.
func lockHere(tx *db.Tx, version int) (w Workspace, now time.Time, err error) {
	if err = lockPeople(tx); err != nil {
		return w, now, err
	}
	if w, err = Here(tx); err != nil {
		return w, now, err
	}
	if w.Version != version {
		return w, now, fault.New(fault.Stale, "Somebody changed the settings meanwhile. Check what they are now and send yours again.")
	}
	now, err = tx.Clock()
	return w, now, err
}

// admins is how many people may agree where no rule matches, and to a weakening.
func admins(tx *db.Tx) (int, error) { return Holders(tx, access.ManageWorkspace) }

// Holders is how many active members may do something.
func Holders(tx *db.Tx, p access.Permission) (n int, err error) {
	err = tx.Gorm().Raw(`select count(*) from members m join people p on p.id = m.person_id where m.workspace_id = ?
		and m.removed_at is null and p.disabled_at is null and m.role in ?`, tx.Workspace(), access.Holders(p)).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count who may: %w", err)
	}
	return n, nil
}

func (w Workspace) settings() Settings {
	return Settings{w.Name, w.TimeZone, w.UnmatchedPeople, w.SignedInOnly, w.Version}
}

// facts are what the audit trail keeps of the settings.
func (w Workspace) facts() map[string]any {
	return map[string]any{"name": w.Name, "time_zone": w.TimeZone, "unmatched_people": w.UnmatchedPeople, "signed_in_only": w.SignedInOnly}
}

func (w Workspace) record(tx *db.Tx, act string, before, after, detail map[string]any) {
	audit.Record(tx, audit.Entry{Act: act, ObjectType: "workspace", ObjectID: w.WorkspaceID.String(), Object: w.Name, Before: before, After: after, Detail: detail})
}

// wish is what the audit trail keeps of it.
func (w Workspace) wish() map[string]any {
	return map[string]any{"people": w.WantedPeople, "time_zone": w.WantedZone, "by_mail": w.WantedMail, "asked_by": w.WantedBy, "note": w.WantedNote}
}

// forget ends the wish for weaker settings.
func (w *Workspace) forget(set map[string]any) {
	w.WantedBy, w.WantedPeople, w.WantedZone, w.WantedMail, w.WantedAt, w.WantedNote = nil, nil, nil, false, nil, ""
	set["wanted_by"], set["wanted_people"], set["wanted_zone"], set["wanted_mail"], set["wanted_at"], set["wanted_note"] = nil, nil, nil, false, nil, ""
}

// newEdition has what was approved and not used yet looked at anew, as after a change of a rule.
func (w *Workspace) newEdition(set map[string]any) {
	w.RulesEdition++
	set["rules_edition"] = w.RulesEdition
}

func (w *Workspace) save(tx *db.Tx, set map[string]any) error {
	w.Version++
	set["version"] = w.Version
	err := tx.Gorm().Model(&Workspace{}).Where("workspace_id = ?", tx.Workspace()).Updates(set).Error
	if err != nil {
		return fmt.Errorf("save settings: %w", err)
	}
	return nil
}
