package approval

import "slices"

// Asks tells whether the rule names this approver, in a stage or as the fallback of one. Somebody
// who is asked through a role or group is not named.
func (b *Body) Asks(a Approver) bool {
	return slices.ContainsFunc(b.Stages, func(s Stage) bool {
		return slices.Contains(s.Who, a) || slices.Contains(s.Fallback, a) ||
			slices.ContainsFunc(s.Groups, func(share Share) bool { return share.Who == a })
	})
}
