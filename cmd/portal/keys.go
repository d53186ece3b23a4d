package main

import (
	"context"
	"fmt"

	"github.com/jexi/portal/internal/seal"
)

// keysCommand makes the two secrets of a service, as lines for its environment.
func keysCommand(_ context.Context, args []string) error {
	if err := parseVerb(flags("keys"), args, "new"); err != nil {
		return err
	}
	keyset, err := seal.NewKeyset()
	if err != nil {
		return err
	}
	fmt.Printf("PORTAL_KEYSET=%s\nPORTAL_SIGNING_KEY=%s\n", keyset, seal.NewSigningKey())
	return nil
}
