package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/workspace"
)

func TestSomebodyWhoLostEveryPasskeyIsResetAndAddsANewOne(t *testing.T) {
	h := open(t)
	h.owns("ann")
	ann := h.signIn(h.Acme, "ann")
	path := h.personPath("ann") + "/reset"

	unproved := h.signIn(h.Acme, "max")
	if to := unproved.do("GET", path, nil, nil).Header.Get("Location"); !strings.HasPrefix(to, "/proof?next=") {
		t.Errorf("without a fresh proof it leads to %q", to)
	}
	max := h.signInProved(h.Acme, "max")
	max.get(h.personPath("ann")).shows(200, "Lost passkeys", "Reset the passkeys")
	asks := max.get(path).shows(200, "Reset the passkeys of Ann Keller?", "All are removed: 1", "ann@acme.example")
	max.submit(asks, "/reset", nil).shows(422, "Say why")
	ann.get("/w/acme").shows(200)
	max.submit(asks, "/reset", url.Values{"reason": {"Lost the phone, called her"}}).shows(200, "The passkeys of Ann Keller were reset", "Mail only")
	max.submit(asks, "/reset", url.Values{"reason": {"Lost the phone, called her"}}).shows(200, "Mail only") // the same try
	max.get(path).shows(200, "You cannot reset the passkeys of Ann Keller", "no passkey and no authenticator app")

	ann.get("/w/acme").shows(200, "Work e-mail") // signed out
	letter := h.mail("ann@acme.example", "Your passkeys were reset")
	if !strings.Contains(letter.Text, "Max Lindqvist removed all your passkeys") || strings.Contains(letter.Text, "called her") {
		t.Errorf("the letter says:\n%s", letter.Text)
	}
	back := h.visitor()
	back.follow(back.useLink(back.askLink("ann@acme.example", ""))).shows(200, "Sign out")
	back.get("/security/passkeys/new").shows(200, "Your device keeps the key")
	back.get("/security/authenticator/new").shows(200, "Scan the picture")
	h.signIn(h.Acme, "udo").get("/w/acme/audit").shows(200, "Reset somebody's passkeys", "Ann Keller")
}

func TestWhoIsResetByTheOperatorIsToldSo(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.owns("ada")
	ada := h.signIn(h.Acme, "ada")
	h.As(access.ForSystem(uuid.Nil, "portal person reset"), func(tx *db.Tx) error {
		_, _, err := workspace.ResetByOperator(tx, "ada@acme.example", "Nobody else is an Owner; called her office")
		return err
	})
	ada.get("/w/acme").shows(200, "Work e-mail") // signed out
	if letter := h.mail("ada@acme.example", "Your passkeys were reset"); !strings.Contains(letter.Text, "The operator of the portal removed all your passkeys") {
		t.Errorf("the letter says:\n%s", letter.Text)
	}
	h.signIn(h.Acme, "udo").get("/w/acme/audit").shows(200, "Reset somebody's passkeys", "Ada Okafor", "portal person reset")
}

func TestAResetIsRefusedWhereItIsNotOnesToDo(t *testing.T) {
	h := open(t)
	h.owns("ann")
	h.owns("ada")
	max := h.signInProved(h.Acme, "max")
	reason := url.Values{"reason": {"lost"}}
	asks := max.get(h.personPath("ann") + "/reset")
	_, form, _ := asks.form("/reset")
	form.Set("reason", "lost")
	owner := max.get(h.personPath("ada")+"/reset").shows(200, "You cannot reset the passkeys of Ada Okafor", "Only an Owner")
	if _, _, ok := owner.form("/reset"); ok {
		t.Error("the form is offered")
	}
	for _, first := range []string{"ada", "max"} {
		form.Set("operation", first)
		max.do("POST", h.personPath(first)+"/reset", strings.NewReader(form.Encode()), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}).shows(map[string]int{"ada": 403, "max": 409}[first])
	}
	if text := max.get(h.personPath("max")).Text(); strings.Contains(text, "Lost passkeys") {
		t.Error("one is offered to reset one's own")
	}
	if text := h.signInProved(h.Acme, "pia").get(h.personPath("ann")).Text(); strings.Contains(text, "Lost passkeys") {
		t.Error("the privacy officer is offered a reset")
	}
	greta := h.signInProved(h.Globex, "greta")
	greta.get(h.personPath("ann") + "/reset").shows(404)
	greta.get(strings.Replace(h.personPath("ann"), "acme", "globex", 1) + "/reset").shows(404)
	if n := h.count("select count(*) from passkeys"); n != 2 {
		t.Errorf("%d passkeys are left", n)
	}
	max.submit(asks, "/reset", reason).shows(200, "were reset")
}
