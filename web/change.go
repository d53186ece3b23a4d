package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/db"
)

// Change carries a form's operation out once and returns where to go next.
// A double click, a resent form and a lost answer get the first try's place to go.
func Change(c *Ctx, fn func(*db.Tx) (string, error)) (string, error) {
	to, _, err := c.app.DB.Once(c.Context(), c.grant, c.operation(), func(tx *db.Tx) ([]byte, error) {
		to, err := fn(tx)
		return []byte(to), err
	})
	return string(to), err
}

// Once is Change for an answer that is not a page. again is true when the stored answer came back.
func Once(c *Ctx, fn func(*db.Tx) ([]byte, error)) (result []byte, again bool, err error) {
	return c.app.DB.Once(c.Context(), c.grant, c.operation(), fn)
}

// operation is the try's id: the form's hidden field or the Idempotency-Key. A call without
// one is a try of its own.
func (c *Ctx) operation() db.Operation {
	id := c.Request().Header.Get("Idempotency-Key")
	if id == "" {
		id = c.Form("operation")
	}
	if id == "" || len(id) > 200 || !utf8.ValidString(id) || strings.ContainsRune(id, 0) {
		id = uuid.NewString()
	}
	h := hmac.New(sha256.New, c.app.Key) // keyed, for a form may hold a short secret and the hash is stored
	h.Write([]byte(c.Request().Method + " " + c.Request().URL.Path + "\n"))
	if c.body != nil {
		h.Write(c.body)
	} else {
		h.Write([]byte(asked(c.Request().PostForm).Encode()))
	}
	op := db.Operation{ID: id}
	h.Sum(op.Hash[:0])
	return op
}

// asked is the form without what differs between two tries of the same.
func asked(form url.Values) url.Values {
	out := url.Values{}
	for k, v := range form {
		if k != "csrf" && k != "operation" {
			out[k] = v
		}
	}
	return out
}
