package main

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/workspace"
)

// personCommand resets somebody who lost every passkey and whom nobody in the portal can reset.
func personCommand(ctx context.Context, args []string) error {
	fs := flags("person")
	dir := fs.String("dir", "", "of a demo")
	reason := fs.String("reason", "", "why, and how you know who asked")
	words, err := parseWords(fs, args, 2)
	if err != nil {
		return err
	}
	if words[0] != "reset" {
		return wrongUse("portal person takes reset, not %q", words[0])
	}
	return withGate(ctx, *dir, func(gate *db.DB) error {
		var p identity.Person
		var places int
		err := gate.In(ctx, access.ForSystem(uuid.Nil, "portal person reset"), func(tx *db.Tx) (err error) {
			p, places, err = workspace.ResetByOperator(tx, words[1], *reason)
			return err
		})
		if err != nil {
			return refused(err)
		}
		fmt.Printf("%s has no passkey and no authenticator app any more and is signed out; on record in %d of their workspaces, and told by mail\n", p.Email, places)
		return nil
	})
}
