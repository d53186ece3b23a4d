// Package dev holds the pages that only the demo has: the mailbox that catches every mail, the
// page that plays Jexi's agent, and the sheet of components.
//
// A page receives values and asks nothing. Files as in handlers/dev.
package dev

import (
	"github.com/jexi/portal/views/layout"
	"github.com/jexi/portal/views/ui"
)

// failed marks the frame of a page that answers a refused form.
func failed(s layout.Shell, e ui.Errors) layout.Shell {
	s.Failed = len(e) > 0
	return s
}
