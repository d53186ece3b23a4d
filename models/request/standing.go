package approval

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	rule "github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
)

// restAfterDenial is how long the same ask rests once a person declined it.
const restAfterDenial = 24 * time.Hour

// openAtOnce caps what one agent may have waiting for people.
const openAtOnce = 500

// standing is what earlier requests mean for an ask.
type standing struct {
	Twin      *uuid.UUID // open, for the same ask
	DeniedRef int64      // declined by a person within the last day, 0 if none
	DeniedAt  time.Time
	Waiting   int64 // for people, of the same agent
}

// look reads it in one round trip. The lock of openPlace keeps a twin from appearing meanwhile.
func (k *known) look(tx *db.Tx) (s standing, err error) {
	err = tx.Gorm().Raw(`select
		(select id from action_requests where workspace_id = @ws and digest = @digest and state in ('pending','held','cooling') limit 1) as twin,
		coalesce(d.ref, 0) as denied_ref, coalesce(d.decided_at, 'epoch') as denied_at,
		(select count(*) from action_requests where workspace_id = @ws and state in ('pending','held') and token_id = @token) as waiting
		from (select 1) one left join lateral (select ref, decided_at from action_requests where workspace_id = @ws and digest = @digest
			and state = 'denied' and decided_at > @since order by decided_at desc limit 1) d on true`,
		map[string]any{"ws": tx.Workspace(), "digest": k.digest, "token": tokenOf(tx), "since": tx.Now().Add(-restAfterDenial)}).Scan(&s).Error
	if err != nil {
		return s, fmt.Errorf("earlier requests: %w", err)
	}
	return s, nil
}

// refusal rests an ask that a person declined within the last day, and stops one too many at once.
func (s standing) refusal() (rule.Decision, bool) {
	if s.DeniedRef > 0 {
		return block("A person declined the same ask in AR-%d. It rests until %s UTC.", s.DeniedRef,
			s.DeniedAt.Add(restAfterDenial).UTC().Format("2 Jan, 15:04")), true
	}
	if s.Waiting >= openAtOnce {
		return block("This agent has %d requests waiting for people. Wait until some are decided.", s.Waiting), true
	}
	return rule.Decision{}, false
}
