package dev

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/jexi/portal/internal/fault"
	view "github.com/jexi/portal/views/dev"
)

// callLasts is longer than the API lets a call wait.
const callLasts = 65 * time.Second

// api is where requests are asked for and looked after.
const api = "/api/v1/action-requests"

// call is one request of the agent to the API.
type call struct {
	workspace string
	method    string
	path      string
	header    http.Header
	body      any // nil for none
}

// do sends a call and keeps what went over the wire both ways.
func (r Room) do(ctx context.Context, k call) (view.Exchange, error) {
	var body []byte
	if k.body != nil {
		var err error
		if body, err = json.MarshalIndent(k.body, "", "  "); err != nil {
			return view.Exchange{}, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, k.method, strings.TrimSuffix(r.base.String(), "/")+k.path, bytes.NewReader(body))
	if err != nil {
		return view.Exchange{}, err
	}
	secret := r.agents[k.workspace]
	x := view.Exchange{At: time.Now(), Method: k.method, Path: k.path, Headers: []string{"Authorization: Bearer " + shortened(secret)}, Body: string(body)}
	if k.body != nil {
		req.Header.Set("Content-Type", "application/json")
		x.Headers = append(x.Headers, "Content-Type: application/json")
	}
	for name, values := range k.header {
		req.Header[name] = values
		x.Headers = append(x.Headers, name+": "+strings.Join(values, ", "))
	}
	req.Header.Set("Authorization", "Bearer "+secret)
	return x, r.send(req, &x)
}

func (r Room) send(req *http.Request, x *view.Exchange) error {
	res, err := r.client.Do(req)
	if err != nil {
		return fault.New(fault.Unavailable, "The API at %s did not answer. Try again.", r.base)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return fault.New(fault.Unavailable, "The API at %s broke off its answer. Try again.", r.base)
	}
	x.Status, x.Took, x.Answer = res.StatusCode, time.Since(x.At), indented(answer)
	return nil
}

func indented(answer []byte) string {
	var out bytes.Buffer
	if json.Indent(&out, answer, "", "  ") != nil {
		return string(answer)
	}
	return strings.TrimSpace(out.String())
}

// shortened is enough of a secret to recognize it.
func shortened(secret string) string {
	if len(secret) < 20 {
		return "…"
	}
	return secret[:7] + "…" + secret[len(secret)-4:]
}
