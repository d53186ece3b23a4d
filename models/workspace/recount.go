package workspace

import "github.com/google/uuid"

// Recount has what waits for people looked at again, after some left or may do more or less.
type Recount struct {
	Workspace uuid.UUID `json:"workspace"`
}

// Kind names the job.
func (Recount) Kind() string { return "people_recount" }
