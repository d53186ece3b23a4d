package catalog

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
)

// Action is what a digest stands for: exactly what will be done, where, and for whom.
type Action struct {
	Workspace   uuid.UUID
	Type        string
	TypeVersion int       // 0 for a type that the catalog does not know
	Integration uuid.UUID // uuid.Nil when none could be found
	Params      Params
	OnBehalfOf  Subject
}

// Subject is the person or ticket an agent acts for. Empty members are not given.
type Subject struct {
	Kind      string
	Ref       string
	TicketRef string
}

// CleanSubject brings the three texts into canonical form, or refuses what people cannot see.
func CleanSubject(s Subject) (Subject, error) {
	var refused fault.Collect
	clean := func(name, label, text string) string {
		out, wrong := CleanLine(text, 200)
		if wrong != nil {
			refused.Add("on_behalf_of."+name, "%s %s", label, wrong.Message)
		}
		return out
	}
	s = Subject{clean("kind", "The kind", s.Kind), clean("ref", "The reference", s.Ref), clean("ticket_ref", "The ticket", s.TicketRef)}
	return s, refused.OrNil()
}

// Digest is "sha256:" and the hash of Canonical. Two actions share it only if they are the same.
func Digest(a Action) string {
	sum := sha256.Sum256(Canonical(a))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Canonical is the RFC 8785 JSON of an action. All seven members are always there; an
// integration or subject that was not given is null, and so is a subject without members.
// It panics on text that is not UTF-8: CleanSubject and the parsers refuse it before.
func Canonical(a Action) []byte {
	out := append([]byte(nil), `{"integration_id":`...)
	if a.Integration == uuid.Nil {
		out = append(out, "null"...)
	} else {
		out = appendText(out, a.Integration.String())
	}
	out = append(out, `,"on_behalf_of":`...)
	out = a.OnBehalfOf.append(out)
	out = append(out, `,"params":`...)
	out = append(out, a.Params.Canonical()...)
	out = append(out, `,"schema":"jexi.action.v1","type":`...)
	out = appendText(out, a.Type)
	out = append(out, `,"type_version":`...)
	out = strconv.AppendInt(out, int64(a.TypeVersion), 10)
	out = append(out, `,"workspace":`...)
	return append(appendText(out, a.Workspace.String()), '}')
}

func (s Subject) append(out []byte) []byte {
	if s == (Subject{}) {
		return append(out, "null"...)
	}
	separator := byte('{')
	for _, member := range [][2]string{{"kind", s.Kind}, {"ref", s.Ref}, {"ticket_ref", s.TicketRef}} {
		if member[1] != "" {
			out = appendText(append(out, separator), member[0])
			out = appendText(append(out, ':'), member[1])
			separator = ','
		}
	}
	return append(out, '}')
}
