// Package portal is the door of a customer's workspace: the pages behind /w/{slug} for the
// people who belong to it.
//
// It promises that every change is one model call in one transaction and answers with a page
// that says what follows, and that a refused form comes back as it was typed. What the model
// keeps secret it never shows again.
package portal

import (
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/integration"
)

// Room answers for the pages of a workspace, with exactly the tools that they use.
type Room struct {
	Integrations integration.Safe
	Approval     approval.Room
	Notary       audit.Notary
}
