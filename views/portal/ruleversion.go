package portal

import (
	"strings"
	"time"

	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/views/ui"
)

func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }

func versionTitle(v approval.Version) string {
	switch v.State {
	case approval.Draft:
		return versionName(v.N) + ", a draft"
	case approval.InReview:
		if v.Retires {
			return "Retirement, waiting for a second admin"
		}
		return versionName(v.N) + ", waiting for a second admin"
	case approval.Live:
		return versionName(v.N) + ", live"
	case approval.VersionRetired:
		return "Retired"
	case approval.Discarded:
		return versionName(v.N) + ", discarded"
	}
	return versionName(v.N) + ", superseded"
}

func versionAt(v approval.Version) time.Time {
	if v.PublishedAt != nil {
		return *v.PublishedAt
	}
	return v.EditedAt
}

func versionTone(v approval.Version) ui.Tone {
	switch v.State {
	case approval.Live:
		return ui.OK
	case approval.Draft, approval.InReview:
		return ui.Info
	}
	return ui.Neutral
}

// versionPeople says who wrote and who published.
func versionPeople(p RulePage, v approval.Version) string {
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
