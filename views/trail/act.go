// Package trail holds the pages of the audit trail and the words for all that it records, of a
// customer's workspace. As in package portal a page gets a Shell and plain values and asks nothing.
package trail

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/views/ui"
)

// act says in words what an entry of the audit trail records, and what came of it.
type act struct {
	Words  string
	Result ui.State // the zero State is "Done"
}

func allowed() ui.State { return ui.State{Word: "Allowed", Tone: ui.Neutral, Glyph: ui.Done} }
func asked() ui.State   { return ui.State{Word: "Asked first", Tone: ui.Info, Glyph: ui.Waiting} }
func refusal() ui.State { return ui.State{Word: "Refused", Tone: ui.Stop, Glyph: ui.Octagon} }
func blocked() ui.State { return ui.State{Word: "Blocked", Tone: ui.Stop, Glyph: ui.Octagon} }

// acts are all that the portal records. A test fails on an act without words.
var acts = map[string]act{
	"person.signed_in":  {Words: "Signed in"},
	"person.signed_out": {Words: "Signed out"},
	"session.ended":     {Words: "Ended other sessions"},
	"proof.shown":       {Words: "Showed a passkey or code"},
	"proof.refused":     {"Typed a wrong authenticator code", refusal()},
	"passkey.added":     {Words: "Added a passkey"},
	"passkey.renamed":   {Words: "Renamed a passkey"},
	"passkey.removed":   {Words: "Removed a passkey"},
	"passkey.refused":   {"Showed a passkey", refusal()},
	"totp.added":        {Words: "Added an authenticator app"},
	"totp.removed":      {Words: "Removed an authenticator app"},
	"person.reset":      {Words: "Reset somebody's passkeys"},

	"workspace.created":      {Words: "Made the workspace"},
	"workspace.changed":      {Words: "Changed the workspace's settings"},
	"workspace.lower_asked":  {Words: "Asked for weaker settings"},
	"workspace.lower_agreed": {Words: "Agreed to weaker settings"},
	"workspace.lower_ended":  {Words: "Ended the wish for weaker settings"},
	"member.joined":          {Words: "Became a member"},
	"member.role_changed":    {Words: "Changed a role"},
	"member.removed":         {Words: "Removed a member"},
	"invitation.created":     {Words: "Invited somebody"},
	"invitation.sent_again":  {Words: "Sent an invitation again"},
	"invitation.revoked":     {Words: "Took an invitation back"},
	"invitation.accepted":    {Words: "Accepted an invitation"},
	"group.created":          {Words: "Made a group"},
	"group.updated":          {Words: "Changed a group"},
	"group.deleted":          {Words: "Removed a group"},
	"token.created":          {Words: "Made an API token"},
	"token.revoked":          {Words: "Revoked an API token"},
	"token.paused":           {Words: "Paused an agent"},
	"token.stopped":          {Words: "Asked too much and was paused by the portal", Result: ui.Paused()},
	"token.resumed":          {Words: "Let a paused agent act again"},

	"integration.connected":      {Words: "Connected a system"},
	"integration.changed":        {Words: "Changed a system’s details"},
	"integration.scopes_changed": {Words: "Changed permissions"},
	"integration.key_rotated":    {Words: "Replaced a key"},
	"integration.paused":         {Words: "Paused a system"},
	"integration.resumed":        {Words: "Resumed a system"},
	"integration.disconnected":   {Words: "Disconnected a system"},

	"rule.drafted":         {Words: "Drafted a rule"},
	"rule.draft_changed":   {Words: "Changed the draft of a rule"},
	"rule.draft_discarded": {Words: "Discarded the draft of a rule"},
	"rule.submitted":       {Words: "Handed a rule in for publishing"},
	"rule.published":       {Words: "Published a rule"},
	"rule.retired":         {Words: "Retired a rule"},
	"rule.took_in":         {Words: "A rule covers a new action"},

	"request.allowed":         {"Wanted to act", allowed()},
	"request.pending":         {"Wanted to act", asked()},
	"request.blocked":         {"Wanted to act", blocked()},
	"request.undecidable":     {"Wanted to act", ui.State{Word: "Nobody can decide", Tone: ui.Stop, Glyph: ui.Octagon}},
	"request.held":            {"Wanted to act", ui.Held()},
	"request.asked":           {Words: "Asked people to decide"},
	"request.vote_approve":    {Words: "Approved a request"},
	"request.vote_deny":       {Words: "Declined a request"},
	"request.vote_withdrawn":  {Words: "Took an approval back"},
	"request.cooling":         {Words: "All approvals are given; it cools off"},
	"request.approved":        {Words: "All approvals are given", Result: ui.Approved()},
	"request.denied":          {Words: "Ended by a person’s decision", Result: ui.Declined()},
	"request.expired":         {Words: "Nobody decided in time", Result: ui.Expired()},
	"request.cancelled":       {Words: "Withdrew a request", Result: ui.Withdrawn()},
	"request.superseded":      {Words: "To be asked anew: the rules got stricter", Result: ui.Superseded()},
	"request.lapsed":          {Words: "Approved, and not done in time", Result: ui.State{Word: "Lapsed", Tone: ui.Neutral, Glyph: ui.Slashed}},
	"request.resumed":         {Words: "Waits again: its system works again"},
	"request.consumed":        {Words: "Took the approval to act"},
	"request.outcome":         {Words: "Reported the outcome"},
	"request.outcome_overdue": {Words: "No outcome was reported", Result: ui.State{Word: "Unknown", Tone: ui.Warn, Glyph: ui.Triangle}},
	"link.wrong_code":         {"Typed a wrong code", refusal()},
	"link.limit_reached":      {Words: "Decided as much with the mailbox alone as a day allows"},

	"audit.checked":         {Words: "Checked the audit trail", Result: ui.Unbroken()},
	"audit.downloaded":      {Words: "Downloaded entries"},
	"audit.signing_refused": {"Did not sign a checkpoint", ui.Broken()},
}

