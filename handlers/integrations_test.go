package handlers_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/handlers"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/integration"
)

const vendorKey = "CANARY-vendor-key-4be1c07d92af35e8"

func whmcs(more url.Values) url.Values {
	out := url.Values{"address": {"https://billing.acme.example"}, "user": {"identifier-1"}, "key": {vendorKey}, "workflows": {"Refunds, Invoice questions"}}
	for name, values := range more {
		out[name] = values
	}
	return out
}

// connected is Acme's WHMCS, connected by Ada over the form, and its page's path.
func (h *house) connected(ada *browser) (path string) {
	h.t.Helper()
	p := ada.submit(ada.get("/w/acme/integrations/new/whmcs"), "/new/whmcs", whmcs(nil)).shows(200, "WHMCS is connected")
	return strings.TrimPrefix(p.URL, h.URL)
}

func TestAnAdminConnectsASystemAndAllowsTheLeast(t *testing.T) {
	t.Parallel()
	h := open(t)
	max := h.signInProved(h.Acme, "max")
	max.get("/w/acme/integrations").shows(200, "No system is connected yet", "Jexi can reach nothing yet", "Cloudflare DNS", "See zones; read DNS records")
	choose := max.get("/w/acme/integrations/new").shows(200, "Which system shall Jexi work in?", "Help desk: Tickets and the replies to them", "Connected only by signing in there")
	if strings.Contains(choose.Body, "/new/gmail") || !strings.Contains(choose.Body, "/new/whmcs") {
		t.Error("a system that takes no key can be chosen, or one that does cannot")
	}
	form := max.get("/w/acme/integrations/new/whmcs").shows(200, "Connect WHMCS", "Return money for an invoice", "Make a key that can do no more")
	_, typed, _ := form.form("/new/whmcs")
	if got := strings.Join(typed["scopes"], " "); got != "clients:read invoices:read orders:read domains:read services:read tickets:read" {
		t.Errorf("%s stand ticked", got)
	}
	if typed.Get("owner") != h.Acme.People["max"].PersonID.String() || typed.Get("name") != "WHMCS" {
		t.Errorf("proposed are %v", typed)
	}
	if !regexp.MustCompile(`<input[^>]*autocomplete="off"[^>]*name="key"[^>]*type="password"`).MatchString(form.Body) {
		t.Error("the key's input is no password, or is filled in by the browser")
	}
	shown := max.submit(form, "/new/whmcs", whmcs(url.Values{"scopes": {"clients:read", "invoices:refund"}, "key": {" \t" + vendorKey + "\r\n"}}))
	shown.shows(200, "WHMCS is connected", "1 read, 1 change", "of the 16 that WHMCS has", "…35e8", "Refund a client", "Irreversible",
		"https://billing.acme.example", "identifier-1", "Refunds, Invoice questions", "Max Lindqvist connected it", "Not allowed: ")
	list := max.get("/w/acme/integrations").shows(200, "One system is connected", "WHMCS", "1 permission", "Max Lindqvist", "Showing 1 of 1")
	if strings.Contains(list.Text(), "Health") || strings.Contains(shown.Text(), "Findings") {
		t.Error("a page tells of what is not measured")
	}
	h.As(h.Grant(h.Acme, "max", access.ManageIntegrations), func(tx *db.Tx) error {
		all, err := integration.List(tx)
		if err != nil {
			return err
		}
		key, err := integration.Safe{Keyset: h.Tools.Keyset}.Open(tx, all[0].ID)
		if key.Reveal() != vendorKey {
			t.Errorf("the key was kept as %q", key.Reveal())
		}
		return err
	})
}

