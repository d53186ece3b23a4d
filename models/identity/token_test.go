package identity_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/modelstest"
)

func bearer(w *modelstest.World, hash []byte) (access.Actor, error) {
	return identity.Bearer(context.Background(), w.DB, hash)
}

func TestATokenOpensTheDoorUntilItEndsOrIsRevoked(t *testing.T) {
	w := modelstest.New(t)
	agent := w.Acme.Agent
	a, err := bearer(w, agent.HashedToken)
	if err != nil || a.Workspace != w.Acme.ID || len(a.Scopes) != len(access.TokenScopes) {
		t.Fatalf("got %+v, %v", a, err)
	}
	w.Pass(91 * 24 * time.Hour)
	if _, err := bearer(w, agent.HashedToken); !fault.Is(err, fault.SignIn) {
		t.Errorf("after its end: %v", err)
	}
	w.Pass(-91 * 24 * time.Hour)
	w.As(w.Grant(w.Acme, "max", access.ManageTokens), func(tx *db.Tx) error {
		_, err := identity.RevokeToken(tx, agent.ID)
		return err
	})
	if _, err := bearer(w, agent.HashedToken); !fault.Is(err, fault.SignIn) {
		t.Errorf("revoked: %v", err)
	}
}

func TestTheUseOfATokenIsNotedOnceAMinute(t *testing.T) {
	w := modelstest.New(t)
	used := func() (at time.Time) {
		if _, err := bearer(w, w.Acme.Agent.HashedToken); err != nil {
			t.Fatal(err)
		}
		w.As(w.Grant(w.Acme, "max", access.ManageTokens), func(tx *db.Tx) error {
			k, err := identity.FindToken(tx, w.Acme.Agent.ID)
			at = *k.UsedAt
			return err
		})
		return at
	}
	first := used()
	w.Pass(30 * time.Second)
	if !used().Equal(first) {
		t.Error("a use within the minute was written")
	}
	w.Pass(time.Minute)
	if !used().After(first) {
		t.Error("a later use was not written")
	}
}

func TestATokenIsRefusedWithEveryProblemAtOnce(t *testing.T) {
	w := modelstest.New(t)
	create := func(d identity.TokenDraft) error {
		return w.Try(w.Grant(w.Acme, "max", access.ManageTokens), func(tx *db.Tx) error {
			_, _, err := identity.CreateToken(tx, d)
			return err
		})
	}
	for _, d := range []identity.TokenDraft{{Name: "a‮b", Days: 0}, {Name: strings.Repeat("x", 1<<20), Scopes: []string{"requests.decide"}, Days: 366}} {
		if f := fault.As(create(d)); f == nil || len(f.Fields) != 3 {
			t.Errorf("want three problems, got %v", f)
		}
	}
	if err := create(identity.TokenDraft{Name: "agent", Scopes: []string{"actions:read"}, Days: 1}); fault.As(err) == nil || fault.As(err).Fields[0].Name != "name" {
		t.Errorf("a second token of the name: %v", err)
	}
}

func TestATokenIsNotThereForAnotherWorkspace(t *testing.T) {
	w := modelstest.New(t)
	w.As(w.Grant(w.Globex, "greta", access.ManageTokens), func(tx *db.Tx) error {
		for _, id := range []uuid.UUID{w.Acme.Agent.ID, uuid.New()} {
			if _, err := identity.RevokeToken(tx, id); !fault.Is(err, fault.NotFound) {
				t.Errorf("revoke: %v", err)
			}
			if _, err := identity.FindToken(tx, id); !fault.Is(err, fault.NotFound) {
				t.Errorf("find: %v", err)
			}
		}
		return nil
	})
	if _, err := bearer(w, w.Acme.Agent.HashedToken); err != nil {
		t.Errorf("Acme's token ended: %v", err)
	}
}
