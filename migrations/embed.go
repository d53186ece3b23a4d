// Package migrations holds the database's history as SQL, forward only.
//
// A file that has landed is never edited. Each is safe while the previous release
// still runs: expand first, contract in a later release. README.md says how.
package migrations

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
)

// Files are the goose migrations.
//
//go:embed *.sql
var Files embed.FS

// Hash names this set of migrations: test databases are kept per hash.
func Hash() string {
	h := sha256.New()
	names, _ := fs.Glob(Files, "*.sql") // the pattern is well-formed
	for _, name := range names {
		b, err := Files.ReadFile(name)
		if err != nil {
			panic("migrations: an embedded file cannot be read: " + name)
		}
		h.Write([]byte(name + "\x00"))
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}
