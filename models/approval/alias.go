package approval

import "github.com/jexi/portal/models/approval/condition"

type (
	Facts     = condition.Facts
	Window    = condition.Window
	Subject   = condition.Subject
	Calendar  = condition.Calendar
	Condition = condition.Condition
)

const (
	SameTarget    = condition.SameTarget
	SameSubject   = condition.SameSubject
	SameWorkspace = condition.SameWorkspace
)

var (
	OfficeHours = condition.OfficeHours
	TargetOf    = condition.TargetOf
)
