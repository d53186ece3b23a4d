package mail

import (
	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rulebook"
	view "github.com/jexi/portal/views/mail"
)

// Growth tells Owners what a rule took in.
func Growth(p Post) *Letters[rulebook.GrowthLetter] {
	return &Letters[rulebook.GrowthLetter]{Post: p, write: p.growth, in: func(a rulebook.GrowthLetter) uuid.UUID { return a.Workspace }}
}

func (p Post) growth(tx *db.Tx, job *river.Job[rulebook.GrowthLetter]) (envelope, error) {
	g, needed, err := rulebook.WriteGrowth(tx, job.Args.Message)
	if err != nil || !needed {
		return envelope{}, err
	}
	page := p.address("w", g.Slug, "rules", g.Message.ObjectID.String())
	return envelope{job.Args.Message.String(), g.Message.Email, g.Name, view.RuleGrew(g, job.Args.Actions, page), job.Args.Message}, nil
}