func TestARefusedConnectionKeepsAllThatWasTypedButTheKey(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada := h.signInProved(h.Acme, "ada")
	typed := whmcs(url.Values{"name": {"Bill\u202eing"}, "address": {"billing"}, "workflows": {"Refunds\nInvoices"}, "scopes": {"orders:read"}, "expires_on": {"2019-01-01"}})
	form := ada.submit(ada.get("/w/acme/integrations/new/whmcs"), "/new/whmcs", typed)
	form.shows(422, "There are 3 problems", "Write it such as https://billing.northmoor.example", "Leave out invisible and control characters", "from tomorrow on", "Type it again")
	if !strings.Contains(form.Body, "<title>Error: ") || strings.Contains(form.Body, vendorKey) {
		t.Error("the title tells of no error, or the page holds the key")
	}
	_, kept, _ := form.form("/new/whmcs")
	for name, want := range typed {
		if name == "key" {
			want = []string{""}
		}
		if !slices.Equal(kept[name], want) {
			t.Errorf("%s was %q and is %q", name, want, kept[name])
		}
	}
	ada.submit(form, "/new/whmcs", whmcs(url.Values{"name": {vendorKey}, "expires_on": {""}})).shows(422, "This was the key")
	ada.submit(form, "/new/whmcs", whmcs(url.Values{"name": {"Billing"}, "expires_on": {""}})).shows(200, "Billing", "1 read, 0 change")
	ada.submit(ada.get("/w/acme/integrations/new/stripe"), "/new/stripe", url.Values{"name": {"billing"}, "key": {vendorKey}}).
		shows(422, "There is a connection called billing already")
}

func TestOneMiBOfNameIsTooLarge(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada := h.signInProved(h.Acme, "ada")
	form := ada.get("/w/acme/integrations/new/whmcs")
	ada.submit(form, "/new/whmcs", whmcs(url.Values{"name": {strings.Repeat("a", 1<<20)}})).shows(413, "Too large")
	ada.submit(form, "/new/whmcs", whmcs(url.Values{"name": {strings.Repeat("a", 5_000)}})).shows(422, "at most 80 characters")
	ada.submit(form, "/new/whmcs", whmcs(url.Values{"key": {strings.Repeat("k", 5_000)}})).shows(422, "longer than any key")
}

func TestASystemThatCannotBeConnectedSaysWhy(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada := h.signInProved(h.Acme, "ada")
	ada.get("/w/acme/integrations/new/gmail").shows(409, "Gmail is connected by signing in there")
	ada.get("/w/acme/integrations/new/wordpress").shows(404, "Nothing here")
	ada.get("/w/acme/integrations/not-an-id").shows(404, "Nothing here")
}

func TestADoubleClickConnectsOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada := h.signInProved(h.Acme, "ada")
	form := ada.get("/w/acme/integrations/new/whmcs")
	first, second := ada.post(form, "/new/whmcs", whmcs(nil)), ada.post(form, "/new/whmcs", whmcs(nil))
	if first.Status != 303 || first.Header.Get("Location") != second.Header.Get("Location") {
		t.Errorf("led to %d %s and %d %s", first.Status, first.Header.Get("Location"), second.Status, second.Header.Get("Location"))
	}
	ada.post(form, "/new/whmcs", whmcs(url.Values{"key": {vendorKey + "x"}})).shows(409, "sent before with other content")
	ada.get("/w/acme/integrations").shows(200, "Showing 1 of 1")
}

func TestAKeyIsTypedOnlyByWhoHasJustShownWhoTheyAre(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada := h.signInProved(h.Acme, "ada")
	form := ada.get("/w/acme/integrations/new/whmcs")
	path := h.connected(ada)
	keyForm := ada.get(path + "/key")
	h.Pass(6 * time.Minute)
	for _, p := range []string{"/w/acme/integrations/new/whmcs", path + "/key"} {
		if got := ada.do("GET", p, nil, nil); got.Status != 303 || !strings.HasPrefix(got.Header.Get("Location"), "/proof?next=") {
			t.Errorf("%s answered %d, to %s", p, got.Status, got.Header.Get("Location"))
		}
	}
	late := ada.post(form, "/new/whmcs", whmcs(url.Values{"name": {"Second WHMCS"}})).shows(403, "Show that it is you", "Type it again")
	if strings.Contains(late.Body, vendorKey) || !strings.Contains(late.Body, "Second WHMCS") {
		t.Error("the page holds the key, or has lost the rest")
	}
	_, kept, _ := late.form("/new/whmcs")
	kept.Set("key", vendorKey)
	again := h.signInProved(h.Acme, "ada")
	again.submit(again.get("/w/acme/integrations/new/whmcs"), "/new/whmcs", url.Values{"name": kept["name"], "address": kept["address"], "user": kept["user"], "key": {vendorKey}}).
		shows(200, "Second WHMCS")
	if late := ada.post(keyForm, "/key", url.Values{"user": {"u"}, "key": {vendorKey}}); late.Status != 403 || strings.Contains(late.Body, vendorKey) {
		t.Errorf("a late key was answered with %d", late.Status)
	}
}

