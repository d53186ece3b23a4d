package agentapi

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/handlers/agentapi/api"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/web"
)

// CreateRequest takes an ask in and says what the rules make of it.
func (m Room) CreateRequest(c *web.Ctx) error {
	if err := needsKey(c); err != nil {
		return err
	}
	ask, err := readAsk(c)
	if err != nil {
		return err
	}
	out, err := once(c, func(tx *db.Tx) ([]byte, error) {
		r, joined, err := m.Approval.Submit(tx, ask)
		if err != nil {
			return nil, err
		}
		return json.Marshal(newRequest(r, joined))
	})
	if err != nil {
		return err
	}
	return c.Bytes(http.StatusCreated, "application/json", out)
}

// EvaluateRequest tells what would come of an ask, and why. It changes nothing.
func (m Room) EvaluateRequest(c *web.Ctx) error {
	ask, err := readAsk(c)
	if err != nil {
		return err
	}
	p, err := web.Read(c, func(tx *db.Tx) (approval.Preview, error) { return m.Approval.Preview(tx, ask) })
	if err != nil {
		return named(err)
	}
	return c.JSON(http.StatusOK, evaluation(p))
}

// ShowRequest tells where a request stands, as soon as there is news or the wait is over.
func (m Room) ShowRequest(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	wait, err := readWait(c)
	if err != nil {
		return err
	}
	known := c.Request().Header.Get("If-None-Match")
	r, err := m.await(c, id, known, wait)
	if err != nil {
		return err
	}
	c.Writer().Header().Set("ETag", tag(r))
	if matches(known, r) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.JSON(http.StatusOK, request(r))
}

// await reads a request until there is news. It holds no connection to the database meanwhile.
func (m Room) await(c *web.Ctx, id uuid.UUID, known string, wait time.Duration) (r approval.Request, err error) {
	woken, stop := m.Hub.Watch(approval.Key(id)) // before reading, or a change between is missed
	defer stop()
	over := time.After(wait)
	for last := wait == 0; ; {
		r, err = web.Read(c, func(tx *db.Tx) (approval.Request, error) { return approval.Find(tx, id) })
		if err != nil || last || known == "" && !r.Waits() || known != "" && !matches(known, r) {
			return r, err
		}
		select {
		case <-woken:
		case <-over:
			last = true
		case <-m.Hub.Done():
			return r, nil
		case <-c.Context().Done():
			return r, nil
		}
	}
}

func tag(r approval.Request) string { return strconv.Quote(strconv.Itoa(r.Version)) }

// matches tells whether If-None-Match names the version at hand.
func matches(known string, r approval.Request) bool {
	for _, t := range strings.Split(known, ",") {
		if t = strings.TrimPrefix(strings.TrimSpace(t), "W/"); t == tag(r) || t == "*" {
			return true
		}
	}
	return false
}

// CreateOutcome takes in what came of a consumed request.
func (m Room) CreateOutcome(c *web.Ctx) error {
	var in api.Report
	return m.change(c, &in, func(tx *db.Tx, id uuid.UUID) (approval.Request, error) {
		return approval.Report(tx, id, approval.Outcome{Status: approval.State(in.Status), ExternalRef: in.ExternalRef, Message: in.Message})
	})
}

// CreateCancellation withdraws a request.
func (m Room) CreateCancellation(c *web.Ctx) error {
	var in api.Cancellation
	return m.change(c, &in, func(tx *db.Tx, id uuid.UUID) (approval.Request, error) { return approval.Cancel(tx, id, in.Reason) })
}

// change reads a body, carries a change of one request out once and answers with the request.
func (m Room) change(c *web.Ctx, in any, fn func(*db.Tx, uuid.UUID) (approval.Request, error)) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	if err := decode(c.Body(), in); err != nil {
		return err
	}
	out, err := once(c, func(tx *db.Tx) ([]byte, error) {
		r, err := fn(tx, id)
		if err != nil {
			return nil, err
		}
		return json.Marshal(request(r))
	})
	if err != nil {
		return err
	}
	return c.Bytes(http.StatusOK, "application/json", out)
}
