package jump_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/jump"
	"github.com/jexi/portal/models/modelstest"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rulebook"
	"github.com/jexi/portal/models/workspace"
)

func finds(w *modelstest.World, p modelstest.Place, first, text string) (out []string) {
	w.T.Helper()
	var found jump.Found
	w.As(w.Grant(p, first, access.SeeOverview), func(tx *db.Tx) error {
		return tx.Ask(func(q *db.Questions) { jump.Ask(q, jump.Clean(text), &found) })
	})
	for _, n := range found.Named {
		out = append(out, fmt.Sprintf("%s %s (%s)", n.Kind, n.Name, n.Sub))
	}
	return out
}

func TestEveryRoleFindsWhatItMayOpenAndNobodyAnotherWorkspacesThings(t *testing.T) {
	w := modelstest.New(t)
	w.As(access.ForSystem(w.Acme.ID, "test"), func(tx *db.Tx) error {
		_, err := rulebook.CreateRule(tx, rule.Body{Name: "Billing above 50", Actions: []string{"billing.refund"}, Effect: rule.Block})
		if err != nil {
			return err
		}
		if _, err = workspace.Join(tx, "clerk@billing.example", "Bo Clerk", access.Auditor); err != nil {
			return err
		}
		if _, _, err = identity.CreateToken(tx, identity.TokenDraft{Name: "Billing sync", Scopes: []string{string(access.ReadActions)}, Days: 90}); err != nil {
			return err
		}
		gone, _, err := identity.CreateToken(tx, identity.TokenDraft{Name: "Billing before", Scopes: []string{string(access.ReadActions)}, Days: 90})
		if err != nil {
			return err
		}
		_, err = identity.RevokeToken(tx, gone.ID)
		return err
	})
	for first, want := range map[string][]string{
		"ada": {"rule", "person", "group", "token"}, "max": {"rule", "person", "group", "token"},
		"pia": {"rule", "person", "group"}, "udo": {"rule", "person", "group"}, "ann": nil,
	} {
		var kinds []string
		for _, f := range finds(w, w.Acme, first, "BILLING") {
			kind, _, _ := strings.Cut(f, " ")
			kinds = append(kinds, kind)
		}
		if !slices.Equal(kinds, want) {
			t.Errorf("%s finds %v, want %v", first, kinds, want)
		}
	}
	if got := finds(w, w.Globex, "greta", "billing"); got != nil {
		t.Errorf("another workspace finds %v", got)
	}
	if got := finds(w, w.Acme, "ada", "bo clerk"); !slices.Equal(got, []string{"person Bo Clerk (clerk@billing.example)"}) {
		t.Errorf("found %v", got)
	}
}

func TestEightOfAKindAreFoundThoseThatBeginSoFirst(t *testing.T) {
	w := modelstest.New(t)
	w.As(access.ForSystem(w.Acme.ID, "test"), func(tx *db.Tx) error {
		for i := range 10 {
			if _, err := workspace.CreateGroup(tx, workspace.GroupDraft{Name: fmt.Sprintf("A desk %d", i)}); err != nil {
				return err
			}
		}
		_, err := workspace.CreateGroup(tx, workspace.GroupDraft{Name: "Desk of last resort"})
		return err
	})
	got := finds(w, w.Acme, "ada", "desk")
	if len(got) != 8 || got[0] != "group Desk of last resort ()" || got[1] != "group A desk 0 ()" {
		t.Errorf("found %v", got)
	}
}

func TestWhateverIsTypedIsLookedForAsItIs(t *testing.T) {
	w := modelstest.New(t)
	for typed, clean := range map[string]string{"  Ann\t Keller ": "Ann Keller", "a\x00b": "a b", "\xff\xfe": "", strings.Repeat("é", 400): strings.Repeat("é", 100), "​": ""} {
		if got := jump.Clean(typed); got != clean {
			t.Errorf("%q is cleaned to %q, want %q", typed, got, clean)
		}
	}
	for _, typed := range []string{"%", "_", "'", `\`, "' or 1=1 --", "$1", "\U0010FFFF"} {
		if got := finds(w, w.Acme, "ada", typed); got != nil {
			t.Errorf("%q finds %v", typed, got)
		}
	}
}
