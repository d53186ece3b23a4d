package handlers_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/handlers"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/views/trail"
	"github.com/jexi/portal/web"
)

// unrecorded are the posts that leave no entry, each with the reason.
var unrecorded = map[string]string{
	"POST /signin":                            "asks for a mail; whoever uses its link is recorded",
	"POST /theme":                             "changes the visitor's own browser",
	"POST /keys":                              "changes the visitor's own browser",
	"POST /signin/passkey/options":            "a question to the visitor's device",
	"POST /proof/passkey/options":             "a question to the visitor's device",
	"POST /security/passkeys/options":         "a question to the visitor's device",
	"POST /w/:slug/security/passkeys/options": "a question to the visitor's device",
	"POST /signin/passkey":                    "needs a device: TestWhatAPasskeyDoesIsOnTheTrail",
	"POST /proof/passkey":                     "needs a device: TestWhatAPasskeyDoesIsOnTheTrail",
	"POST /security/passkeys":                 "needs a device: TestWhatAPasskeyDoesIsOnTheTrail",
	"POST /w/:slug/security/passkeys":         "needs a device: TestWhatAPasskeyDoesIsOnTheTrail",
	"POST /w/:slug/rules/try":                 "tries rules on an action and stores nothing",
	`POST /api/v1/action-requests\:evaluate`:  "tries rules on an action and stores nothing",
}

// recorded is an entry as the audit tests see it.
type recorded struct {
	act  string
	body []byte
}

// entries are all of every workspace, past the wall.
func (h *house) entries() (out []recorded) {
	h.t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, h.OwnerDSN)
	must(h.t, err)
	defer c.Close(ctx)
	rows, err := c.Query(ctx, "select l.act, b.body from audit_leaves l join audit_bodies b using (workspace_id, epoch, idx)")
	must(h.t, err)
	var r recorded
	_, err = pgx.ForEachRow(rows, []any{&r.act, &r.body}, func() error {
		out = append(out, recorded{r.act, bytes.Clone(r.body)})
		return nil
	})
	must(h.t, err)
	return out
}

// actsOf are what one request left on the trail.
func (h *house) actsOf(p *page) (acts []string) {
	h.t.Helper()
	id := p.Header.Get("X-Request-Id")
	for _, e := range h.entries() {
		if b, err := audit.ParseBody(e.body); err == nil && b.Request == id {
			acts = append(acts, e.act)
		}
	}
	return acts
}

// TestEveryChangeIsOnTheTrail goes by the map: a post that nobody has an example for fails.
func TestEveryChangeIsOnTheTrail(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	known := deeds()
	for _, r := range handlers.Map(s.Tools) {
		name := r.Method + " " + r.Path
		if r.Method == "GET" || r.Door == web.Demo {
			continue
		}
		deed, reason := known[name], unrecorded[name]
		delete(known, name)
		switch {
		case deed == nil && reason == "":
			t.Errorf("%s: nobody shows that it is on the audit trail. In deeds_test.go add to deeds():\n\t%q: func(s *stage) *page { … make it succeed once, and return that answer … },\n"+
				"or, if it changes nothing that anybody must know, in audited_test.go add to unrecorded its reason.", name, name)
		case deed != nil && reason != "":
			t.Errorf("%s is in deeds() and in unrecorded", name)
		case deed != nil:
			s.shown(t, name, deed)
		}
	}
	for name := range known {
		t.Errorf("%s is in deeds() and not on the map", name)
	}
	s.noSecretIsLeft(t)
	s.everyActIsProduced(t)
	for _, e := range s.entries() {
		if !trail.HasWords(e.act) {
			t.Errorf("the act %s has no words: add it to acts in views/trail/act.go", e.act)
		}
	}
}

func (s *stage) shown(t *testing.T, name string, deed func(*stage) *page) {
	t.Run(strings.ReplaceAll(name, "/", "|"), func(t *testing.T) {
		s.house.t = t
		s.enter()
		p := deed(s)
		if p.Status >= 400 {
			t.Fatalf("it answered %d:\n%s", p.Status, p.Text())
		}
		if acts := s.actsOf(p); len(acts) == 0 {
			t.Errorf("it answered %d and left nothing on the audit trail", p.Status)
		}
	})
}

