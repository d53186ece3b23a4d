package portal

import (
	"github.com/jexi/portal/views/layout"
	"github.com/jexi/portal/views/ui"
)

// refused marks the title of a page that shows a refused form again.
func refused(s layout.Shell, e ui.Errors) layout.Shell {
	s.Failed = len(e) > 0
	return s
}
