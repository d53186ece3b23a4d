// Package jump finds what a few typed characters name, for whoever wants to go there at once.
//
// It promises that nobody finds what their role may not open, nor anything of another workspace,
// that it reads a few rows of each kind, and that all of it goes out with one trip to the database.
package jump

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
)

const (
	most    = 8   // of each kind: who sees more types on
	longest = 100 // characters: no name has more
)

// Kind is what a found thing is.
type Kind string

const (
	Rule        Kind = "rule"
	Integration Kind = "integration"
	Person      Kind = "person"
	Group       Kind = "group"
	Token       Kind = "token"
)

// Named is something that people gave a name. Sub tells it from others: an address, a state.
type Named struct {
	Kind Kind
	ID   uuid.UUID
	Name string
	Sub  string
}

// Found is what the reader may open of what a text names.
type Found struct {
	Requests []approval.Row
	Named    []Named // by kind, in the order of the menu
}

// Clean is what was typed without what nobody can see or means.
func Clean(typed string) string {
	typed = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(typed, ""))
	typed = strings.Join(strings.Fields(typed), " ")
	if utf8.RuneCountInString(typed) > longest {
		typed = string([]rune(typed)[:longest])
	}
	return typed
}

// Ask asks for what a cleaned text names. An empty one names nothing.
func Ask(q *db.Questions, text string, f *Found) {
	*f = Found{}
	if text == "" {
		return
	}
	approval.AskFind(q, text, most, &f.Requests)
	q.Ask(func(rows pgx.Rows) error {
		f.Named = nil
		for rows.Next() {
			var n Named
			if err := rows.Scan(&n.Kind, &n.ID, &n.Name, &n.Sub); err != nil {
				return err
			}
			f.Named = append(f.Named, n)
		}
		return rows.Err()
	}, names, strings.ToLower(text), access.Holders(access.SeeRules), access.Holders(access.SeeIntegrations),
		access.Holders(access.SeePeople), access.Holders(access.ManageTokens))
}

// names reads the short lists of a workspace. What begins so stands before what contains it.
var names = named(Rule, 2, "id, name, case when retired_at is null then '' else 'Retired' end", begun) + union +
	named(Integration, 3, "id, name, initcap(state)", "integrations") + union +
	named(Person, 4, "id, name, email", "(select m.workspace_id, p.id, p.name, p.email from members m join people p on p.id = m.person_id where m.removed_at is null)") + union +
	named(Group, 4, "id, name, description", "groups") + union +
	named(Token, 5, "id, name, hint", "(select * from api_tokens where revoked_at is null)")

const union = " union all "

// begun are the rules but for those that were given up as drafts.
const begun = `(select r.* from rules r where exists (select 1 from rule_versions v
	where v.workspace_id = r.workspace_id and v.rule_id = r.id and v.state <> 'discarded'))`

// named is the question for one kind. roles is the parameter with those that may see it.
func named(kind Kind, roles int, columns, from string) string {
	in := "lower(name)"
	if kind == Person {
		in = "lower(name || ' ' || email)"
	}
	return "(select '" + string(kind) + "', " + columns + " from " + from + " t where workspace_id = app_ws() and app_role() = any($" + strconv.Itoa(roles) +
		") and strpos(" + in + ", $1) > 0 order by strpos(" + in + ", $1) > 1, name, id limit " + strconv.Itoa(most) + ")"
}
