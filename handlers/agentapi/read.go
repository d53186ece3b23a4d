package agentapi

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/jexi/portal/handlers/agentapi/api"
	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/web"
)

// BodyLimit is the largest body of a call.
const BodyLimit = 256 << 10

const longestWait = 50 * time.Second

// decode reads exactly one JSON object: no other members than declared, none twice, valid
// UTF-8, nothing after it.
func decode(body []byte, into any) error {
	if len(body) == 0 {
		return fault.New(fault.Invalid, "The body is empty. Send a JSON object.")
	}
	if err := json.Unmarshal(body, into, json.RejectUnknownMembers(true)); err != nil {
		return unreadable(err)
	}
	return nil
}

// unreadable says where and what, without repeating what was sent.
func unreadable(err error) error {
	var semantic *json.SemanticError
	var syntax *jsontext.SyntacticError
	switch {
	case errors.Is(err, json.ErrUnknownName) && errors.As(err, &semantic):
		return fault.At(member(semantic.JSONPointer), "There is no member with this name. Leave it out.")
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntax):
		return fault.At(member(syntax.JSONPointer), "This name appears twice. Send each name once.")
	case errors.As(err, &semantic):
		return fault.At(member(semantic.JSONPointer), "This is of another type than the description of the call says.")
	}
	return fault.New(fault.Invalid, "The body is not one JSON object in UTF-8.")
}

// member writes a JSON pointer as the names of fields are written: evidence[0].text.
func member(p jsontext.Pointer) string {
	var b strings.Builder
	for name := range p.Tokens() {
		switch _, err := strconv.Atoi(name); {
		case err == nil:
			b.WriteString("[" + name + "]")
			continue
		case b.Len() > 0:
			b.WriteByte('.')
		}
		b.WriteString(catalog.Visible(name[:min(len(name), 100)]))
	}
	return b.String()
}

func readAsk(c *web.Ctx) (approval.Ask, error) {
	var in api.Ask
	if err := decode(c.Body(), &in); err != nil {
		return approval.Ask{}, err
	}
	a := approval.Ask{Type: in.Action.Type, Integration: in.Action.IntegrationId, Params: in.Action.Params,
		RunID: in.Agent.RunId, Workflow: in.Agent.Workflow, WorkflowVersion: in.Agent.WorkflowVersion,
		OnBehalfOf:  catalog.Subject{Kind: in.OnBehalfOf.Kind, Ref: in.OnBehalfOf.Ref, TicketRef: in.OnBehalfOf.TicketRef},
		Explanation: in.Explanation, Confidence: in.Confidence}
	if in.ExpiresIn != nil {
		if a.ExpiresIn = *in.ExpiresIn; a.ExpiresIn == 0 { // which would stand for none
			return a, fault.At("expires_in", "Send seconds, from 1 to 1209600.")
		}
	}
	for _, e := range in.Evidence {
		a.Evidence = append(a.Evidence, approval.Evidence{Kind: e.Kind, Ref: e.Ref, Text: e.Text})
	}
	return a, nil
}

// needsKey refuses a call without an Idempotency-Key where one must be.
func needsKey(c *web.Ctx) error {
	const name = "Idempotency-Key"
	switch key := c.Request().Header.Get(name); {
	case key == "":
		return fault.At(name, "Send the header Idempotency-Key: one text of your choice for each thing that you want done.")
	case len(key) > 200:
		return fault.At(name, "The Idempotency-Key has %d characters. At most 200 are allowed.", len(key))
	case strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }):
		return fault.At(name, "Use plain letters, digits and signs for the Idempotency-Key.")
	}
	return nil
}

// once carries a call out once for its Idempotency-Key and gives the first answer to every
// further try. A key that stands for another call is refused.
func once(c *web.Ctx, fn func(*db.Tx) ([]byte, error)) ([]byte, error) {
	if c.Request().Header.Get("Idempotency-Key") != "" {
		if err := needsKey(c); err != nil {
			return nil, err
		}
	}
	out, _, err := web.Once(c, fn)
	if f := fault.As(err); f != nil && f.Finer == fault.KeyReused {
		return nil, fault.New(fault.Invalid, "This Idempotency-Key was used for another call. Use a new one for a new thing.").Called(fault.KeyReused)
	}
	return out, named(err)
}

// named gives refused parameters the name that they have in the body.
func named(err error) error {
	if f := fault.As(err); f != nil {
		for i, x := range f.Fields {
			if strings.HasPrefix(x.Name, "params") {
				f.Fields[i].Name = "action." + x.Name
			}
		}
	}
	return err
}

func readWait(c *web.Ctx) (time.Duration, error) {
	text := c.Query("wait")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	wait := time.Duration(n) * time.Second
	if err != nil || wait < 0 || wait > longestWait {
		return 0, fault.At("wait", "Wait a whole number of seconds from 0 to %d.", int(longestWait.Seconds()))
	}
	return wait, nil
}
