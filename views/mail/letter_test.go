package mail_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/net/html"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/delivery"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rulebook"
	"github.com/jexi/portal/models/workspace"
	"github.com/jexi/portal/views/mail"
)

var update = flag.Bool("update", false, "write golden files anew")

// odd is a name that is none of: an element, the end of an attribute, a place to fill in.
const odd = `Acme"'><zq-x onload=a()>{{7*7}}`

const base = "https://portal.example/"

var now = time.Date(2026, 11, 28, 9, 30, 0, 0, time.UTC)

func writing(kind, action, params, code string) approval.Writing {
	until, taken := now.Add(26*time.Hour), now.Add(-time.Hour)
	t, _ := catalog.Find(action)
	r := approval.Request{Ref: 1041, Type: action, Params: json.RawMessage(params), Words: "amber-kettle", TicketRef: "58213", ExpiresAt: &until, ConsumedAt: &taken,
		Reasons: db.JSON[[]rule.Reason]{V: []rule.Reason{{Origin: rule.Origin{Name: odd}}}}}
	if t != nil {
		r.TypeVersion = t.Version
		r.Sentence = t.Sentence(r.Values(), catalog.Plain)
	}
	return approval.Writing{Message: delivery.Message{Kind: kind}, Workspace: odd, Slug: "acme", Request: r, Need: 2, Given: 1, Link: strings.Repeat("a", 52), Code: code}
}

// letters are one of each kind.
func letters() map[string]mail.Letter {
	const refund = `{"client_id":"20418","amount":"184.00","currency":"EUR"}`
	link, page, security := base+"a/"+strings.Repeat("a", 52), base+"w/acme/requests/1", base+"security"
	ask := writing(approval.LetterAsked, "billing.refund", refund, "K7M2QX")
	high := writing(approval.LetterAsked, "registrar.domain.transfer_out", `{"domain":"example.com"}`, "")
	unknown := writing(approval.LetterAsked, "evil.thing", `{"Approved.by":"the CEO"}`, "K7M2QX")
	high.Request.Proof = catalog.StepUp
	critical := ask
	critical.Link, critical.Code = "", ""
	out := map[string]mail.Letter{
		"sign-in":         mail.SignIn("ann@acme.example", base+"signin/"+strings.Repeat("a", 52)),
		"passkey added":   mail.Credential("passkey.added", odd, now, security),
		"passkey removed": mail.Credential("passkey.removed", odd, now, security),
		"app added":       mail.Credential("totp.added", "", now, security),
		"app removed":     mail.Credential("totp.removed", "", now, security),
		"reset":           mail.Reset(odd, now, security),
		"rule grew":       mail.RuleGrew(rulebook.Grown{Rule: odd, Place: odd}, []string{"registrar.domain.unlock", odd}, base+"w/acme/rules/1"),
		"invitation": mail.Invitation(workspace.Welcome{Invitation: workspace.Invitation{ID: uuid.Nil, Email: "nia@new.example", Role: access.Auditor, ExpiresAt: now.Add(7 * 24 * time.Hour)},
			Workspace: odd, Inviter: odd}, base+"invitations/"+strings.Repeat("a", 52)),
		"asked": mail.Asked(ask, link, now), "asked, high risk": mail.Asked(high, link, now), "asked, critical risk": mail.Asked(critical, "", now),
		"asked, unknown": mail.Asked(unknown, link, now), "asked again": mail.AskedAgain(ask, link, now),
	}
	signedIn := ask
	signedIn.Code = ""
	out["asked, signed in only"] = mail.Asked(signedIn, link, now)
	address := func(parts ...string) string { return base + strings.Join(parts, "/") }
	paused := approval.Warned{Message: delivery.Message{Kind: approval.LetterPaused}, Workspace: odd, Slug: "acme",
		Agent: identity.Token{Name: odd, Hint: "jx_…a1b2", PausedAt: &now, PauseReason: "It asked 40 times while 20 of its requests waited."}}
	out[approval.LetterPaused] = mail.Warning(paused, address, now)
	many := approval.Warned{Message: delivery.Message{Kind: approval.LetterManyByMail, ObjectID: new(uuid.Nil), QueuedAt: now}, Workspace: odd, Slug: "acme", Person: identity.Person{Name: odd, Email: "ann@acme.example"}}
	out[approval.LetterManyByMail] = mail.Warning(many, address, now)
	for _, kind := range []string{approval.LetterUndecidable, approval.LetterExpired, approval.LetterOverdue, approval.LetterCapped} {
		out[kind] = mail.Notice(writing(kind, "billing.refund", refund, ""), page, now)
	}
	return out
}

// TestLettersAreTheReviewedOnes holds both parts of every letter to a file. In the HTML part nothing is
// loaded, nothing runs, and every link leads to the portal.
func TestLettersAreTheReviewedOnes(t *testing.T) {
	for name, l := range letters() {
		var page bytes.Buffer
		if err := l.HTML().Render(context.Background(), &page); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(l.Subject, "\r\n") {
			t.Errorf("%s: the subject is %q", name, l.Subject)
		}
		doc, err := html.Parse(&page)
		if err != nil {
			t.Fatal(err)
		}
		var read strings.Builder
		tell(t, name, doc, &read)
		golden(t, name+".txt", "Subject: "+l.Subject+"\nPreview: "+l.Preview+"\n\n"+l.Text()+"\nThe HTML part reads:\n"+strings.Join(strings.Fields(read.String()), " ")+"\n")
	}
}

// tell writes what a reader of the HTML part sees, with the addresses of its links.
func tell(t *testing.T, name string, n *html.Node, out *strings.Builder) {
	t.Helper()
	switch {
	case n.Type == html.TextNode && n.Parent.Data != "style":
		out.WriteString(n.Data + " ")
	case n.Type == html.ElementNode:
		if !strings.Contains(" html head meta title style body div main table tbody tr td p h1 strong a br ", " "+n.Data+" ") {
			t.Errorf("%s: its HTML has the element %s", name, n.Data)
		}
		for _, a := range n.Attr {
			if a.Key == "href" && !strings.HasPrefix(a.Val, base) || a.Key == "src" || strings.HasPrefix(a.Key, "on") || strings.Contains(a.Val, "url(") {
				t.Errorf("%s: its HTML has %s=%q", name, a.Key, a.Val)
			}
			if a.Key == "href" {
				out.WriteString("<" + a.Val + "> ")
			}
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		tell(t, name, c, out)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", strings.ReplaceAll(strings.ReplaceAll(name, ", ", "-"), " ", "-"))
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(path); err != nil || string(want) != got {
		t.Errorf("%s is not the reviewed one (%v); look at it, then run go test ./views/mail -update:\n%s", path, err, got)
	}
}
