package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jexi/portal/handlers"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/modelstest"
)

var linkForm = regexp.MustCompile(`http://\S+/signin/[a-z2-7]{52}`)

// askLink types an address on the sign-in page and gives the link that was mailed.
func (b *browser) askLink(email, next string) string {
	b.h.t.Helper()
	p := b.get("/signin?next="+url.QueryEscape(next)).shows(200, "Sign in with a passkey", "Work e-mail")
	b.submit(p, "/signin", url.Values{"email": {email}}).shows(200, "Check your mail")
	m := b.h.mail(email, "Sign in to Jexi")
	link := linkForm.FindString(m.Text)
	if link == "" || !strings.Contains(m.HTML, `href="`+link+`"`) {
		b.h.t.Fatalf("no link in the mail:\n%s\n%s", m.Text, m.HTML)
	}
	return link
}

// useLink opens a link and presses its button, without following.
func (b *browser) useLink(link string) *page {
	b.h.t.Helper()
	return b.post(b.get(link), strings.TrimPrefix(link, b.h.URL), nil)
}

// id is the session id in this browser's cookie, "" for none.
func (b *browser) id() string { return b.cookie("jexi") }

func (b *browser) cookie(name string) string {
	u, _ := url.Parse(b.h.URL)
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (b *browser) plant(name, value string) {
	u, _ := url.Parse(b.h.URL)
	b.client.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

// count asks the database for one number.
func (h *house) count(sql string, args ...any) (n int) {
	h.t.Helper()
	h.As(access.ForSystem(h.Acme.ID, "test"), func(tx *db.Tx) error { return tx.Gorm().Raw(sql, args...).Scan(&n).Error })
	return n
}

// worked waits until every job of a kind is done.
func (h *house) worked(kind string) {
	h.t.Helper()
	for end := time.Now().Add(20 * time.Second); h.count("select count(*) from river.river_job where kind = ? and state <> 'completed'", kind) > 0; {
		if time.Now().After(end) {
			var left []string
			h.As(access.ForSystem(h.Acme.ID, "test"), func(tx *db.Tx) error {
				return tx.Gorm().Raw("select to_json(j)::text from river.river_job j where kind = ? and state <> 'completed'", kind).Scan(&left).Error
			})
			h.t.Fatalf("not done: %s", left)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// acts are what a workspace's audit trail holds of one kind about a person.
func (h *house) acts(p modelstest.Place, first, act string) (n int) {
	h.t.Helper()
	h.As(access.ForSystem(p.ID, "test"), func(tx *db.Tx) error {
		return tx.Gorm().Raw("select count(*) from audit_leaves where workspace_id = ? and object_id = ? and act = ?",
			p.ID, p.People[first].PersonID.String(), act).Scan(&n).Error
	})
	return n
}

func TestALinkSignsInOnceAndLeadsWhereOneWanted(t *testing.T) {
	h := open(t)
	b := h.visitor()
	link := b.askLink("ada@acme.example", "/w/acme/security")
	p := b.get(link).shows(200, "Sign in as ada@acme.example?", "signed nobody in")
	used := strings.TrimPrefix(link, h.URL)
	b.submit(p, used, nil).shows(200, "You sign in by mail alone", "This browser")
	if h.acts(h.Acme, "ada", "person.signed_in") != 1 {
		t.Error("the sign-in is not on the audit trail")
	}
	// The same browser goes on, from the link and from the form; any other one is told.
	b.get(link).shows(200, "You sign in by mail alone")
	b.submit(p, used, nil).shows(200, "You sign in by mail alone")
	other := h.visitor()
	ended := other.get(link).shows(http.StatusGone, "This sign-in link has ended", "Nobody was signed in")
	other.post(p, used, nil).shows(http.StatusForbidden) // a form of another browser
	other.submit(ended, "/signin", url.Values{"email": {"max@acme.example"}}).shows(200, "Check your mail")
	h.mail("max@acme.example", "Sign in")
}

func TestALinkEndsAfterAQuarterOfAnHour(t *testing.T) {
	h := open(t)
	b := h.visitor()
	link := b.askLink("ada@acme.example", "")
	p := b.get(link).shows(200, "Sign in as")
	h.Pass(15 * time.Minute)
	b.get(link).shows(http.StatusGone, "It works once, for 15 minutes")
	b.submit(p, strings.TrimPrefix(link, h.URL), nil).shows(http.StatusGone, "This sign-in link has ended")
	b.get("/signin/"+strings.Repeat("a", 52)).shows(http.StatusGone, "This sign-in link has ended")
}

func TestALostAnswerToTheClickIsGivenAgain(t *testing.T) {
	h := open(t)
	b := h.visitor()
	link := b.askLink("ada@acme.example", "")
	path, form, _ := b.get(link).form(strings.TrimPrefix(link, h.URL))
	again := h.visitor()
	again.plant("jexi_form", b.cookie("jexi_form"))
	send := func(b *browser) *page {
		return b.do("POST", path, strings.NewReader(form.Encode()), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
	}
	send(b)
	send(again)
	if b.id() == "" || again.id() != b.id() {
		t.Errorf("the first click got %q, the second %q", b.id(), again.id())
	}
	again.get("/security").shows(200, "1 browser")
	if n := h.acts(h.Acme, "ada", "person.signed_in"); n != 1 {
		t.Errorf("signed in %d times", n)
	}
	// Who has the link but not the form that was sent gets nothing from it.
	delete(form, "operation")
	thief := h.visitor()
	thief.plant("jexi_form", b.cookie("jexi_form"))
	if p := send(thief); p.Status != http.StatusGone || thief.id() != "" {
		t.Errorf("without the operation: %d %q", p.Status, thief.id())
	}
}

func TestNothingTellsWhetherAnAddressExists(t *testing.T) {
	h := open(t)
	ask := func(email string) [2]*page {
		b := h.visitor()
		sent := b.post(b.get("/signin"), "/signin", url.Values{"email": {email}})
		return [2]*page{sent, b.follow(sent)}
	}
	// The clock at the foot may move on between the two: then they are asked once more.
	same := false
	for range 2 {
		known, unknown := ask("ada@acme.example"), ask("nobody@acme.example")
		same = known[0].Status == unknown[0].Status && known[0].Header.Get("Location") == unknown[0].Header.Get("Location") &&
			known[0].Body == unknown[0].Body && known[1].Body == unknown[1].Body
		if same {
			break
		}
	}
	if !same {
		t.Error("a known and an unknown address are answered with other bytes")
	}
	h.mail("ada@acme.example", "Sign in")
	h.worked("sign_in_mail")
	for _, m := range h.Mail.List() {
		if strings.Contains(m.To, "nobody") {
			t.Error("nobody got a mail")
		}
	}
}

func TestWhatIsNoAddressIsSaidAtItsFieldAndKept(t *testing.T) {
	h := open(t)
	b := h.visitor()
	for _, wrong := range []string{"", "ada", "ada@", "a b@c.example", "ada@acme.example\r\nBcc: x@y.example", strings.Repeat("a", 300) + "@b.example"} {
		p := b.submit(b.get("/signin"), "/signin", url.Values{"email": {wrong}}).shows(422, "There is a problem", "Write an e-mail address")
		if _, form, _ := p.form("/signin"); strings.TrimSpace(wrong) == wrong && !strings.Contains(wrong, "\r") && form.Get("email") != wrong {
			t.Errorf("%q became %q", wrong, form.Get("email"))
		}
	}
}

func TestOneAddressGetsSixLinksAnHour(t *testing.T) {
	h := open(t)
	b := h.visitor()
	for range 8 {
		b.submit(b.get("/signin"), "/signin", url.Values{"email": {"ada@acme.example"}}).shows(200, "Check your mail")
		h.worked("sign_in_mail")
	}
	if n := len(h.Mail.List()); n != 6 {
		t.Errorf("%d mails", n)
	}
}

func TestRobotsThatOpenEverythingUseNoLinkUp(t *testing.T) {
	h := open(t)
	b := h.visitor()
	link := b.askLink("ada@acme.example", "")
	rows := func() [3]int {
		return [3]int{h.count("select count(*) from sessions"), h.count("select count(*) from sign_in_links where used_at is not null"),
			h.count("select count(*) from operations")}
	}
	before := rows()
	for i := range 30 {
		robot := h.visitor()
		method := []string{"GET", "HEAD", "OPTIONS"}[i%3]
		p := robot.do(method, link, nil, nil)
		if want := []int{200, 200, 204}[i%3]; p.Status != want {
			t.Errorf("%s answered %d", method, p.Status)
		}
		if method == "GET" && p.Header.Get("X-Robots-Tag") == "" {
			t.Error("robots are not told to keep away")
		}
	}
	if p := h.visitor().do("PUT", link, nil, nil); p.Status != http.StatusMethodNotAllowed {
		t.Errorf("PUT answered %d", p.Status)
	}
	if after := rows(); after != before {
		t.Errorf("robots changed %v to %v", before, after)
	}
	b.follow(b.useLink(link))
	b.get("/security").shows(200, "You sign in by mail alone")
}

func TestALinkIsReadAsMailProgramsDamageIt(t *testing.T) {
	h := open(t)
	b := h.visitor()
	link := b.askLink("ada@acme.example", "")
	at := strings.LastIndex(link, "/") + 1
	for _, damaged := range []string{link[:at] + strings.ToUpper(link[at:]), link + ".", link + "%3E", link[:at+20] + "=3D" + link[at+20:]} {
		if p := b.get(damaged); p.Status != 200 {
			t.Errorf("%s answered %d", damaged, p.Status)
		}
	}
}

func TestChangesWithoutTheBrowsersTokenOrFromElsewhereAreRefused(t *testing.T) {
	h := open(t)
	link := h.visitor().askLink("max@acme.example", "")
	other := h.signIn(h.Acme, "ben")
	_, foreign, _ := other.get("/security").form("/signout")
	for _, r := range handlers.Map(h.Tools) {
		if r.Method != "POST" || !strings.HasPrefix(r.Path, "/sign") && !strings.Contains(r.Path, "/security") && !strings.HasPrefix(r.Path, "/proof") && r.Path != "/theme" {
			continue
		}
		path := strings.NewReplacer(":token", link[strings.LastIndex(link, "/")+1:], ":slug", "acme", ":ref", "0011223344556677").Replace(r.Path)
		b := h.signIn(h.Acme, "ada")
		_, form, _ := b.get("/security").form("/signout")
		send := func(csrf string, header http.Header) int {
			header.Set("Content-Type", "application/x-www-form-urlencoded")
			return b.do("POST", path, strings.NewReader(url.Values{"csrf": {csrf}}.Encode()), header).Status
		}
		own := form.Get("csrf")
		for name, got := range map[string]int{
			"no token":        send("", http.Header{}),
			"another's token": send(foreign.Get("csrf"), http.Header{}),
			"foreign origin":  send(own, http.Header{"Origin": {"https://evil.example"}}),
			"null origin":     send(own, http.Header{"Origin": {"null"}}),
			"cross-site":      send(own, http.Header{"Sec-Fetch-Site": {"cross-site"}}),
			"same-site":       send(own, http.Header{"Sec-Fetch-Site": {"same-site"}}),
		} {
			if got != http.StatusForbidden {
				t.Errorf("%s with %s answered %d", path, name, got)
			}
		}
	}
	if n := h.count("select count(*) from sign_in_links where used_at is not null"); n != 0 {
		t.Error("a refused form used the link up")
	}
}

func TestSigningInGivesANewIdAndAPlantedOneStaysNobodys(t *testing.T) {
	h := open(t)
	attacker := h.visitor()
	_, form, _ := attacker.get("/signin").form("/signin/passkey")
	attacker.do("POST", "/signin/passkey/options", strings.NewReader(form.Encode()), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
	planted := attacker.id()
	if planted == "" {
		t.Fatal("no session of nobody to plant")
	}
	victim := h.visitor()
	victim.plant("jexi", planted)
	victim.follow(victim.useLink(victim.askLink("ada@acme.example", "")))
	if victim.id() == planted || victim.id() == "" {
		t.Errorf("the victim's id is %q", victim.id())
	}
	attacker.get("/security").shows(200, "Work e-mail")
	victim.get("/security").shows(200, "You sign in by mail alone")
}

func TestNoAddressLeadsOut(t *testing.T) {
	h := open(t)
	for first, evil := range map[string]string{"ada": "//evil.example", "max": "https://evil.example", "ann": "/\\evil.example", "ben": "/\t/evil.example"} {
		b := h.visitor()
		p := b.useLink(b.askLink(first+"@acme.example", evil))
		if to := p.Header.Get("Location"); to != "/w/acme" {
			t.Errorf("signing in with next=%q led to %q", evil, to)
		}
		q := url.QueryEscape(evil)
		if to := b.do("GET", "/signin?next="+q, nil, nil).Header.Get("Location"); to != "/" {
			t.Errorf("/signin?next=%q led to %q", evil, to)
		}
		proved := h.signInProved(h.Acme, "ada")
		if to := proved.do("GET", "/proof?next="+q, nil, nil).Header.Get("Location"); to != "" {
			t.Errorf("/proof?next=%q led to %q", evil, to)
		}
		if to := b.post(b.get("/security"), "/theme", url.Values{"next": {evil}}).Header.Get("Location"); to != "/" {
			t.Errorf("the theme with next=%q led to %q", evil, to)
		}
	}
}

func TestWhoWasGoingSomewhereSignsInAndGoesThere(t *testing.T) {
	h := open(t)
	b := h.visitor()
	p := b.do("GET", "/w/acme/security?x=1", nil, nil)
	if p.Status != http.StatusSeeOther || p.Header.Get("Location") != "/signin?next=%2Fw%2Facme%2Fsecurity%3Fx%3D1" {
		t.Fatalf("sent to %q (%d)", p.Header.Get("Location"), p.Status)
	}
	_, form, _ := b.follow(p).form("/signin")
	if form.Get("next") != "/w/acme/security?x=1" {
		t.Errorf("the form goes to %q", form.Get("next"))
	}
}

func TestTheListOfWorkspacesIsOnesOwn(t *testing.T) {
	h := open(t)
	ada := h.signIn(h.Acme, "ada")
	p := ada.get("/workspaces").shows(200, "You belong to one workspace", "Acme Hosting", "Owner")
	if strings.Contains(p.Body, "Globex") {
		t.Error("another workspace is shown")
	}
	ada.get("/").shows(200, "Acme Hosting")
	ada.get("/w/globex/security").shows(404, "Nothing here")
	h.As(h.Grant(h.Acme, "ada", access.ManagePeople), func(tx *db.Tx) error {
		return tx.Gorm().Exec("update members set removed_at = ? where workspace_id = ? and person_id = ?", tx.Now(), h.Acme.ID, h.Acme.People["ben"].PersonID).Error
	})
	h.signIn(h.Acme, "ben").get("/workspaces").shows(200, "You belong to no workspace", "ben@acme.example")
}

func TestCookiesAreTheBrowsersAlone(t *testing.T) {
	h := open(t)
	b := h.visitor()
	link := b.askLink("ada@acme.example", "")
	for _, c := range append(b.get("/signin").Header["Set-Cookie"], b.useLink(link).Header["Set-Cookie"]...) {
		if !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Lax") || !strings.Contains(c, "Path=/") || strings.Contains(c, "Domain") {
			t.Errorf("cookie %s", c)
		}
	}
	tools := h.Tools
	tools.Base = &url.URL{Scheme: "https", Host: "portal.example"}
	srv := httptest.NewServer(tools.App(discard()).Handler(handlers.Map(tools)))
	defer srv.Close()
	res, err := http.Get(srv.URL + "/signin")
	must(t, err)
	defer res.Body.Close()
	got := res.Header["Set-Cookie"]
	if !slices.ContainsFunc(got, func(c string) bool { return strings.HasPrefix(c, "__Host-jexi_form=") && strings.Contains(c, "Secure") }) {
		t.Errorf("over https: %v", got)
	}
}
