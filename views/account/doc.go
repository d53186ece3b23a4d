// Package account holds the pages of people as themselves: signing in and out, proving anew who
// they are, their security and the list of their workspaces.
//
// A page receives values and asks nothing. Files as in handlers/account.
package account

import (
	"github.com/jexi/portal/views/layout"
	"github.com/jexi/portal/views/ui"
)

// failed marks the frame of a page that answers a refused form.
func failed(s layout.Shell, e ui.Errors) layout.Shell {
	s.Failed = len(e) > 0
	return s
}
