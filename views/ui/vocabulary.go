package ui

// Workflow is one row of the status vocabulary: the words a kind of record may show.
type Workflow struct {
	Name   string
	States []State
}

// Approval requests.
func WaitingForYou() State    { return State{"Waiting for you", Warn, Waiting} }
func WaitingForOthers() State { return State{"Waiting for others", Info, Waiting} }
func Approved() State         { return State{"Approved", OK, Done} }
func Declined() State         { return State{"Declined", Stop, Octagon} }
func Expired() State          { return State{"Expired", Neutral, Slashed} }
func Withdrawn() State        { return State{"Withdrawn", Neutral, Slashed} }
func ActionFailed() State     { return State{"Approved, action failed", Stop, Octagon} }
func Held() State             { return State{"Held, system paused", Warn, Bars} }

// Rules. Paused and Retired serve other records too.
func Draft() State            { return State{"Draft", Neutral, Dashed} }
func WaitingToPublish() State { return State{"Waiting for second admin", Info, Half} }
func Live() State             { return State{"Live", OK, Done} }
func Paused() State           { return State{"Paused", Neutral, Bars} }
func Superseded() State       { return State{"Superseded", Neutral, Slashed} }
func Retired() State          { return State{"Retired", Neutral, Slashed} }

// Integrations.
func NotConnected() State { return State{"Not connected", Neutral, Ring} }
func Connected() State    { return State{"Connected", OK, Done} }
func Degraded() State     { return State{"Degraded", Warn, Triangle} }
func KeyRefused() State   { return State{"Key refused", Stop, Octagon} }
func Disconnected() State { return State{"Disconnected", Stop, Octagon} }

// Tokens, and everything else that is given for a time.
func Active() State  { return State{"Active", OK, Done} }
func Revoked() State { return State{"Revoked", Neutral, Slashed} }

// The audit chain.
func Unbroken() State { return State{"Unbroken", OK, Done} }
func Checking() State { return State{"Checking", Info, Half} }
func Broken() State   { return State{"Broken", Stop, Octagon} }

// Vocabulary lists the states by workflow, in the order they are passed through.
func Vocabulary() []Workflow {
	return []Workflow{
		{"Approval request", []State{WaitingForYou(), WaitingForOthers(), Approved(), Declined(), Expired(), Withdrawn(), ActionFailed(), Held()}},
		{"Rule", []State{Draft(), WaitingToPublish(), Live(), Paused(), Superseded(), Retired()}},
		{"Integration", []State{NotConnected(), Connected(), Degraded(), Paused(), KeyRefused(), Disconnected()}},
		{"Token", []State{Active(), Paused(), Expired(), Revoked()}},
		{"Audit chain", []State{Unbroken(), Checking(), Broken()}},
	}
}
