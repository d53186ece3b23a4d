// Package fault carries a refusal to the person or program that caused it.
//
// A fault is a sentence for them: what is wrong and what would be right.
// Every other error is ours: it is logged once and never shown.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Code says what kind of refusal it is. Codes are stable: the API shows them.
type Code string

const (
	Invalid     Code = "invalid"         // 422: the input is wrong; Fields say where
	SignIn      Code = "unauthenticated" // 401: nobody is known here
	Forbidden   Code = "forbidden"       // 403: known, but this role may not
	ProofNeeded Code = "proof_needed"    // 403: may, after a fresh passkey or TOTP
	NotFound    Code = "not_found"       // 404: does not exist, or belongs to others
	Stale       Code = "stale"           // 409: changed since the page was made
	Conflict    Code = "conflict"        // 409: the state does not allow it any more
	Gone        Code = "gone"            // 410: a link or secret that has ended
	TooLarge    Code = "too_large"       // 413
	TooMany     Code = "too_many"        // 429: RetryAfter says when
	Unavailable Code = "unavailable"     // 503: nothing was done; try again
)

// Finer codes tell programs apart what is one code to a person; see Called.
const (
	KeyReused   Code = "idempotency_key_reused" // Invalid: the key stands for another call
	NotJSON     Code = "not_json"               // Invalid, 415: another content type
	Undecided   Code = "undecided"              // Conflict: people have not decided yet
	Paused      Code = "paused"                 // Conflict: until somebody resumes it
	AgentPaused Code = "agent_paused"           // Conflict: until somebody resumes the agent itself
	Mismatch    Code = "digest_mismatch"        // Conflict: not the action that was asked
	Consumed    Code = "consumed"               // Conflict: it works once
	Lapsed      Code = "lapsed"                 // Conflict: approved, and not used in time
	Superseded  Code = "superseded"             // Conflict: the rules have got stricter
)

// Field is one problem at one input. Name is the input's own name, "" for the whole form.
type Field struct {
	Name    string
	Message string
}

// Fault is a refusal. Message is one plain sentence.
type Fault struct {
	Code       Code
	Finer      Code // "" where Code says it all
	Message    string
	Fields     []Field
	RetryAfter time.Duration
}

func (f *Fault) Error() string { return string(f.Code) + ": " + f.Message }

// New makes a fault with a sentence.
func New(code Code, format string, args ...any) *Fault {
	return &Fault{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Called gives the fault a finer code.
func (f *Fault) Called(finer Code) *Fault {
	f.Finer = finer
	return f
}

// Missing is the one answer for what does not exist and for what belongs to others.
func Missing() *Fault {
	return &Fault{Code: NotFound, Message: "There is nothing here, or it belongs to another workspace."}
}

// At makes an Invalid fault at one field.
func At(name, format string, args ...any) *Fault {
	msg := fmt.Sprintf(format, args...)
	return &Fault{Code: Invalid, Message: msg, Fields: []Field{{name, msg}}}
}

// Collect gathers field problems; OrNil gives one fault for all of them.
type Collect []Field

// Add notes a problem at a field.
func (c *Collect) Add(name, format string, args ...any) {
	*c = append(*c, Field{name, fmt.Sprintf(format, args...)})
}

// OrNil is nil when nothing was added.
func (c Collect) OrNil() error {
	switch len(c) {
	case 0:
		return nil
	case 1:
		return &Fault{Code: Invalid, Message: c[0].Message, Fields: c}
	}
	return &Fault{Code: Invalid, Message: fmt.Sprintf("There are %d problems.", len(c)), Fields: c}
}

// As finds the fault in an error chain, nil if there is none.
func As(err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return nil
}

// Is tells whether err is a fault of this code.
func Is(err error, code Code) bool {
	f := As(err)
	return f != nil && f.Code == code
}
