// Package integration holds the connections to a customer's systems: what Jexi may do in
// each, and the key it does that with.
//
// It promises that a key is sealed for its one row before it is stored, is never given back
// to a person, and is destroyed when the connection ends; that a stale edit changes nothing;
// and that a pause stops at once, whatever else is going on. It calls no vendor.
// Files in order: connection, connect, detail, credential, scopes, pause, disconnect.
package integration

import (
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
)

// State is where a connection stands. Disconnected is final.
type State string

const (
	Connected    State = "connected"
	Paused       State = "paused"
	Disconnected State = "disconnected"
)

// Brief is what an action needs to know of a connection.
type Brief struct {
	ID     uuid.UUID
	Kind   string // of the catalog
	Name   string
	State  State
	Scopes db.Texts // what Jexi may do there, whatever else the key could do
}

// Connection is one connected system, as everybody who may see it sees it: without its key.
type Connection struct {
	Brief
	Workflows      db.Texts
	Settings       db.JSON[map[string]string] // the catalog's fields that are no secret: "address"
	CredentialHint string                     // the key's last characters, "" when it is short
	CredentialAt   time.Time                  // since when this key is used
	ExpiresOn      *time.Time                 // the day by which the key is to be replaced
	OwnerID        *uuid.UUID
	OwnerName      string
	OwnerLeft      bool // the owner is no member any more
	Version        int
	ConnectedBy    string // a name, as the next ones: "" for the portal itself
	ConnectedAt    time.Time
	PauseReason    string
	PausedBy       string
	PausedAt       *time.Time
	DisconnectedBy string
	DisconnectedAt *time.Time
	Change         string // what was done last: "replaced the key"
	ChangedBy      string
	ChangedAt      time.Time
}

const find = `select i.id, i.kind, i.name, i.state, i.scopes, i.workflows, i.settings, i.credential_hint, i.credential_at,
	i.expires_on, i.owner_id, coalesce(o.name, '') as owner_name, m.removed_at is not null as owner_left, i.version,
	coalesce(c.name, '') as connected_by, i.connected_at, i.pause_reason, coalesce(p.name, '') as paused_by, i.paused_at,
	coalesce(d.name, '') as disconnected_by, i.disconnected_at, i.change, coalesce(l.name, '') as changed_by, i.changed_at
	from integrations i
	left join people o on o.id = i.owner_id
	left join members m on m.workspace_id = i.workspace_id and m.person_id = i.owner_id
	left join people c on c.id = i.connected_by
	left join people p on p.id = i.paused_by
	left join people d on d.id = i.disconnected_by
	left join people l on l.id = i.changed_by
	where i.workspace_id = ?`

// List are the workspace's connections by name, the ended ones last. At most 500.
func List(tx *db.Tx) ([]Connection, error) {
	return list(tx, find+" order by i.state = 'disconnected', lower(i.name), i.id limit 500", tx.Workspace())
}

// ForAction are the live connections of these kinds, paused ones included, by name. kinds are
// those of an action type; without any there is no connection.
func ForAction(tx *db.Tx, kinds []string) ([]Brief, error) {
	if len(kinds) == 0 {
		return nil, nil
	}
	return briefs(tx, "state <> 'disconnected' and kind = any($1) order by lower(name), id limit 500", kinds)
}

// FindBrief is Find for an action.
func FindBrief(tx *db.Tx, id uuid.UUID) (Brief, error) {
	all, err := briefs(tx, "id = $1", id)
	if err == nil && len(all) == 0 {
		err = fault.Missing()
	}
	if err != nil {
		return Brief{}, err
	}
	return all[0], nil
}

func briefs(tx *db.Tx, where string, args ...any) (out []Brief, err error) {
	err = tx.Ask(func(q *db.Questions) {
		q.Ask(func(rows pgx.Rows) (err error) {
			out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (b Brief, err error) {
				return b, row.Scan(&b.ID, &b.Kind, &b.Name, &b.State, (*[]string)(&b.Scopes))
			})
			return err
		}, "select id, kind, name, state, scopes from integrations where workspace_id = app_ws() and "+where, args...)
	})
	if err != nil {
		return nil, fmt.Errorf("connections for an action: %w", err)
	}
	return out, nil
}

