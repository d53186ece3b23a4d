package portal_test

import (
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/views/layout"
	"github.com/jexi/portal/views/portal"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func shell() layout.Shell {
	return layout.Shell{Now: noon, Workspace: layout.Workspace{Slug: "acme", Name: "Acme"}}
}

func rendered(t *testing.T, page templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := page.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestRequestsThatEndOnOneDayAreOneDateAhead(t *testing.T) {
	html := rendered(t, portal.Overview(shell(), portal.OverviewPage{Ahead: []approval.Ahead{
		{Kind: "request", Title: "Decide: Refund 1.00 EUR", At: noon.Add(time.Hour)},
		{Kind: "token", Title: "Token sync ends", At: noon.Add(2 * time.Hour)},
		{Kind: "request", Title: "Decide: Refund 2.00 EUR", At: noon.Add(3 * time.Hour)},
		{Kind: "request", Title: "Decide: Refund 3.00 EUR", At: noon.Add(24 * time.Hour)},
	}}))
	for text, want := range map[string]bool{
		"Decide 2 requests": true, "Mon 23 Nov, from 13:00": true, "Token sync ends": true, "Refund 3.00 EUR": true,
		"Refund 1.00 EUR": false, "Refund 2.00 EUR": false,
	} {
		if strings.Contains(html, text) != want {
			t.Errorf("the page has %q: %v", text, !want)
		}
	}
}

func TestTheNearestDeadlineOfTheReaderStandsFirst(t *testing.T) {
	row := func(sentence string, in time.Duration) approval.Row {
		end := noon.Add(in)
		return approval.Row{Sentence: sentence, State: approval.Pending, ForMe: true, CreatedAt: noon, ExpiresAt: &end}
	}
	html := rendered(t, portal.Requests(shell(), portal.RequestList{View: approval.OpenView,
		Rows: []approval.Row{row("Delete a zone", 24*time.Hour), row("Refund a client", time.Hour)}}))
	if strings.Index(html, "Refund a client") > strings.Index(html, "Delete a zone") {
		t.Error("what ends first stands after what ends later")
	}
}

func TestWhatCoolsOffShowsHowLongItCanBeCalledBack(t *testing.T) {
	decided, until, expires := noon.Add(-time.Minute), noon.Add(9*time.Minute), noon.Add(24*time.Hour)
	html := rendered(t, portal.Requests(shell(), portal.RequestList{View: approval.OpenView,
		Rows: []approval.Row{{Sentence: "Delete a zone", State: approval.Cooling, CreatedAt: decided, DecidedAt: &decided, CoolingUntil: &until, ExpiresAt: &expires}}}))
	if !strings.Contains(html, "9 min to object, until 12:09 UTC") {
		t.Errorf("it does not say until when it can be called back:\n%s", html)
	}
}

func TestAListOfEverythingSaysWhatIsNotDecidedYet(t *testing.T) {
	expires := noon.Add(time.Hour)
	html := rendered(t, portal.Requests(shell(), portal.RequestList{View: approval.AllView,
		Rows: []approval.Row{{Sentence: "Delete a zone", State: approval.Pending, CreatedAt: noon, ExpiresAt: &expires}}}))
	for text, want := range map[string]bool{"Waiting for people": true, "Not yet": true, "Asked 12:00 UTC": true, "Waiting for others": false} {
		if strings.Contains(html, text) != want {
			t.Errorf("the page has %q: %v", text, !want)
		}
	}
}