func TestAStaleChoiceOfPermissionsIsToldWhatChangedAndKeptAsTyped(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada, max := h.signInProved(h.Acme, "ada"), h.signIn(h.Acme, "max")
	path := h.connected(ada)
	mine := ada.get(path+"/scopes").shows(200, "What may Jexi do in WHMCS?", "Allowed now. In WHMCS: GetOrders", "In WHMCS: ModuleTerminate")
	max.submit(max.get(path+"/scopes"), "/scopes", url.Values{"scopes": {"clients:read", "invoices:refund"}}).shows(200, "Permissions saved", "1 read, 1 change")
	stale := ada.submit(mine, "/scopes", url.Values{"scopes": {"clients:read", "tickets:reply"}})
	stale.shows(409, "Max Lindqvist changed the permissions on", "Allowed now. In WHMCS: AddTransaction")
	_, kept, _ := stale.form("/scopes")
	if !slices.Equal(kept["scopes"], []string{"clients:read", "tickets:reply"}) || kept.Get("version") != "2" {
		t.Errorf("kept are %v", kept)
	}
	ada.submit(stale, "/scopes", nil).shows(200, "Permissions saved", "tickets:reply")
	ada.submit(ada.get(path+"/scopes"), "/scopes", url.Values{"scopes": nil}).shows(422, "Choose at least one thing")
	ada.submit(ada.get(path+"/scopes"), "/scopes", url.Values{"scopes": {"zones:read"}}).shows(422, "WHMCS has no such permission")
	for _, form := range []string{"key", "details"} {
		old := ada.get(path + "/" + form)
		max.submit(max.get(path+"/details"), "/details", url.Values{"name": {"WHMCS of " + form}}).shows(200, "Details saved")
		ada.submit(old, "/"+form, url.Values{"key": {vendorKey}, "user": {"u"}, "workflows": {"Mine"}}).shows(409, "Max Lindqvist changed the details on")
	}
}

func TestAKeyIsReplacedWithoutBeingShown(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada := h.signInProved(h.Acme, "ada")
	path := h.connected(ada)
	form := ada.get(path+"/key").shows(200, "Replace the key of WHMCS", "…35e8", "API identifier")
	if _, typed, _ := form.form("/key"); typed.Get("key") != "" || typed.Has("address") {
		t.Errorf("the form holds %v", typed)
	}
	refused := ada.submit(form, "/key", url.Values{"user": {"id 2"}, "key": {vendorKey[:9] + "\n" + vendorKey[9:]}, "expires_on": {"never"}}).shows(422, "line break inside", "Write a day such as")
	if _, typed, _ := refused.form("/key"); typed.Get("key") != "" || typed.Get("user") != "id 2" || typed.Get("expires_on") != "never" {
		t.Errorf("kept are %v", typed)
	}
	ada.submit(refused, "/key", url.Values{"key": {"a-second-key-of-acme-hosting-77aa"}, "expires_on": {""}}).shows(200, "The key is replaced", "…77aa", "id 2")
}

func TestAPauseIsSeenAndASecondOneIsTold(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada, pia := h.signInProved(h.Acme, "ada"), h.signIn(h.Acme, "pia")
	path := h.connected(ada)
	mine, hers := ada.get(path+"/pause"), pia.get(path+"/pause").shows(200, "Pause WHMCS?", "Opening this page has paused nothing")
	pia.submit(hers, "/pause", url.Values{"reason": {"  "}}).shows(422, "Say why")
	pia.submit(hers, "/pause", url.Values{"reason": {"Wrong client in a ticket\nSee T-4471"}}).
		shows(200, "Paused", "Jexi does nothing in WHMCS until it is resumed", "Wrong client in a ticket See T-4471", "Pia Raman")
	told := ada.submit(mine, "/pause", url.Values{"reason": {"Mine"}}).shows(409, "Pia Raman paused WHMCS already", "Resume")
	ada.get("/w/acme/integrations?show=paused").shows(200, "One system is connected, and it is paused", "by Pia Raman")
	ada.submit(told, "/resume", nil).shows(200, "Resumed", "Connected")
	ada.submit(told, "/resume", nil).shows(200, "Connected")
	ada.post(told, "/resume", url.Values{"operation": {uuid.NewString()}}).shows(409, "WHMCS is not paused", "Ada Okafor resumed it last")
}

