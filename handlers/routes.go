package handlers

import (
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/web"
)

// Map is every route with its door and the one permission it needs.
// A line here is all that decides who may; the golden map in testdata shows a change in review.
func Map(t Tools) []web.Route {
	h := t.rooms()
	_ = h
	return []web.Route{
		{Method: "GET", Path: "/healthz", Door: web.Anyone, Needs: access.Public, Handle: healthy},
		{Method: "GET", Path: "/readyz", Door: web.Anyone, Needs: access.Public, Handle: t.ready},
	}
}
