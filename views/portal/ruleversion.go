package portal

import (
	"strings"
	"time"

	"github.com/jexi/portal/models/rulebook"
	"github.com/jexi/portal/views/ui"
)

func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }

func versionTitle(v rulebook.Version) string {
	switch v.State {
	case rulebook.Draft:
		return versionName(v.N) + ", a draft"
	case rulebook.InReview:
		if v.Retires {
			return "Retirement, waiting for a second admin"
		}
		return versionName(v.N) + ", waiting for a second admin"
	case rulebook.Live:
		return versionName(v.N) + ", live"
	case rulebook.VersionRetired:
		return "Retired"
	case rulebook.Discarded:
		return versionName(v.N) + ", discarded"
	}
	return versionName(v.N) + ", superseded"
}

func versionAt(v rulebook.Version) time.Time {
	if v.PublishedAt != nil {
		return *v.PublishedAt
	}
	return v.EditedAt
}

func versionTone(v rulebook.Version) ui.Tone {
	switch v.State {
	case rulebook.Live:
		return ui.OK
	case rulebook.Draft, rulebook.InReview:
		return ui.Info
	}
	return ui.Neutral
}

// versionPeople says who wrote and who published.
func versionPeople(p RulePage, v rulebook.Version) string {
	says := "Written by " + who(p.Dir, v.EditedBy)
	if v.Retires {
		says = "Asked for by " + who(p.Dir, v.EditedBy)
	}
	if v.PublishedAt != nil && v.PublishAfter != nil && v.PublishedBy == nil {
		return says + ", published by itself after a day, since there was no second admin."
	}
	if v.PublishedAt != nil {
		return says + ", published by " + who(p.Dir, v.PublishedBy) + "."
	}
	return says + "."
}

func discardLabel(p RulePage) string {
	if p.open().Retires {
		return "Do not retire it"
	}
	return "Discard draft"
}
