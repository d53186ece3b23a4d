package integration

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/workspace"
)

const (
	mostWorkflows = 20
	longWorkflow  = 80 // code points
	farthest      = 10 // years ahead that a key's end may lie
)

// Details are what a form says of a connection beside its key and scopes, as typed.
type Details struct {
	Name      string
	Workflows string // names, divided by commas or line breaks
	OwnerID   uuid.UUID
	ExpiresOn string // "2027-01-12", or "" for no date
}

// DetailsOf are a connection's details as a form shows them.
func DetailsOf(c Connection) Details {
	d := Details{Name: c.Name, Workflows: strings.Join(c.Workflows, "\n")}
	if c.OwnerID != nil && !c.OwnerLeft {
		d.OwnerID = *c.OwnerID
	}
	if c.ExpiresOn != nil {
		d.ExpiresOn = c.ExpiresOn.Format(time.DateOnly)
	}
	return d
}

// columns checks the details, adds what is wrong to problems, and gives them as the table keeps
// them. was is the day that stands already: it may stay though it has passed.
func (d Details) columns(tx *db.Tx, was *time.Time, problems *fault.Collect) (map[string]any, error) {
	name, err := identity.CleanName("name", d.Name)
	if err := collect(problems, err); err != nil {
		return nil, err
	}
	workflows, err := parseWorkflows(d.Workflows)
	if err := collect(problems, err); err != nil {
		return nil, err
	}
	owner, err := d.owner(tx)
	if err := collect(problems, err); err != nil {
		return nil, err
	}
	expires, err := parseDay(d.ExpiresOn, was, tx.Now())
	if err := collect(problems, err); err != nil {
		return nil, err
	}
	return map[string]any{"name": name, "workflows": workflows, "owner_id": owner, "expires_on": expires}, nil
}

// collect keeps a refusal's fields for later and gives back every other error.
func collect(problems *fault.Collect, err error) error {
	f := fault.As(err)
	if f == nil {
		return err
	}
	*problems = append(*problems, f.Fields...)
	return nil
}

// owner is a member of the workspace. Only the portal itself may leave it open.
func (d Details) owner(tx *db.Tx) (*uuid.UUID, error) {
	if d.OwnerID == uuid.Nil && person(tx) == nil {
		return nil, nil
	}
	_, err := workspace.FindMember(tx, d.OwnerID)
	if fault.Is(err, fault.NotFound) {
		return nil, fault.At("owner", "Choose somebody of this workspace to look after the connection.")
	}
	return &d.OwnerID, err
}

func parseWorkflows(text string) (db.Texts, error) {
	out := db.Texts{}
	for _, name := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '\n' || r == '\r' }) {
		name, problem := catalog.CleanLine(strings.Join(strings.Fields(name), " "), longWorkflow)
		if problem != nil {
			return nil, fault.At("workflows", "One of the names %s", problem.Message)
		}
		if name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
		if len(out) > mostWorkflows {
			return nil, fault.At("workflows", "Name at most %d workflows.", mostWorkflows)
		}
	}
	return out, nil
}

func parseDay(text string, was *time.Time, now time.Time) (*time.Time, error) {
	if text == "" {
		return nil, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return nil, fault.At("expires_on", "Write a day such as %s.", now.AddDate(1, 0, 0).Format(time.DateOnly))
	}
	if was != nil && day.Equal(*was) {
		return was, nil
	}
	if !day.After(now) || day.After(now.AddDate(farthest, 0, 0)) {
		return nil, fault.At("expires_on", "Choose a day from tomorrow on, at most %d years ahead.", farthest)
	}
	return &day, nil
}

// Change gives a live connection other details. version is the one they were made from.
func Change(tx *db.Tx, id uuid.UUID, version int, d Details) (Connection, error) {
	c, err := lock(tx, id)
	if err != nil {
		return c, err
	}
	if err := c.editable(version); err != nil {
		return c, err
	}
	var problems fault.Collect
	columns, err := d.columns(tx, c.ExpiresOn, &problems)
	if err == nil {
		err = problems.OrNil()
	}
	if err != nil {
		return c, err
	}
	after, err := c.save(tx, "changed the details", columns)
	if err != nil {
		return c, err
	}
	audit.Record(tx, audit.Entry{Act: "integration.changed", ObjectType: "integration", ObjectID: id.String(), Object: after.Name,
		Before: c.facts(), After: after.facts()})
	return after, nil
}

func (c Connection) editable(version int) error {
	if err := c.live(); err != nil {
		return err
	}
	return c.fresh(version)
}

// facts are the details as the audit trail keeps them.
func (c Connection) facts() map[string]any {
	out := map[string]any{"name": c.Name, "workflows": c.Workflows, "owner": c.OwnerName}
	if c.ExpiresOn != nil {
		out["replace_key_by"] = c.ExpiresOn.Format(time.DateOnly)
	}
	return out
}
