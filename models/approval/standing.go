package approval

import (
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/models/rule"
)

// restAfterDenial is how long the same ask rests once a person declined it.
const restAfterDenial = 24 * time.Hour

// openAtOnce caps what one agent may have waiting for people.
const openAtOnce = 500

// standing is what stands there already for an ask.
type standing struct {
	Place      place
	Twin       *uuid.UUID // open, for the same ask
	DeniedRef  int64      // declined by a person within the last day, 0 if none
	DeniedAt   time.Time
	Waiting    int64             // for people, of the same agent
	Refused    int64             // of the same agent, lately
	Connection integration.State // "" without one
	Agent      identity.Token    // its name and pause
}

// look reads it in one round trip. With nextPlace the workspace stays locked: no twin appears
// meanwhile, and a pause that came first is seen.
func (k *known) look(tx *db.Tx, place string) (s standing, err error) {
	err = tx.Ask(func(q *db.Questions) {
		askPlace(q, place, &s.Place)
		q.Ask(db.One(&s.Twin, &s.DeniedRef, &s.DeniedAt, &s.Waiting, &s.Connection), `select
			(select id from action_requests where workspace_id = app_ws() and digest = any($1) and state in ('pending','held','cooling') limit 1),
			coalesce(d.ref, 0), coalesce(d.decided_at, 'epoch'),
			(select count(*) from action_requests where workspace_id = app_ws() and state in ('pending','held') and token_id = $2),
			coalesce((select state from integrations where workspace_id = app_ws() and id = $4), '')
			from (select 1) one left join lateral (select ref, decided_at from action_requests where workspace_id = app_ws() and digest = any($1)
				and state = 'denied' and decided_at > $3 order by decided_at desc limit 1) d on true`,
			k.digests(), k.agent(tx), tx.Now().Add(-restAfterDenial), k.connectionID())
		q.Ask(db.One(&s.Agent.Name, &s.Agent.PausedAt, &s.Agent.PauseReason, &s.Refused), `select name, paused_at, pause_reason,
			(select count(*) from (select 1 from action_requests where workspace_id = app_ws() and token_id = t.id and state = 'blocked'
				and created_at > greatest($2, t.resumed_at) limit `+strconv.Itoa(refusedAtMost)+`) lately) from api_tokens t where workspace_id = app_ws() and id = $1`,
			k.agent(tx), tx.Now().Add(-refusedWithin))
	})
	if err != nil {
		return s, fmt.Errorf("what stands there already: %w", err)
	}
	if k.connection != nil {
		k.connection.State = s.Connection
	}
	return s, nil
}

// refusal stops a paused agent, rests an ask that a person declined within the last day, and stops
// one too many at once.
func (s standing) refusal() (rule.Decision, bool) {
	if s.Agent.PausedAt != nil {
		return block("%s", s.Agent.Refusal().Message), true
	}
	if s.DeniedRef > 0 {
		return block("A person declined the same ask in AR-%d. It rests until %s UTC.", s.DeniedRef,
			s.DeniedAt.Add(restAfterDenial).UTC().Format("2 Jan, 15:04")), true
	}
	if s.Waiting >= openAtOnce {
		return block("This agent has %d requests waiting for people. Wait until some are decided.", s.Waiting), true
	}
	return rule.Decision{}, false
}

// tellCapped has Owners told, at most once a day, that an agent has all waiting that it may.
func (r *Request) tellCapped(tx *db.Tx) error {
	var told bool
	err := tx.Gorm().Raw("select exists (select 1 from messages where workspace_id = ? and kind = ? and queued_at > ?)",
		tx.Workspace(), LetterCapped, tx.Now().Add(-24*time.Hour)).Scan(&told).Error
	if err != nil {
		return fmt.Errorf("was the cap told: %w", err)
	}
	if told {
		return nil
	}
	return r.tell(tx, LetterCapped)
}
