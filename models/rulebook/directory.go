package rulebook

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/delivery"
	"github.com/jexi/portal/models/rule"
)

// Colleague is a member with what mail needs.
type Colleague struct {
	rule.Person
	Email string
}

// Directory is the workspace as rules speak of it: people, groups, connections.
func Directory(tx *db.Tx) (rule.Directory, error) {
	var people []Colleague
	d := rule.Directory{Groups: map[string]string{}, Integrations: map[string]string{}}
	err := tx.Ask(func(q *db.Questions) {
		AskColleagues(q, &people)
		askNames(q, "select id::text, name from groups where workspace_id = app_ws()", d.Groups)
		askNames(q, "select id::text, name from integrations where workspace_id = app_ws()", d.Integrations)
	})
	if err != nil {
		return d, fmt.Errorf("directory: %w", err)
	}
	d.People = Persons(people)
	return d, nil
}

func askNames(q *db.Questions, query string, names map[string]string) {
	q.Ask(func(rows pgx.Rows) error {
		var id, name string
		_, err := pgx.ForEachRow(rows, []any{&id, &name}, func() error { names[id] = name; return nil })
		return err
	}, query)
}

// AskColleagues asks for all who ever were members; only the active can decide.
func AskColleagues(q *db.Questions, people *[]Colleague) {
	q.Ask(func(rows pgx.Rows) (err error) {
		*people, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (c Colleague, err error) {
			return c, row.Scan(&c.ID, &c.Name, &c.Email, &c.Role, &c.Active, &c.Groups)
		})
		return err
	}, `select m.person_id, p.name, p.email, m.role, m.removed_at is null and p.disabled_at is null,
		array(select g.group_id::text from group_members g where g.workspace_id = m.workspace_id and g.person_id = m.person_id)
		from members m join people p on p.id = m.person_id where m.workspace_id = app_ws() order by p.name, m.person_id`)
}

// Owns tells an active Owner: who is told of what goes wrong.
func (c Colleague) Owns() bool { return c.Role == access.Owner && c.Active }

// Receivers are those of all whom a letter is for.
func Receivers(all []Colleague, include func(Colleague) bool) (to []delivery.Receiver) {
	for _, p := range all {
		if include(p) {
			to = append(to, delivery.Receiver{Person: p.ID, Email: p.Email})
		}
	}
	return to
}

// WriteToOwners queues a letter to every Owner. The caller enqueues the job that sends each.
func WriteToOwners(tx *db.Tx, kind, objectType string, object uuid.UUID) ([]delivery.Message, error) {
	var people []Colleague
	if err := tx.Ask(func(q *db.Questions) { AskColleagues(q, &people) }); err != nil {
		return nil, fmt.Errorf("owners to write to: %w", err)
	}
	return delivery.QueueAll(tx, kind, Receivers(people, Colleague.Owns), objectType, object)
}

// Persons are colleagues as rules speak of them.
func Persons(all []Colleague) []rule.Person {
	out := make([]rule.Person, len(all))
	for i, c := range all {
		out[i] = c.Person
	}
	return out
}