// HasWords tells whether an act is known here.
func HasWords(name string) bool { return acts[name].Words != "" }

// ActWords says what an act is. One that has no words is shown as it is called.
func ActWords(name string) string {
	if a, ok := acts[name]; ok {
		return a.Words
	}
	return ui.Upper(strings.NewReplacer(".", " ", "_", " ").Replace(name))
}

// entryArea is one of the choices of what entries are about.
type entryArea struct{ key, label string }

// entryAreas go by the first word of an act; the first one holds everything that people do to come in.
func entryAreas() []entryArea {
	return []entryArea{
		{"person session proof passkey totp", "Signing in"},
		{"request link", "Approval requests"},
		{"rule", "Approval rules"},
		{"integration", "Integrations"},
		{"workspace member invitation group", "People and groups"},
		{"token", "API tokens"},
		{"audit", "Audit trail"},
	}
}

// ActsOf are the acts of an area, nil for none that is known.
func ActsOf(area string) (names []string) {
	if !slices.ContainsFunc(entryAreas(), func(a entryArea) bool { return a.key == area }) {
		return nil
	}
	for name := range acts {
		first, _, _ := strings.Cut(name, ".")
		if slices.Contains(strings.Fields(area), first) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// entryWords says what happened in one entry.
func entryWords(r audit.Row) string {
	words := ActWords(r.Act)
	if s, ok := r.Body.Detail["sentence"].(string); ok && s != "" && strings.HasPrefix(words, "Wanted") {
		return "Wanted to " + ui.Inside(s)
	}
	if n, ok := r.Body.Detail["version"].(json.Number); ok && r.ObjectType == "rule" {
		return words + ", version " + n.String()
	}
	if r.Act == "request.held" && r.Body.Detail["sentence"] == nil {
		return "Its system was paused"
	}
	return words
}

func entryResult(r audit.Row) ui.State {
	if r.Act == "audit.checked" && r.Body.Detail["result"] == "broken" {
		return ui.Broken()
	}
	if s := acts[r.Act].Result; s.Word != "" {
		return s
	}
	return ui.State{Word: "Done", Tone: ui.Neutral, Glyph: ui.Done}
}
