package approval

import (
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
)

// outcomeWithin is how long a report may take before its absence is a state of its own.
const outcomeWithin = time.Hour

// Outcome is what the runtime says came of an action.
type Outcome struct {
	Status      State // succeeded, failed, partial or never_executed
	ExternalRef string
	Message     string
}

// Report records what came of a consumed action. The same report again changes nothing;
// another one is refused. A late report still replaces "unknown".
func Report(tx *db.Tx, id uuid.UUID, o Outcome) (Request, error) {
	if err := o.clean(); err != nil {
		return Request{}, err
	}
	r, now, err := lock(tx, id)
	if err != nil {
		return r, err
	}
	switch r.State {
	case o.Status:
		if r.ExternalRef == o.ExternalRef && r.OutcomeMessage == o.Message {
			return r, nil
		}
		return r, reported(r)
	case Succeeded, Failed, Partial, NeverExecuted:
		return r, reported(r)
	case Consumed, Unknown:
	default:
		return r, fault.New(fault.Conflict, "This is %s and was not consumed, so nothing can have come of it.", r.State)
	}
	r.State, r.OutcomeAt, r.ExternalRef, r.OutcomeMessage = o.Status, &now, o.ExternalRef, o.Message
	r.record(tx, "request.outcome", map[string]any{"status": o.Status, "external_ref": o.ExternalRef, "message": o.Message})
	return r, r.save(tx, map[string]any{"state": r.State, "outcome_at": now, "external_ref": o.ExternalRef, "outcome_message": o.Message})
}

func reported(r Request) error {
	return fault.New(fault.Conflict, "This was reported as %s at %s.", r.State, r.OutcomeAt.UTC().Format("15:04:05 UTC on 2 January 2006"))
}

func (o *Outcome) clean() error {
	var problems fault.Collect
	switch o.Status {
	case Succeeded, Failed, Partial, NeverExecuted:
	default:
		problems.Add("status", "Send succeeded, failed, partial or never_executed.")
	}
	ref, wrong := catalog.CleanLine(o.ExternalRef, 200)
	if wrong != nil {
		problems.Add("external_ref", "This %s", wrong.Message)
	}
	o.ExternalRef = ref
	if utf8.RuneCountInString(o.Message) > longestExplanation {
		problems.Add("message", "Use at most %d characters.", longestExplanation)
	}
	o.Message = catalog.Visible(o.Message)
	return problems.OrNil()
}

// Cancel withdraws a request, by the agent that asked and with a reason. People who had
// voted see it.
func Cancel(tx *db.Tx, id uuid.UUID, reason string) (Request, error) {
	reason, wrong := catalog.CleanLine(reason, longestReason)
	if wrong != nil {
		return Request{}, fault.At("reason", "The reason %s", wrong.Message)
	}
	if reason == "" {
		return Request{}, fault.At("reason", "Say why it is withdrawn.")
	}
	r, now, err := lock(tx, id)
	if err != nil {
		return r, err
	}
	if a := tx.Actor(); a.Kind == access.Token && (r.TokenID == nil || *r.TokenID != a.ID) {
		return r, fault.New(fault.Forbidden, "Only the agent that asked can withdraw this.")
	}
	switch r.State {
	case Cancelled:
		return r, nil
	case Pending, Held, Cooling, Approved, Allowed:
	default:
		return r, fault.New(fault.Conflict, "This is %s. It cannot be withdrawn any more.", r.State)
	}
	r.State, r.ClosedReason = Cancelled, reason
	if err := r.close(tx, now, tx.Actor().Name, map[string]any{}); err != nil {
		return r, fmt.Errorf("cancel: %w", err)
	}
	return r, nil
}
