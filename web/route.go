package web

import (
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
)

// Door says who a route is for, and so how its visitor is known.
type Door int

const (
	Anyone  Door = iota // nobody need be known; a signed-in person is
	Person              // signed in, in no workspace
	Member              // signed in and a member of the workspace {slug} in the path
	Link                // holder of a decision link, {token} in the path
	Invited             // holder of an invitation, {token} in the path
	Machine             // API token in the Authorization header
	Demo                // exists in the demo only
)

// Handler answers one route.
type Handler func(*Ctx) error

// Route is one line of the map: what it is, who may, who answers.
type Route struct {
	Method string
	Path   string
	Door   Door
	Needs  access.Permission
	Handle Handler
	// Ask is Handle for a page that is read often. Its questions go out with the door's own, before
	// anybody is known, and the handler that it returns answers when the visitor was let in.
	Ask   func(*Ctx, *db.Questions) Handler
	Proof bool  // needs a passkey or TOTP not older than access.ProofLasts
	Body  int64 // largest body in bytes; 0 is 64 KiB
	// Secret names the field that holds a secret: no page gives it back, not even to who typed it.
	Secret string
}

const smallBody = 64 << 10
