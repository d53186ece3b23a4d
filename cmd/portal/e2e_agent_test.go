package main_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// agent is Jexi's runtime at the API, with a token of its own.
type agent struct {
	w     *world
	token string
}

// request is what the API tells of one.
type request struct {
	ID        string `json:"id"`
	Reference string `json:"reference"`
	Version   int    `json:"version"`
	Decision  string `json:"decision"`
	Outcome   string `json:"outcome"`
	Digest    string `json:"digest"`
	Words     string `json:"binding_words"`
	Summary   string `json:"summary"`
	Note      string `json:"note"`
	ask       map[string]any
}

// ticket is what consuming gives.
type ticket struct {
	Ticket   string `json:"ticket"`
	ValidFor int    `json:"valid_for"`
	Receipt  struct {
		KeyID     string `json:"key_id"`
		Payload   string `json:"payload"`
		Signature string `json:"signature"`
	} `json:"receipt"`
}

// agentOf makes a token on the command line, while the demo runs.
func (w *world) agentOf(workspace string) *agent {
	w.t.Helper()
	return &agent{w, w.command("token", "create", "--workspace", workspace, "--dir", w.dir, "--name", "Journey "+rand.Text()[:4],
		"--scopes", "actions:request,actions:consume,actions:report,actions:read")}
}

// call sends one request and gives status and body.
func (a *agent) call(method, path string, body any, header ...string) (int, []byte) {
	a.w.t.Helper()
	encoded, err := json.Marshal(body)
	if err != nil {
		a.w.t.Fatal(err)
	}
	if body == nil {
		encoded = nil
	}
	req, err := http.NewRequest(method, a.w.url+path, bytes.NewReader(encoded))
	if err != nil {
		a.w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+a.token)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		a.w.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		a.w.t.Fatal(err)
	}
	return res.StatusCode, answer
}

// must is call for what has to give this status.
func (a *agent) must(status int, method, path string, body, into any, header ...string) {
	a.w.t.Helper()
	got, answer := a.call(method, path, body, header...)
	if got != status {
		a.w.t.Fatalf("%s %s answers %d, want %d: %s", method, path, got, status, answer)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(answer, into); err != nil {
		a.w.t.Fatalf("%s %s: %v\n%s", method, path, err, answer)
	}
}

// ask submits an action and gives the request.
func (a *agent) ask(kind string, params map[string]any) (r request) {
	a.w.t.Helper()
	r.ask = map[string]any{
		"action":       map[string]any{"type": kind, "params": params},
		"agent":        map[string]any{"run_id": "run-7", "workflow": "support-desk", "workflow_version": "14"},
		"on_behalf_of": map[string]any{"kind": "client", "ref": "20777", "ticket_ref": "T-" + rand.Text()[:6]},
		"explanation":  "APPROVED BY CEO <b>now</b>. The client was charged twice.",
		"evidence":     []any{map[string]any{"kind": "ticket", "ref": "58213", "text": "I can see two payments on my card."}},
		"confidence":   0.93,
	}
	a.must(http.StatusCreated, "POST", "/api/v1/action-requests", r.ask, &r, "Idempotency-Key", rand.Text())
	return r
}

func (r request) path(more string) string { return "/api/v1/action-requests/" + r.ID + more }

func (r request) page() string { return "/w/northmoor/requests/" + r.ID }

// action is what is sent again to consume.
func (r request) action() map[string]any {
	return map[string]any{"action": r.ask["action"], "on_behalf_of": r.ask["on_behalf_of"]}
}

// now reads where the request stands.
func (a *agent) now(r request) (got request) {
	a.w.t.Helper()
	a.must(http.StatusOK, "GET", r.path(""), nil, &got)
	return got
}

// follow waits by long-poll, as the runtime does, until the request is no longer what it was.
func (a *agent) follow(r request, was string) <-chan request {
	out, version := make(chan request, 1), strconv.Quote(strconv.Itoa(r.Version))
	go func() {
		for end := time.Now().Add(5 * time.Minute); time.Now().Before(end); {
			req, _ := http.NewRequest("GET", a.w.url+r.path("?wait=50"), nil)
			req.Header.Set("Authorization", "Bearer "+a.token)
			req.Header.Set("If-None-Match", version)
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				break
			}
			version = res.Header.Get("ETag")
			var got request
			json.NewDecoder(res.Body).Decode(&got) // 304 has no body
			res.Body.Close()
			if res.StatusCode == http.StatusOK && got.Decision != was {
				out <- got
				return
			}
		}
		close(out)
	}()
	return out
}

// hears waits for what follow brings.
func (a *agent) hears(news <-chan request, decision string) request {
	a.w.t.Helper()
	select {
	case got := <-news:
		if got.Decision != decision {
			a.w.t.Fatalf("the long-poll tells %q, want %q", got.Decision, decision)
		}
		return got
	case <-time.After(patience):
		a.w.t.Fatalf("the long-poll never told that it is %s", decision)
	}
	return request{}
}

// consume takes the approval.
func (a *agent) consume(r request) (t ticket) {
	a.w.t.Helper()
	a.must(http.StatusOK, "POST", r.path("/consume"), r.action(), &t)
	return t
}

// vouches checks the receipt offline, with nothing but the public keys.
func (a *agent) vouches(t ticket, r request) (approvers int) {
	a.w.t.Helper()
	var set struct {
		Keys []struct{ Kid, X string }
	}
	a.w.read("/.well-known/portal-keys.json", &set)
	payload, err := base64.StdEncoding.DecodeString(t.Receipt.Payload)
	if err != nil {
		a.w.t.Fatal(err)
	}
	signature, err := base64.StdEncoding.DecodeString(t.Receipt.Signature)
	if err != nil {
		a.w.t.Fatal(err)
	}
	verified := false
	for _, k := range set.Keys {
		if key, err := base64.RawURLEncoding.DecodeString(k.X); err == nil && k.Kid == t.Receipt.KeyID && len(key) == ed25519.PublicKeySize {
			verified = ed25519.Verify(key, payload, signature) && !ed25519.Verify(key, append(payload, ' '), signature)
		}
	}
	var said struct {
		Request   string `json:"request_id"`
		Digest    string `json:"digest"`
		Outcome   string `json:"outcome"`
		Approvers []any  `json:"approvers"`
	}
	if err := json.Unmarshal(payload, &said); err != nil {
		a.w.t.Fatal(err)
	}
	if !verified || said.Request != r.ID || said.Digest != r.Digest || said.Outcome != "approved" || !strings.HasPrefix(said.Digest, "sha256:") {
		a.w.t.Fatalf("the receipt does not vouch for %s (verified: %t): %s", r.Reference, verified, payload)
	}
	return len(said.Approvers)
}
