package integration

import (
	"fmt"
	"maps"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
)

// Safe seals the keys of connections and opens them. It is built once, with the portal's keyset.
type Safe struct{ Keyset seal.Keyset }

// place is the one row in which a sealed key opens.
func place(tx *db.Tx, id uuid.UUID) string {
	return seal.Context(tx.Workspace().String(), "integrations", id.String(), "credential")
}

// columns are a new key as the table keeps it.
func (s Safe) columns(tx *db.Tx, id uuid.UUID, key seal.Secret) (map[string]any, error) {
	sealed, err := s.Keyset.Seal([]byte(key.Reveal()), place(tx, id))
	if err != nil {
		return nil, fmt.Errorf("seal the key: %w", err)
	}
	return map[string]any{"sealed_credential": sealed, "credential_hint": hint(key), "credential_at": tx.Now()}, nil
}

// hint is the key's end, to tell keys apart. Of a short key, such as a mailbox's password, it
// would give too much away.
func hint(key seal.Secret) string {
	text := key.Reveal()
	if len(text) < 16 || !printable(text) {
		return ""
	}
	return text[len(text)-4:]
}

func printable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// Open gives the key of a connected system to the one who calls the vendor with it. It refuses
// while the connection is paused or when it has ended; a key that was moved here from another
// row or workspace is seal.ErrClosed.
func (s Safe) Open(tx *db.Tx, id uuid.UUID) (seal.Secret, error) {
	c, err := Find(tx, id)
	if err != nil {
		return seal.Secret{}, err
	}
	if err := c.live(); err != nil {
		return seal.Secret{}, err
	}
	if c.State == Paused {
		return seal.Secret{}, fault.New(fault.Conflict, "%s is paused.", c.Name)
	}
	var sealed []byte
	err = tx.Gorm().Raw("select sealed_credential from integrations where workspace_id = ? and id = ?", tx.Workspace(), id).Row().Scan(&sealed)
	if err != nil {
		return seal.Secret{}, fmt.Errorf("read the sealed key: %w", err)
	}
	plain, err := s.Keyset.Open(sealed, place(tx, id))
	if err != nil {
		return seal.Secret{}, fmt.Errorf("key of integration %s: %w", id, err)
	}
	return seal.NewSecret(string(plain)), nil
}

// KeyDraft is a new key for a connection, as typed.
type KeyDraft struct {
	Version   int
	Settings  map[string]string // of the fields that come with a new key
	Key       seal.Secret
	ExpiresOn string
}

// Shown is the draft as a form may show it again: without the key, also where the key was
// pasted into another field.
func (d KeyDraft) Shown() KeyDraft {
	d.Settings, d.ExpiresOn = without(d.Key, d.Settings), withoutText(d.Key, d.ExpiresOn)
	d.Key = seal.Secret{}
	return d
}

// ReplaceKey seals another key over the present one. Where the system is and whose account it
// is stay, unless the vendor issues the account's name with the key: another account is
// another connection.
func (s Safe) ReplaceKey(tx *db.Tx, id uuid.UUID, d KeyDraft) (Connection, error) {
	c, err := lock(tx, id)
	if err != nil {
		return c, err
	}
	if err := c.editable(d.Version); err != nil {
		return c, err
	}
	columns, err := s.newKey(tx, c, d)
	if err != nil {
		return c, err
	}
	after, err := c.save(tx, "replaced the key", columns)
	if err != nil {
		return c, err
	}
	audit.Record(tx, audit.Entry{Act: "integration.key_rotated", ObjectType: "integration", ObjectID: id.String(), Object: c.Name,
		Before: c.keyFacts(), After: after.keyFacts()})
	return after, nil
}

// newKey checks a draft for a connection and gives it as the table keeps it.
func (s Safe) newKey(tx *db.Tx, c Connection, d KeyDraft) (map[string]any, error) {
	var problems fault.Collect
	settings, key := readFields(WithKey(c.System()), d.Settings, d.Key, &problems)
	expires, err := parseDay(d.ExpiresOn, nil, tx.Now())
	if err := collect(&problems, err); err != nil {
		return nil, err
	}
	if err := problems.OrNil(); err != nil {
		return nil, err
	}
	columns, err := s.columns(tx, c.ID, key)
	if err != nil {
		return nil, err
	}
	all := maps.Clone(c.Settings.V)
	maps.Copy(all, settings)
	columns["settings"], columns["expires_on"] = db.JSON[map[string]string]{V: all}, expires
	return columns, nil
}

// WithKey are the fields of a system's form that a new key brings anew, the key itself last.
func WithKey(k *catalog.Kind) []catalog.KeyField {
	var out []catalog.KeyField
	for _, f := range k.Fields {
		if f.Secret || f.Paired {
			out = append(out, f)
		}
	}
	return out
}

// keyFacts tell keys apart in the audit trail and hold nothing of them but the hint.
func (c Connection) keyFacts() map[string]any {
	out := map[string]any{"key": "…" + c.CredentialHint, "since": c.CredentialAt}
	for name, value := range c.Settings.V {
		out[name] = value
	}
	if c.ExpiresOn != nil {
		out["replace_key_by"] = c.ExpiresOn.Format("2006-01-02")
	}
	return out
}

// cleanKey drops what pasting leaves around a key, and refuses what cannot be one.
func cleanKey(f catalog.KeyField, key seal.Secret) (seal.Secret, string) {
	text := key.Reveal()
	if f.Trim {
		text = strings.TrimSpace(text)
	}
	switch {
	case text == "":
		return key, "Paste the " + lower(f.Label) + "."
	case utf8.RuneCountInString(text) > f.MaxLen:
		return key, fmt.Sprintf("This is longer than any key: at most %d characters fit.", f.MaxLen)
	case strings.ContainsAny(text, "\r\n"):
		return key, "There is a line break inside. Copy the key alone, on one line."
	case catalog.CheckLine(text) != nil:
		return key, "There is a hidden character inside. Copy the key again."
	}
	return seal.NewSecret(text), ""
}

// without leaves out every value that holds the key.
func without(key seal.Secret, values map[string]string) map[string]string {
	out := map[string]string{}
	for name, v := range values {
		out[name] = withoutText(key, v)
	}
	return out
}

func withoutText(key seal.Secret, text string) string {
	if holds(text, key) {
		return ""
	}
	return text
}

// holds tells whether the key was pasted into another field. Fewer than eight characters may
// stand anywhere by chance.
func holds(text string, key seal.Secret) bool {
	k := strings.TrimSpace(key.Reveal())
	return len(k) >= 8 && strings.Contains(text, k)
}
