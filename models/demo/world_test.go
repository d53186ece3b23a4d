package demo_test

import (
	"context"
	"testing"

	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/demo"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/models/modelstest"
	"github.com/jexi/portal/models/rulebook"
	"github.com/jexi/portal/models/workspace"
)

func TestTheDemoWorldIsMadeOnceAndByTheRules(t *testing.T) {
	w := modelstest.Empty(t)
	signer, err := seal.ParseSigner(seal.NewSigningKey())
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := seal.NewKeyset()
	if err != nil {
		t.Fatal(err)
	}
	keyset, err := seal.ParseKeyset(encoded)
	if err != nil {
		t.Fatal(err)
	}
	tools := demo.Tools{AppDSN: w.AppDSN, Approval: approval.Room{Signer: signer, Books: rulebook.NewBooks()},
		Safe: integration.Safe{Keyset: keyset}, Say: func(string) {}}
	first, err := demo.Seed(context.Background(), w.DB, tools)
	if err != nil {
		t.Fatal(err)
	}
	size := entries(t, w, "northmoor")
	tools.Agents = first
	again, err := demo.Seed(context.Background(), w.DB, tools)
	if err != nil {
		t.Fatal(err)
	}
	if again["northmoor"] != first["northmoor"] || entries(t, w, "northmoor") != size {
		t.Error("a second run changed the world")
	}
	if size < 1000 {
		t.Errorf("90 days left %d entries", size)
	}
}

func entries(t *testing.T, w *modelstest.World, slug string) (size int64) {
	t.Helper()
	w.As(access.ForSweep("test"), func(tx *db.Tx) error {
		id, err := workspace.BySlug(tx, slug)
		if err != nil {
			return err
		}
		return w.DB.In(context.Background(), access.ForSystem(id, "test"), func(tx *db.Tx) error {
			s, err := audit.Stand(tx)
			size = s.Size
			return err
		})
	})
	return size
}
