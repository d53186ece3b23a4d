package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/jexi/portal/models/audit"
)

// auditCommand checks a downloaded bundle or proof without a database or a network.
func auditCommand(_ context.Context, args []string) error {
	fs := flags("audit")
	kept := fs.String("checkpoint", "", "a file of checkpoints kept from before")
	key := fs.String("key", "", "the public key that must have signed, or a file with it")
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
	report, err := verifyFile(words[1], checkpoint, keyText(*key))
	if err != nil {
		return err
	}
	fmt.Println(report)
	return nil
}

func verifyFile(path string, kept []byte, key string) (audit.Report, error) {
	f, err := os.Open(path)
	if err != nil {
		return audit.Report{}, wrongUse("%w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return audit.Report{}, wrongUse("%w", err)
	}
	report, err := audit.Verify(f, info.Size(), kept, key)
	switch {
	case errors.Is(err, audit.ErrKey):
		return report, wrongUse("--key: %w", err)
	case err != nil:
		return report, checkFailed(fmt.Errorf("not genuine: %w", err))
	}
	return report, nil
}

// keyText is the key as it was given, or what the file of that name holds.
func keyText(given string) string {
	if text, err := os.ReadFile(given); err == nil {
		return string(text)
	}
	return given
}
