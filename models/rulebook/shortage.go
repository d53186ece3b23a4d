package rulebook

import (
	"slices"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
)

// Short is a live rule, or the open draft of one, that asks for more people than there are.
type Short struct {
	Rule  uuid.UUID
	Name  string
	Draft bool
	rule.Shortage
}

// Shortages are where the live rule or its open draft asks for more people than a directory has.
func (r RuleRow) Shortages(dir rule.Directory) (out []Short) {
	for _, v := range []*Version{r.Live, r.Open} {
		if v == nil || v.Retires {
			continue
		}
		for _, s := range v.Body.V.Shortages(catalog.Types(), dir) {
			out = append(out, Short{v.RuleID, v.Body.V.Name, v.State != Live, s})
		}
	}
	return out
}

// Staffing are a workspace's rules and who is there to follow them.
type Staffing struct {
	Rules []RuleRow
	Dir   rule.Directory
}

// Staff reads it.
func Staff(tx *db.Tx) (s Staffing, err error) {
	if s.Rules, err = ListRules(tx); err != nil {
		return s, err
	}
	s.Dir, err = Directory(tx)
	return s, err
}

// Short are the rules that ask for more people than there are.
func (s Staffing) Short() []Short { return s.with(s.Dir) }

func (s Staffing) with(dir rule.Directory) (out []Short) {
	for _, r := range s.Rules {
		out = append(out, r.Shortages(dir)...)
	}
	return out
}

// Ends are the rules that nobody could decide under any more if the people were those of another directory.
func (s Staffing) Ends(after rule.Directory) []Short {
	was := blocking(s.Short())
	return slices.DeleteFunc(blocking(s.with(after)), func(now Short) bool {
		return slices.ContainsFunc(was, func(w Short) bool { return w.Rule == now.Rule && w.Draft == now.Draft })
	})
}

func blocking(all []Short) []Short {
	return slices.DeleteFunc(slices.Clone(all), func(s Short) bool { return !s.Blocks })
}
