package catalog

import (
	"fmt"

	"github.com/jexi/portal/internal/fault"
)

// ProblemKind sorts problems for programs.
type ProblemKind string

const (
	Malformed ProblemKind = "malformed" // not the JSON that is agreed on
	Missing   ProblemKind = "missing"   // required and not there
	Mistyped  ProblemKind = "mistyped"  // there, and not of its type
	Unknown   ProblemKind = "unknown"   // there, and not declared
	TooLong   ProblemKind = "too_long"  // more than the type allows
)

// Problem is one thing that is wrong with parameters, and what would be right.
type Problem struct {
	Param   string // "" for the whole object, "domains[3]" for an entry of a list
	Kind    ProblemKind
	Message string // one or two plain sentences
}

func problem(kind ProblemKind, format string, args ...any) *Problem {
	return &Problem{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// under names the place one level further out: "zones" and "[3]" make "zones[3]".
func (p *Problem) under(name string) *Problem {
	if p.Param != "" && p.Param[0] != '[' {
		name += "."
	}
	p.Param = name + p.Param
	return p
}

// Refusal is the 422 for problems, its fields named "params.amount"; nil when there are none.
func Refusal(problems []Problem) error {
	var refused fault.Collect
	for _, p := range problems {
		name := "params"
		if p.Param != "" {
			name += "." + p.Param
		}
		refused.Add(name, "%s", p.Message)
	}
	return refused.OrNil()
}
