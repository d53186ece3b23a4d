package integration

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
)

// Draft is a connection that somebody is about to make, as typed.
type Draft struct {
	Details
	Kind     string
	Settings map[string]string // the catalog's fields that are no secret
	Key      seal.Secret
	Scopes   []string
}

// NewDraft proposes the least: the system's own name, and reading only.
func NewDraft(k *catalog.Kind, owner uuid.UUID) Draft {
	return Draft{Details: Details{Name: k.Name, OwnerID: owner}, Kind: k.Key, Scopes: Smallest(k)}
}

// Shown is the draft as a form may show it again: without the key, also where the key was
// pasted into another field.
func (d Draft) Shown() Draft {
	d.Name, d.Workflows, d.ExpiresOn = withoutText(d.Key, d.Name), withoutText(d.Key, d.Workflows), withoutText(d.Key, d.ExpiresOn)
	d.Settings = without(d.Key, d.Settings)
	d.Key = seal.Secret{}
	return d
}

// Connectable finds the kind of a system that can be connected by typing a key. Other kinds
// are refused with Conflict, unknown ones with NotFound.
func Connectable(kind string) (*catalog.Kind, error) {
	k, ok := catalog.FindKind(kind)
	if !ok {
		return nil, fault.Missing()
	}
	if !k.ByKey {
		return nil, fault.New(fault.Conflict, "%s is connected by signing in there, which the portal cannot do yet. It has no key to type.", k.Name)
	}
	return k, nil
}

// Connect makes a connection and seals its key. It calls no vendor: whether the key works is
// found out when it is first used.
func (s Safe) Connect(tx *db.Tx, d Draft) (Connection, error) {
	k, err := Connectable(d.Kind)
	if err != nil {
		return Connection{}, err
	}
	columns, key, err := d.columns(tx, k)
	if err != nil {
		return Connection{}, err
	}
	id := uuid.New()
	sealed, err := s.columns(tx, id, key)
	if err != nil {
		return Connection{}, err
	}
	maps.Copy(columns, sealed)
	maps.Copy(columns, map[string]any{"workspace_id": tx.Workspace(), "id": id, "kind": k.Key, "state": Connected,
		"connected_by": person(tx), "connected_at": tx.Now(), "change": "connected it", "changed_by": person(tx), "changed_at": tx.Now()})
	if err := tx.Gorm().Table("integrations").Create(columns).Error; err != nil {
		return Connection{}, named(err, columns["name"])
	}
	c, err := Find(tx, id)
	if err != nil {
		return c, err
	}
	after := map[string]any{"kind": c.Kind, "scopes": c.Scopes}
	maps.Copy(after, c.facts())
	maps.Copy(after, c.keyFacts())
	audit.Record(tx, audit.Entry{Act: "integration.connected", ObjectType: "integration", ObjectID: id.String(), Object: c.Name, After: after})
	return c, nil
}

// columns checks the whole draft, so that all that is wrong is told at once.
func (d Draft) columns(tx *db.Tx, k *catalog.Kind) (map[string]any, seal.Secret, error) {
	var problems fault.Collect
	scopes, err := cleanScopes(k, d.Scopes)
	if err := collect(&problems, err); err != nil {
		return nil, d.Key, err
	}
	settings, key := readFields(k.Fields, d.Settings, d.Key, &problems)
	columns, err := d.Details.columns(tx, nil, &problems)
	if err != nil {
		return nil, key, err
	}
	if holds(d.Name, d.Key) {
		problems.Add("name", heldKey)
	}
	if holds(d.Workflows, d.Key) {
		problems.Add("workflows", heldKey)
	}
	if err := problems.OrNil(); err != nil {
		return nil, key, err
	}
	columns["settings"], columns["scopes"] = db.JSON[map[string]string]{V: settings}, scopes
	return columns, key, nil
}

const heldKey = "This was the key. It was taken out; type it into its own field only."

// readFields checks what the form of a system asks for and gives the key apart from the rest.
func readFields(fields []catalog.KeyField, typed map[string]string, key seal.Secret, problems *fault.Collect) (map[string]string, seal.Secret) {
	settings := map[string]string{}
	for _, f := range fields {
		var wrong string
		switch {
		case f.Secret:
			key, wrong = cleanKey(f, key)
		case holds(typed[f.Name], key):
			wrong = heldKey
		default:
			settings[f.Name], wrong = cleanSetting(f, typed[f.Name])
		}
		if wrong != "" {
			problems.Add(f.Name, "%s", wrong)
		}
	}
	return settings, key
}

// server is a host with a dot, with or without https, port and path. User names, questions
// and fragments are left out of it: that is where secrets hide in addresses.
var server = regexp.MustCompile(`^(https://)?[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)+(:[0-9]{1,5})?(/[a-zA-Z0-9._~/-]*)?$`)

func cleanSetting(f catalog.KeyField, text string) (string, string) {
	text = strings.TrimSpace(text)
	clean, problem := catalog.CleanLine(text, f.MaxLen)
	switch {
	case text == "":
		return "", "Fill in the " + lower(f.Label) + "."
	case problem != nil:
		return "", "The " + lower(f.Label) + " " + problem.Message
	case f.Server && !server.MatchString(clean):
		return "", fmt.Sprintf("Write it such as %s, without user name, ? or #.", f.Example)
	}
	return clean, ""
}

// lower lets a label stand inside a sentence: "API token" stays, "Base address" does not.
func lower(label string) string {
	r := []rune(label)
	if len(r) > 1 && !unicode.IsUpper(r[1]) {
		r[0] = unicode.ToLower(r[0])
	}
	return string(r)
}
