package approval

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	rule "github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
)

// colleague is a member with what mail needs.
type colleague struct {
	rule.Person
	Email string
}

// Directory is the workspace as rules speak of it: people, groups, connections.
func Directory(tx *db.Tx) (rule.Directory, error) {
	people, err := colleagues(tx)
	if err != nil {
		return rule.Directory{}, err
	}
	d := rule.Directory{People: persons(people)}
	if d.Groups, err = names(tx, "select id, name from groups where workspace_id = ?"); err != nil {
		return d, err
	}
	d.Integrations, err = names(tx, "select id, name from integrations where workspace_id = ?")
	return d, err
}

func names(tx *db.Tx, query string) (map[string]string, error) {
	var rows []struct {
		ID   uuid.UUID
		Name string
	}
	if err := tx.Gorm().Raw(query, tx.Workspace()).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("directory: %w", err)
	}
	out := make(map[string]string, len(rows))
	for _, r := range rows {
		out[r.ID.String()] = r.Name
	}
	return out, nil
}

// colleagues are all who ever were members; only the active can decide.
func colleagues(tx *db.Tx) ([]colleague, error) {
	var rows []struct {
		PersonID uuid.UUID
		Name     string
		Email    string
		Role     access.Role
		Active   bool
		Groups   db.Texts
	}
	err := tx.Gorm().Raw(`select m.person_id, p.name, p.email, m.role, m.removed_at is null and p.disabled_at is null as active,
		array(select g.group_id::text from group_members g where g.workspace_id = m.workspace_id and g.person_id = m.person_id) as groups
		from members m join people p on p.id = m.person_id where m.workspace_id = ? order by p.name, m.person_id`, tx.Workspace()).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("people who may decide: %w", err)
	}
	out := make([]colleague, len(rows))
	for i, r := range rows {
		out[i] = colleague{rule.Person{ID: r.PersonID, Name: r.Name, Role: r.Role, Groups: r.Groups, Active: r.Active}, r.Email}
	}
	return out, nil
}

func persons(all []colleague) []rule.Person {
	out := make([]rule.Person, len(all))
	for i, c := range all {
		out[i] = c.Person
	}
	return out
}

// circle is everything that decides who may vote on one request, read in its transaction.
type circle struct {
	people []colleague
	votes  []Vote
	owner  uuid.UUID // of the integration
	barred map[uuid.UUID]string
	tally  rule.Tally
}

func (c circle) name(id uuid.UUID) string {
	i := slices.IndexFunc(c.people, func(p colleague) bool { return p.ID == id })
	if i < 0 {
		return "somebody who has left"
	}
	return c.people[i].Name
}

func (c circle) active(id uuid.UUID) bool {
	return slices.ContainsFunc(c.people, func(p colleague) bool { return p.ID == id && p.Active })
}

// gather reads people, exclusions and votes of a request and counts them.
func gather(tx *db.Tx, r *Request) (circle, error) {
	votes, err := votesOf(tx, r.ID)
	if err != nil {
		return circle{}, err
	}
	return gatherWith(tx, r, votes)
}

// gatherWith is gather with the votes in hand.
func gatherWith(tx *db.Tx, r *Request, votes []Vote) (c circle, err error) {
	if c.people, err = colleagues(tx); err != nil {
		return c, err
	}
	in := rule.Involved{At: tx.Now()}
	if in.RuleEdits, err = ruleEdits(tx, r); err != nil {
		return c, err
	}
	var maker uuid.UUID
	if c.owner, maker, err = stakes(tx, r); err != nil {
		return c, err
	}
	in.Requesters = r.requesters(c.people, maker)
	c.barred = r.Plan.V.Barred(in, persons(c.people))
	c.votes = votes
	c.count(r)
	return c, nil
}

// count counts the votes in hand.
func (c *circle) count(r *Request) {
	c.tally = r.Plan.V.Tally(persons(c.people), c.barred, c.owner, counted(c.votes))
}

// requesters are all who stand behind a request: whoever made the agent's token, and the
// person it acts for when that is a member, by id or by address. Another account with the same
// mailbox, whatever comes after a "+", counts as the same person.
func (r *Request) requesters(people []colleague, maker uuid.UUID) (ids []uuid.UUID) {
	behind := map[string]bool{mailbox(r.BehalfRef): r.BehalfRef != ""}
	for _, p := range people {
		if p.ID == maker || strings.EqualFold(p.ID.String(), r.BehalfRef) {
			behind[mailbox(p.Email)] = true
		}
	}
	for _, p := range people {
		if behind[mailbox(p.Email)] {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

// mailbox is an address without what comes after a "+".
func mailbox(address string) string {
	name, host, ok := strings.Cut(strings.ToLower(address), "@")
	if !ok {
		return name
	}
	name, _, _ = strings.Cut(name, "+")
	return name + "@" + host
}

// ruleEdits are the last days' edits of the rules that ask.
func ruleEdits(tx *db.Tx, r *Request) ([]rule.Edit, error) {
	var ids []uuid.UUID
	for _, x := range r.Plan.V.Exclude {
		ids = append(ids, x.Rule)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	var out []rule.Edit
	err := tx.Gorm().Raw(`select edited_by as person, rule_id as rule, edited_at as at from rule_versions
		where workspace_id = ? and rule_id in ? and edited_by is not null and state in ('live','superseded','retired')
		order by edited_at desc limit 200`, tx.Workspace(), ids).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("who edited the rules: %w", err)
	}
	return out, nil
}

// stakes are who owns the integration and who made the agent's token.
func stakes(tx *db.Tx, r *Request) (owner, maker uuid.UUID, err error) {
	var row struct{ Owner, Maker uuid.NullUUID }
	err = tx.Gorm().Raw(`select (select owner_id from integrations where workspace_id = @ws and id = @integration) as owner,
		(select created_by from api_tokens where workspace_id = @ws and id = @token) as maker`,
		map[string]any{"ws": tx.Workspace(), "integration": r.IntegrationID, "token": r.TokenID}).Scan(&row).Error
	if err != nil {
		return owner, maker, fmt.Errorf("who has a stake in a request: %w", err)
	}
	return row.Owner.UUID, row.Maker.UUID, nil
}
