package handlers_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/jexi/portal/handlers"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/web"
)

func TestTheDescriptionIsValidOpenAPI(t *testing.T) {
	h := open(t)
	p := h.visitor().get("/api/v1/openapi.yaml").shows(200)
	if p.Header.Get("Content-Type") != "application/yaml" {
		t.Errorf("it is served as %s", p.Header.Get("Content-Type"))
	}
	doc, err := openapi3.NewLoader().LoadFromData([]byte(p.Body))
	must(t, err)
	must(t, doc.Validate(context.Background()))
	if !doc.IsOpenAPI31OrLater() {
		t.Errorf("it is OpenAPI %s", doc.OpenAPI)
	}
}

var pathPiece = regexp.MustCompile(`/:([a-z]+)`)

// described are the calls of the map as openapi.yaml names them, with the scope each needs.
func described(routes []web.Route) (out []string) {
	for _, r := range routes {
		if strings.HasPrefix(r.Path, "/api/") || strings.HasPrefix(r.Path, "/.well-known/") {
			path := strings.ReplaceAll(pathPiece.ReplaceAllString(r.Path, "/{$1}"), `\:`, ":")
			scope := string(r.Needs)
			if r.Needs == access.Public {
				scope = "nobody"
			}
			out = append(out, fmt.Sprintf("%s %s for %s", r.Method, path, scope))
		}
	}
	slices.Sort(out)
	return out
}

func TestTheDescriptionTellsOfEveryCallAndOfNoOther(t *testing.T) {
	h := open(t)
	doc, err := openapi3.NewLoader().LoadFromData([]byte(h.visitor().get("/api/v1/openapi.yaml").Body))
	must(t, err)
	var told []string
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			scope := "nobody"
			if len(*op.Security) > 0 {
				scope = strings.Join((*op.Security)[0]["token"], " ")
			}
			told = append(told, fmt.Sprintf("%s %s for %s", method, path, scope))
		}
	}
	slices.Sort(told)
	if have := described(handlers.Map(h.Tools)); !slices.Equal(told, have) {
		t.Errorf("openapi.yaml tells of\n%s\nthe map has\n%s", strings.Join(told, "\n"), strings.Join(have, "\n"))
	}
}

func TestOnlyDeclaredMethodsAreAnswered(t *testing.T) {
	h := open(t)
	a := h.agent()
	id := a.ask(refund("184.00")).Id
	for path, allowed := range map[string]string{requests: "POST", requests + ":evaluate": "POST", at(id): "GET", at(id, "consume"): "POST",
		at(id, "outcome"): "POST", at(id, "cancellation"): "POST", "/api/v1/integrations": "GET", "/api/v1/openapi.yaml": "GET"} {
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} {
			p := a.call(a.key, method, path, "", nil, nil)
			if method != allowed && p.Status != 405 || method == allowed && p.Status == 405 {
				t.Errorf("%s %s answered %d", method, path, p.Status)
			}
			if method != allowed && !strings.Contains(p.Header.Get("Allow"), allowed) {
				t.Errorf("%s %s allows %q", method, path, p.Header.Get("Allow"))
			}
		}
	}
	for _, path := range []string{requests + ":evaluation", requests + "evaluate", "/api/v1/action-requests:", "/api/v1/nothing"} {
		a.refused(404, "not_found", "", "POST", path, "{}")
	}
}
