package portal

import (
	"maps"
	"net/url"
	"strings"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rulebook"
	view "github.com/jexi/portal/views/portal"
	"github.com/jexi/portal/views/ui"
	"github.com/jexi/portal/web"
)

// NewRule is the editor of a rule that does not exist yet, filled in by one of the suggestions
// or for one action if the address says so.
func (r Room) NewRule(c *web.Ctx) error {
	p, err := ruleEditor(c, uuid.Nil)
	if err != nil {
		return err
	}
	p.Form = start(c.Query("start"), c.Query("action"))
	return c.Page(edit(c, p, nil))
}

func start(suggestion, action string) rule.Editor {
	for _, s := range rule.Suggestions() {
		if s.Key == suggestion {
			return rule.EditorOf(s.Body)
		}
	}
	if t, ok := catalog.Find(action); ok {
		return rule.EditorOf(rule.Suggest(t))
	}
	return rule.NewEditor()
}

// EditRule is the editor of the draft, or of the version that a draft would begin from.
func (r Room) EditRule(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	p, err := ruleEditor(c, id)
	if err != nil {
		return err
	}
	p.Form = rule.EditorOf(p.Draft())
	return c.Page(edit(c, p, nil))
}

// CreateRule makes a rule of what was typed; or, for a button that only adds or removes a place,
// shows the editor so.
func (r Room) CreateRule(c *web.Ctx) error {
	in := typedRule(c)
	if !in.saves() {
		return showTyped(c, uuid.Nil, in, nil)
	}
	to, err := web.Change(c, func(tx *db.Tx) (string, error) {
		body, err := in.read(tx)
		if err != nil {
			return "", err
		}
		v, err := rulebook.CreateRule(tx, body)
		return c.Path("rules", v.RuleID.String(), in.next()), err
	})
	if err != nil {
		return showTyped(c, uuid.Nil, in, err)
	}
	in.say(c)
	return c.SeeOther(to)
}

// UpdateRule saves the draft as CreateRule does a new rule.
func (r Room) UpdateRule(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	in := typedRule(c)
	if !in.saves() {
		return showTyped(c, id, in, nil)
	}
	to, err := web.Change(c, func(tx *db.Tx) (string, error) {
		body, err := in.read(tx)
		if err != nil {
			return "", err
		}
		_, err = rulebook.EditRule(tx, id, in.edit, body)
		return c.Path("rules", id.String(), in.next()), err
	})
	if err != nil {
		return showTyped(c, id, in, err)
	}
	in.say(c)
	return c.SeeOther(to)
}

// typed is what somebody sent of a rule, and by which button.
type typed struct {
	form   rule.Editor
	edit   int
	do, at string // "add" "conditions", "remove" "stages.1", "look", "save", "check"
}

func typedRule(c *web.Ctx) typed {
	var in typed
	in.do, in.at, _ = strings.Cut(c.Form("do"), " ")
	in.edit, _ = c.FormInt("edit")
	v := maps.Clone(url.Values(c.Values()))
	if in.do == "remove" {
		rule.Remove(v, in.at)
	}
	in.form = rule.ParseEditor(v)
	if in.do == "add" {
		in.form.Add(in.at)
	}
	return in
}

func (in typed) saves() bool { return in.do == "save" || in.do == "check" }

func (in typed) read(tx *db.Tx) (rule.Body, error) {
	dir, err := rulebook.Directory(tx)
	if err != nil {
		return rule.Body{}, err
	}
	return in.form.Read(catalog.Types(), dir)
}

// next is the page that follows the saving.
func (in typed) next() string {
	if in.do == "check" {
		return "check"
	}
	return "draft"
}

func (in typed) say(c *web.Ctx) {
	if in.do == "save" {
		c.Say("Draft saved", "Nothing changes until it is published.")
	}
}

// showTyped shows the editor as it was typed: with the place that was added or removed, or with
// what is wrong. After a stale edit it also shows what is saved now, and sending it again counts.
func showTyped(c *web.Ctx, id uuid.UUID, in typed, refused error) error {
	if refused != nil && fault.As(refused) == nil {
		return refused
	}
	p, err := ruleEditor(c, id)
	if err != nil {
		return err
	}
	p.Form = in.form
	switch in.do {
	case "add":
		p.Added = in.at
	case "remove":
		p.Removed = in.at[:max(0, strings.LastIndex(in.at, "."))]
	}
	if refused == nil {
		p.Edit = in.edit
		return c.Page(edit(c, p, nil))
	}
	if fault.Is(refused, fault.Stale) {
		saved := p.Draft()
		p.Stored = &saved
	} else {
		p.Edit = in.edit
	}
	return c.Refuse(refused, func(e ui.Errors) templ.Component { return edit(c, p, e) })
}

func edit(c *web.Ctx, p view.RuleEditor, e ui.Errors) templ.Component {
	read, err := p.Form.Body()
	p.Read, p.Unread = read, err != nil // why, is said when it is saved
	title := "New rule"
	if p.ID != uuid.Nil {
		title = "Draft of " + p.Draft().Name
	}
	return view.RuleEdit(c.Shell(title), p, e)
}

// ruleEditor loads what the editor shows besides the form. uuid.Nil is a new rule.
func ruleEditor(c *web.Ctx, id uuid.UUID) (view.RuleEditor, error) {
	return web.Read(c, func(tx *db.Tx) (p view.RuleEditor, err error) {
		if id != uuid.Nil {
			if p.RulePage, err = loadRule(tx, id); err != nil {
				return p, err
			}
			p.Edit = p.Newest().Edit
		} else if p.Dir, err = rulebook.Directory(tx); err != nil {
			return p, err
		}
		p.Systems, err = integration.List(tx)
		return p, err
	})
}