func list(tx *db.Tx, query string, args ...any) ([]Connection, error) {
	var out []Connection
	if err := tx.Gorm().Raw(query, args...).Scan(&out).Error; err != nil {
		return nil, fmt.Errorf("list integrations: %w", err)
	}
	return out, nil
}

// Find finds one, live or ended, or refuses with NotFound.
func Find(tx *db.Tx, id uuid.UUID) (Connection, error) {
	return take(tx, find+" and i.id = ?", id)
}

// lock is Find that makes other changes of the connection wait.
func lock(tx *db.Tx, id uuid.UUID) (Connection, error) {
	return take(tx, find+" and i.id = ? for update of i", id)
}

func take(tx *db.Tx, query string, id uuid.UUID) (Connection, error) {
	var c Connection
	res := tx.Gorm().Raw(query, tx.Workspace(), id).Scan(&c)
	if res.Error != nil {
		return c, fmt.Errorf("find integration: %w", res.Error)
	}
	if res.RowsAffected == 0 {
		return c, fault.Missing()
	}
	return c, nil
}

// System is the catalog's entry of the connected system.
func (c Brief) System() *catalog.Kind {
	if k, ok := catalog.FindKind(c.Kind); ok {
		return k
	}
	return &catalog.Kind{Key: c.Kind, Name: c.Kind}
}

// Live tells that the connection has not ended; it may be paused.
func (c Brief) Live() bool { return c.State != Disconnected }

// May tells whether Jexi was allowed everything that an action needs in this system. It says
// nothing of a pause.
func (c Brief) May(t *catalog.ActionType) bool {
	needs, can := t.Scopes[c.Kind]
	for _, scope := range needs {
		can = can && c.has(scope)
	}
	return can
}

func (c Brief) has(scope string) bool {
	for _, s := range c.Scopes {
		if s == scope {
			return true
		}
	}
	return false
}

// RenewalDue tells that the day to replace the key has come.
func (c Connection) RenewalDue(now time.Time) bool {
	return c.Live() && c.ExpiresOn != nil && !now.Before(*c.ExpiresOn)
}

// save writes columns of a locked connection, marks who did it and returns it as it is now.
// done completes the sentence "Ada …".
func (c Connection) save(tx *db.Tx, done string, columns map[string]any) (Connection, error) {
	columns["version"] = c.Version + 1
	columns["change"], columns["changed_by"], columns["changed_at"] = done, person(tx), tx.Now()
	err := tx.Gorm().Table("integrations").Where("workspace_id = ? and id = ?", tx.Workspace(), c.ID).Updates(columns).Error
	if err != nil {
		return c, named(err, columns["name"])
	}
	return Find(tx, c.ID)
}

// named tells of a name that is taken; every other error is ours.
func named(err error, name any) error {
	if db.Violates(err, "integrations_live_name") {
		return fault.At("name", "There is a connection called %v already. Give this one another name.", name)
	}
	return fmt.Errorf("save integration: %w", err)
}

// person is who acts, nil for the portal itself.
func person(tx *db.Tx) *uuid.UUID {
	if a := tx.Actor(); a.Kind == access.Person {
		return &a.ID
	}
	return nil
}

// live refuses a change of a connection that has ended.
func (c Connection) live() error {
	if c.Live() {
		return nil
	}
	return fault.New(fault.Conflict, "%s disconnected %s on %s. Its key is destroyed; connect the system anew.",
		by(c.DisconnectedBy), c.Name, at(*c.DisconnectedAt))
}

// fresh refuses an edit that was made from an older version, and names what was changed since.
func (c Connection) fresh(version int) error {
	if version == c.Version {
		return nil
	}
	last := ""
	if n := c.Version - version; n > 1 {
		last = fmt.Sprintf(", the last of %d changes", n)
	}
	return fault.New(fault.Stale, "%s %s on %s%s since you opened this page. Nothing of yours was saved: look at what it says now, then send it again.",
		by(c.ChangedBy), c.Change, at(c.ChangedAt), last)
}

func by(name string) string {
	if name == "" {
		return "The portal"
	}
	return name
}

func at(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04 UTC") }