func TestDisconnectingNeedsTheNameAndIsFinal(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada, max := h.signInProved(h.Acme, "ada"), h.signIn(h.Acme, "max")
	path := h.connected(ada)
	late := max.get(path+"/removal").shows(200, "Disconnect WHMCS?", "This cannot be taken back", "6 permissions end", "Refunds, Invoice questions", "End the key in WHMCS as well")
	form := ada.get(path + "/removal")
	ada.submit(form, "/removal", url.Values{"name": {"whmcs"}}).shows(422, "Type the name as it stands here: WHMCS")
	ada.submit(form, "/removal", url.Values{"name": {"WHMCS"}}).shows(200, "Disconnected", "Destroyed", "This connection has ended", "What Jexi was allowed in WHMCS")
	max.submit(late, "/removal", url.Values{"name": {"WHMCS"}}).shows(409, "Ada Okafor disconnected WHMCS on")
	for _, page := range []string{"", "/removal", "/pause", "/scopes", "/details", "/key"} {
		gone := ada.get(path+page).shows(200, "This connection has ended")
		if strings.Contains(gone.Body, path+"/") {
			t.Errorf("%s leads to a form of what has ended", page)
		}
	}
	ada.get("/w/acme/integrations").shows(200, "No system is connected any more", "Disconnected 1")
	ada.get("/w/acme/integrations?show=disconnected").shows(200, "by Ada Okafor")
	h.connected(ada)
}

func TestTheListIsNarrowedByNameStateAndPermission(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada := h.signInProved(h.Acme, "ada")
	h.connected(ada)
	ada.submit(ada.get("/w/acme/integrations/new/stripe"), "/new/stripe", url.Values{"key": {vendorKey}, "scopes": {"refunds:write"}}).shows(200, "Stripe is connected")
	ada.get("/w/acme/integrations").shows(200, "Two systems are connected", "All 2", "May change 1", "Showing 2 of 2")
	for query, want := range map[string]string{"?show=change": "Stripe", "?q=REFUNDS": "Stripe", "?q=billing.acme": "WHMCS", "?q=orders%3Aread&show=": "WHMCS"} {
		p := ada.get("/w/acme/integrations"+query).shows(200, "Showing 1 of ")
		if !strings.Contains(p.Body, ">"+want+"</a>") {
			t.Errorf("%s does not show %s", query, want)
		}
	}
	ada.get("/w/acme/integrations?q=%3Cscript%3E%E2%80%AE%FF").shows(200, "No system fits", "Clear the filters")
}

func TestEachRoleSeesAndDoesItsPart(t *testing.T) {
	t.Parallel()
	h := open(t)
	path := h.connected(h.signInProved(h.Acme, "ada"))
	ann := h.signIn(h.Acme, "ann")
	ann.get("/w/acme/integrations").shows(403, "Owner, Admin, Privacy officer or Auditor can")
	ann.get(path).shows(403, "Owner, Admin, Privacy officer or Auditor can")
	udo := h.signIn(h.Acme, "udo")
	udo.get("/w/acme/integrations").shows(200, "Your role can look and change nothing")
	seen := udo.get(path).shows(200, "Owners and Admins can change this")
	udo.get(path+"/pause").shows(403, "Owner, Admin or Privacy officer can")
	forged := func(of *page, form string) *page {
		return &page{t: t, Body: `<form method="post" action="` + path + "/" + form + `"><input name="csrf" value="` + csrf(of) + `"></form>`}
	}
	udo.post(forged(seen, "pause"), "pause", url.Values{"reason": {"x"}}).shows(403, "Owner, Admin or Privacy officer can")
	pia := h.signIn(h.Acme, "pia")
	pia.get("/w/acme/integrations").shows(200, "Your role can look at a system and pause it")
	paused := pia.submit(pia.get(path+"/pause"), "/pause", url.Values{"reason": {"Stop"}}).shows(200, "Owners and Admins can resume it")
	for _, form := range []string{"key", "scopes", "details", "removal", "resume"} {
		for who, p := range map[string]*page{"Udo": seen, "Pia": paused} {
			if strings.Contains(p.Body, path+"/"+form) {
				t.Errorf("%s is led to %s", who, form)
			}
		}
		pia.post(forged(paused, form), form, nil).
			shows(403, "Owner or Admin can")
	}
}