// mailed are the secrets that one mail carries, to whom they are for.
var mailed = []string{"sign-in link", "invitation", "decision link", "mailed code"}

// noSecretIsLeft looks for what the visitors, systems and mails of the scene had as secrets: in the log,
// in every row of every table with its jobs and its audit trail, and in every mail.
func (s *stage) noSecretIsLeft(t *testing.T) {
	t.Helper()
	if len(s.secrets) < 12 {
		t.Fatalf("only %d secrets are known: %v", len(s.secrets), slices.Sorted(maps.Keys(s.secrets)))
	}
	log := strings.ToLower(s.log.String())
	if !strings.Contains(log, "/signin/:token") {
		t.Error("the log says nothing")
	}
	var forms []string
	for what, secret := range s.secrets {
		if what == "authenticator's code" { // six digits stand in many a time
			continue
		}
		forms = append(forms, regexp.QuoteMeta(secret), regexp.QuoteMeta(hex.EncodeToString([]byte(secret))))
		if strings.Contains(log, strings.ToLower(secret)) {
			t.Errorf("the log holds the secret %s", what)
		}
		times := 0
		for _, m := range s.Mail.List() {
			if strings.Contains(m.Subject+m.Text, secret) {
				times++
			}
		}
		if slices.Contains(mailed, what) != (times == 1) {
			t.Errorf("%d mails hold the secret %s", times, what)
		}
	}
	if found := s.tablesWith(strings.Join(forms, "|")); len(found) > 0 {
		t.Errorf("secrets stand in %v", found)
	}
}

var actNamed = regexp.MustCompile(`"([a-z]+\.[a-z_]+)": +\{`)

// everyActIsProduced: what the portal can record is recorded by one of the deeds, or else is named by
// a test that sees it recorded.
func (s *stage) everyActIsProduced(t *testing.T) {
	t.Helper()
	words, err := os.ReadFile("../views/trail/act.go")
	must(t, err)
	missing := map[string]bool{}
	for _, m := range actNamed.FindAllStringSubmatch(string(words), -1) {
		missing[m[1]] = true
	}
	if len(missing) < 60 {
		t.Fatalf("only %d acts are known", len(missing))
	}
	for _, e := range s.entries() {
		delete(missing, e.act)
	}
	must(t, filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") || strings.Contains(path, "views/") {
			return err
		}
		text, err := os.ReadFile(path)
		for act := range missing {
			if strings.Contains(string(text), `"`+act+`"`) || strings.Contains(string(text), "'"+act+"'") {
				delete(missing, act)
			}
		}
		return err
	}))
	for act := range missing {
		t.Errorf("no test sees %s recorded", act)
	}
}

func TestWhatAPasskeyDoesIsOnTheTrail(t *testing.T) {
	t.Parallel()
	h := open(t)
	c := h.chrome()
	c.device()
	c.as(h.Acme, "ada").open("/security/passkeys/new").write("name", "Desk").click("Add passkey").sees("One passkey protects")
	h.Pass(10 * time.Minute)
	c.open("/proof?next=/security").click("Show a passkey").sees("Desk")
	c.open("/signout").click("Sign out").sees("You are signed out")
	c.open("/signin").click("Sign in with a passkey").sees("/w/acme")
	c.open("/signout").click("Sign out").sees("You are signed out")
	want := map[string]int{"passkey.added": 1, "proof.shown": 1, "person.signed_in": 1, "person.signed_out": 2}
	for act, n := range want {
		if got := h.acts(h.Acme, "ada", act); got != n {
			t.Errorf("%s is on the trail %d times, want %d", act, got, n)
		}
	}
	if fmt.Sprint(h.acts(h.Globex, "greta", "passkey.added")) != "0" {
		t.Error("another workspace's trail tells of it")
	}
}
