package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// MaxBody is the most bytes an encoded body may have.
const MaxBody = 4 << 20

// Body is the half of an entry that tells of people and contents. It lies apart from its leaf
// and may be erased; then the leaf still proves that the entry was there.
type Body struct {
	ActorKind  string         `json:"actor_kind"`
	Actor      string         `json:"actor"` // name
	Email      string         `json:"email,omitempty"`
	Role       string         `json:"role,omitempty"`
	Permission string         `json:"permission,omitempty"`
	From       string         `json:"from,omitempty"` // remote address
	Request    string         `json:"request,omitempty"`
	Object     string         `json:"object,omitempty"` // name
	Before     map[string]any `json:"before,omitempty"`
	After      map[string]any `json:"after,omitempty"`
	Detail     map[string]any `json:"detail,omitempty"`
}

// Encode writes the body as RFC 8785 canonical JSON. Integers beyond 2^53, which that form
// cannot tell apart, become strings; invalid UTF-8 becomes U+FFFD.
func (b Body) Encode() ([]byte, error) {
	raw, err := json.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("audit: body: %w", err)
	}
	if raw, err = quoteLargeNumbers(raw); err != nil {
		return nil, fmt.Errorf("audit: body: %w", err)
	}
	v := jsontext.Value(raw)
	if err := v.Canonicalize(); err != nil {
		return nil, fmt.Errorf("audit: body: %w", err)
	}
	if len(v) > MaxBody {
		return nil, fmt.Errorf("audit: a body of %d bytes is too large", len(v))
	}
	return v, nil
}

// ParseBody reads an encoded body.
func ParseBody(raw []byte) (Body, error) {
	var b Body
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&b); err != nil {
		return Body{}, fmt.Errorf("audit: body: %w", err)
	}
	return b, nil
}

const safeInteger = 1 << 53

func quoteLargeNumbers(raw []byte) ([]byte, error) {
	var out bytes.Buffer
	from, to := jsontext.NewDecoder(bytes.NewReader(raw)), jsontext.NewEncoder(&out)
	for {
		t, err := from.ReadToken()
		if err == io.EOF {
			return out.Bytes(), nil
		}
		if err != nil {
			return nil, err
		}
		if t.Kind() == '0' && !safe(t.String()) {
			t = jsontext.String(t.String())
		}
		if err := to.WriteToken(t); err != nil {
			return nil, err
		}
	}
}

// safe numbers are those that every reader of JSON understands alike.
func safe(number string) bool {
	f, err := strconv.ParseFloat(number, 64)
	return err == nil && f < safeInteger && f > -safeInteger
}