// csrf is the token that a page's forms carry.
func csrf(p *page) string {
	m := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(p.Body)
	if m == nil {
		p.t.Fatalf("no form on %s", p.URL)
	}
	return m[1]
}

func TestAcmesSystemsDoNotExistForGlobex(t *testing.T) {
	t.Parallel()
	h := open(t)
	path := h.connected(h.signInProved(h.Acme, "ada"))
	id, greta := path[strings.LastIndex(path, "/")+1:], h.signInProved(h.Globex, "greta")
	token := csrf(greta.get("/w/globex/integrations").shows(200, "No system is connected yet"))
	ids := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)
	answer := func(method, at, id, form string) string {
		p := greta.do(method, at+id+form, strings.NewReader(url.Values{"csrf": {token}, "version": {"1"}, "name": {"WHMCS"}, "reason": {"x"}, "key": {vendorKey}}.Encode()),
			map[string][]string{"Content-Type": {"application/x-www-form-urlencoded"}}).shows(404, "Nothing here")
		return p.still(ids.ReplaceAllString(p.Body, "ID"))
	}
	for _, form := range []string{"", "/key", "/scopes", "/details", "/pause", "/resume", "/removal"} {
		for _, method := range []string{"GET", "POST"} {
			if form == "" && method == "POST" || form == "/resume" && method == "GET" {
				continue
			}
			foreign, none := answer(method, "/w/globex/integrations/", id, form), answer(method, "/w/globex/integrations/", uuid.NewString(), form)
			if foreign != none {
				t.Errorf("%s %s: a foreign system differs from none", method, form)
			}
			answer(method, "/w/acme/integrations/", id, form)
		}
	}
}

// The key goes through every form it can be typed into, well and badly; then every answer, the
// log, and every row of every table is searched for it.
func TestAKeyLeavesNoTraceAnywhere(t *testing.T) {
	t.Parallel()
	h := open(t)
	var log bytes.Buffer
	srv := httptest.NewServer(h.Tools.App(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))).Handler(handlers.Map(h.Tools)))
	defer srv.Close()
	h.URL = srv.URL
	ada := h.signInProved(h.Acme, "ada")
	var answers []*page
	try := func(path, action string, fields url.Values) {
		answers = append(answers, ada.submit(ada.get(path), action, fields))
	}
	for _, bad := range []url.Values{{"name": {""}}, {"name": {vendorKey}}, {"user": {vendorKey}}, {"address": {vendorKey}}, {"workflows": {vendorKey}}, {"scopes": nil},
		{"owner": {vendorKey}}, {"expires_on": {vendorKey}}, {"scopes": {vendorKey}}} {
		try("/w/acme/integrations/new/whmcs", "/new/whmcs", whmcs(bad))
	}
	path := h.connected(ada)
	try(path+"/key", "/key", url.Values{"user": {vendorKey}, "key": {vendorKey}})
	try(path+"/key", "/key", url.Values{"user": {"u"}, "key": {"new-" + vendorKey}})
	answers = append(answers, ada.get(path), ada.get("/w/acme/integrations"))
	for _, p := range answers {
		if strings.Contains(p.Body, vendorKey) {
			t.Errorf("%s (%d) holds the key", p.URL, p.Status)
		}
	}
	if !strings.Contains(log.String(), "/w/:slug/integrations/new/:kind") || strings.Contains(log.String(), vendorKey) {
		t.Error("the log holds the key, or nothing at all")
	}
	if found := h.tablesWith(vendorKey + "|" + hex.EncodeToString([]byte(vendorKey))); len(found) > 0 {
		t.Errorf("the key stands in %s", strings.Join(found, ", "))
	}
}

// tablesWith names the tables that hold a pattern in any row, as the database's owner sees them.
func (h *house) tablesWith(pattern string) (found []string) {
	h.t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, h.OwnerDSN)
	must(h.t, err)
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, `select table_schema || '.' || table_name from information_schema.tables
		where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`)
	must(h.t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(h.t, err)
	for _, table := range tables {
		var n int
		must(h.t, conn.QueryRow(ctx, "select count(*) from "+table+" t where t::text ~* $1", pattern).Scan(&n))
		if n > 0 {
			found = append(found, table)
		}
	}
	return found
}
