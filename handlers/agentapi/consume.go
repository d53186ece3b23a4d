package agentapi

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/jexi/portal/handlers/agentapi/api"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/web"
)

// consumption is what is kept of a consume for a second try: never the ticket itself.
type consumption struct {
	Ticket approval.Ticket
	State  approval.State
	Why    string
}

// ConsumeRequest hands an approval over, once.
func (m Room) ConsumeRequest(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	ask, err := readAsk(c)
	if err != nil {
		return err
	}
	out, err := once(c, func(tx *db.Tx) ([]byte, error) {
		t, r, err := m.Approval.Consume(tx, id, ask)
		if err != nil {
			return nil, err
		}
		return json.Marshal(consumption{t, r.State, r.ClosedReason})
	})
	if err != nil {
		return err
	}
	return m.hand(c, out)
}

// hand answers a consume that was carried out, or tells that it ended the request.
func (m Room) hand(c *web.Ctx, kept []byte) error {
	var done consumption
	if err := json.Unmarshal(kept, &done); err != nil {
		return fmt.Errorf("what was kept of a consume: %w", err)
	}
	if err := (approval.Request{State: done.State, ClosedReason: done.Why}).Refusal(); err != nil {
		return err
	}
	t := api.Ticket{Ticket: m.Approval.Secret(done.Ticket.Request, done.Ticket.Version),
		ValidFor: int(approval.TicketLasts.Seconds()), ValidUntil: done.Ticket.Until}
	if err := json.Unmarshal(done.Ticket.Receipt, &t.Receipt); err != nil {
		return fmt.Errorf("receipt of a consume: %w", err)
	}
	return c.JSON(http.StatusOK, t)
}
