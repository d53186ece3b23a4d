package layout_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/views/layout"
	"github.com/jexi/portal/views/ui"
)

var now = time.Date(2026, 11, 23, 9, 4, 12, 0, time.UTC)

func shell(role access.Role) layout.Shell {
	operations := 0
	return layout.Shell{
		CSRF: "token", Path: "/w/acme/rules/7", Theme: "dark", Now: now,
		Operation: func() string { operations++; return strconv.Itoa(operations) },
		Person:    layout.Person{Name: "Ada Owner"},
		Workspace: layout.Workspace{Slug: "acme", Name: "Acme", Region: "EU workspace"},
		Counts:    map[layout.Area]layout.Count{layout.Requests: {N: 2, Due: true}, layout.Rules: {N: 9}},
		Banners:   []ui.BannerProps{{Strong: "Security incident.", Text: "Not acknowledged."}},
		Note:      &layout.Note{Tone: ui.OK, Title: "Saved"},
		Can:       role.May,
	}
}

// frames are every kind of page there is, each around the whole kit where it has room.
func frames() map[string]templ.Component {
	kit := ui.Kit(now)
	nobody := layout.Shell{CSRF: "token", Now: now}
	return map[string]templ.Component{
		"page":        around(kit, layout.Page(shell(access.Owner), layout.Crumb{Label: "Approval rules", Href: "/"}, layout.Crumb{Label: "Kit"})),
		"menu":        layout.Menu(shell(access.Owner)),
		"plain":       around(kit, layout.Plain(nobody, "Sign in")),
		"decision":    around(kit, layout.Decision(nobody, layout.DecisionProps{Title: "Refund?", Workspace: "Acme", Reference: "AR-1", SentTo: "ann@acme.example"})),
		"error":       layout.Error(shell(access.Auditor), layout.ErrorProps{Status: 404, Title: "Not here", Request: "r1", Next: "Overview", Href: "/"}),
		"plain error": layout.Error(nobody, layout.ErrorProps{Status: 503, Title: "Busy"}),
	}
}

func around(inner, frame templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx ctx, w writer) error {
		return frame.Render(templ.WithChildren(ctx, inner), w)
	})
}

func TestNoPageHasStyleOrScriptOfItsOwnAndNoIdTwice(t *testing.T) {
	for name, frame := range frames() {
		ids := map[string]bool{}
		walk(parse(t, frame), func(n *html.Node) {
			switch n.Data {
			case "style":
				t.Errorf("%s: a style element", name)
			case "script":
				if attr(n, "src") == "" || n.FirstChild != nil {
					t.Errorf("%s: an inline script", name)
				}
			}
			for _, a := range n.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") {
					t.Errorf("%s: <%s %s=%q>", name, n.Data, a.Key, a.Val)
				}
				if a.Key == "id" && ids[a.Val] {
					t.Errorf("%s: the id %s is used twice", name, a.Val)
				}
				if a.Key == "id" {
					ids[a.Val] = true
				}
			}
		})
		for _, ref := range references(parse(t, frame)) {
			if !ids[ref] {
				t.Errorf("%s: something refers to the id %s, which is not there", name, ref)
			}
		}
	}
}

func TestEveryPostCarriesTheTokenAndEveryControlHasAName(t *testing.T) {
	for name, frame := range frames() {
		doc := parse(t, frame)
		labelled := map[string]bool{}
		walk(doc, func(n *html.Node) {
			if n.Data == "label" {
				labelled[attr(n, "for")] = true
			}
		})
		walk(doc, func(n *html.Node) {
			if n.Data == "form" && attr(n, "method") == "post" && !hasField(n, "csrf") {
				t.Errorf("%s: the form to %s has no token", name, attr(n, "action"))
			}
			control := slices.Contains([]string{"input", "select", "textarea"}, n.Data) && attr(n, "type") != "hidden"
			if control && attr(n, "aria-label") == "" && !labelled[attr(n, "id")] {
				t.Errorf("%s: <%s name=%q> has no label", name, n.Data, attr(n, "name"))
			}
		})
	}
}

func TestTheMenuShowsWhatTheRoleMaySee(t *testing.T) {
	for role, hidden := range map[access.Role][]string{
		access.Owner:    nil,
		access.Auditor:  {"Tokens"},
		access.Approver: {"Approval rules", "Integrations", "People and roles", "Groups", "Tokens"},
	} {
		menu := text(find(parse(t, layout.Menu(shell(role))), "nav"))
		for _, label := range []string{"Overview", "Approval requests", "Approval rules", "Integrations", "Audit trail", "People and roles", "Groups", "Tokens", "Security"} {
			if shown := strings.Contains(menu, label); shown == slices.Contains(hidden, label) {
				t.Errorf("%s: %s shown is %v", role, label, shown)
			}
		}
	}
}

func TestAPageMarksItsAreaAndCountsWhatWaits(t *testing.T) {
	doc := parse(t, layout.Menu(shell(access.Owner)))
	var current []string
	walk(find(doc, "nav"), func(n *html.Node) {
		if attr(n, "aria-current") == "page" {
			current = append(current, attr(n, "href"))
		}
	})
	if len(current) != 1 || current[0] != "/w/acme/rules" {
		t.Errorf("current is %v", current)
	}
	if menu := text(find(doc, "nav")); !strings.Contains(menu, "2 need attention") || !strings.Contains(menu, "9 in total") {
		t.Errorf("no counts in %q", menu)
	}
}

func TestTheTitleNamesPageWorkspaceAndProblem(t *testing.T) {
	s := shell(access.Owner)
	s.Failed = true
	doc := parse(t, layout.Page(s, layout.Crumb{Label: "Refunds <b>"}))
	if got := text(find(doc, "title")); got != "Error: Refunds <b> – Acme – Jexi" {
		t.Errorf("title %q", got)
	}
	if root := find(doc, "html"); attr(root, "data-theme") != "dark" {
		t.Error("the chosen theme is not set")
	}
}

func TestAddressesAreEscaped(t *testing.T) {
	s := layout.Shell{Workspace: layout.Workspace{Slug: "acme"}}
	if got := s.URL("rules", "a/b?c"); got != "/w/acme/rules/a%2Fb%3Fc" {
		t.Errorf("URL %q", got)
	}
}
