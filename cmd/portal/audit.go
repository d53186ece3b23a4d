package main

import (
	"context"
	"fmt"
	"os"

	"github.com/jexi/portal/models/audit"
)

// auditCommand checks a downloaded bundle without a database or a network.
func auditCommand(_ context.Context, args []string) error {
	fs := flags("audit")
	kept := fs.String("checkpoint", "", "a checkpoint kept from before")
	key := fs.String("key", "", "the public key that must have signed")
	words, err := parseWords(fs, args, 2)
	if err != nil {
		return err
	}
	if words[0] != "verify" {
		return wrongUse("portal audit takes verify, not %q", words[0])
	}
	var checkpoint []byte
	if *kept != "" {
		if checkpoint, err = os.ReadFile(*kept); err != nil {
			return wrongUse("%w", err)
		}
	}
	f, err := os.Open(words[1])
	if err != nil {
		return wrongUse("%w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return wrongUse("%w", err)
	}
	report, err := audit.Verify(f, info.Size(), checkpoint, *key)
	if err != nil {
		return checkFailed(err)
	}
	fmt.Println(report)
	return nil
}
