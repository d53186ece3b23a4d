package approval

import (
	"time"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/rule"
)

// CheckBallot refuses a ballot that would not count, before it is shown once more. It reads
// what the page showed; Decide looks again under the lock.
func CheckBallot(r Request, b Ballot, now time.Time) error {
	if err := r.refusesVote(now, b.Choice); err != nil {
		return err
	}
	var problems fault.Collect
	if b.Choice != rule.Approve && b.Choice != rule.Deny {
		problems.Add("decision", "Choose whether to approve or to decline.")
	}
	return append(problems, reasonProblems(&r, b.Choice, b.Reason)...).OrNil()
}
