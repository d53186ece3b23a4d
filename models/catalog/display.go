package catalog

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Style says where a sentence will stand.
type Style int

const (
	Plain Style = iota // pages, mail, the API; values are cut at 200 code points, Facts has them in full
	Short              // subject lines: no personal data, values cut at 60 code points
)

// Fact is one line of the table that shows an action. Value is plain text in which nothing
// is hidden; it may come from an agent, so it is data to be escaped, never markup.
type Fact struct {
	Name     string
	Label    string
	Value    string
	Target   bool // names what is acted on
	Personal bool // not for subject lines or webhooks
	Prose    bool // several lines
}

var hole = regexp.MustCompile(`\{([a-z_]+)\}`)

// Sentence says in one line what will be done: "Refund 184.00 EUR to client 20418".
func (t *ActionType) Sentence(p Params, style Style) string {
	template, limit := t.Display, 200
	if style == Short {
		template, limit = cmp.Or(t.Short, t.Display), 60
	}
	return hole.ReplaceAllStringFunc(template, func(h string) string {
		v, ok := p.Get(h[1 : len(h)-1])
		if !ok {
			return "…"
		}
		text := cut(v.Display(), limit)
		if param, _ := t.Param(h[1 : len(h)-1]); param.Type == String && param.Form == Line {
			return "“" + text + "”" // free text must not read as part of the sentence
		}
		return text
	})
}

func cut(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit-1]) + "…"
}

// Facts lists every given parameter in the type's order; an amount carries its currency.
func (t *ActionType) Facts(p Params) []Fact {
	var facts []Fact
	currencies := map[string]bool{}
	for _, param := range t.Params {
		currencies[param.Currency] = true
	}
	for _, param := range t.Params {
		v, ok := p.Get(param.Name)
		if !ok || currencies[param.Name] {
			continue
		}
		facts = append(facts, t.fact(p, param, v))
	}
	return facts
}

func (t *ActionType) fact(p Params, param Param, v Value) Fact {
	f := Fact{Name: param.Name, Label: param.Label, Value: v.full(), Personal: param.Personal, Prose: param.Form == Prose}
	if currency, ok := p.Get(param.Currency); ok {
		f.Value += " " + currency.Text
	}
	for _, target := range t.Target {
		f.Target = f.Target || target == param.Name
	}
	return f
}

// Display is the value for people, on one line.
func (v Value) Display() string {
	switch v.Type {
	case Bool:
		if v.Bool {
			return "yes"
		}
		return "no"
	case Enum:
		return strings.ReplaceAll(v.Text, "_", " ")
	case Time:
		return displayTime(v.Time)
	case List:
		return displayList(v.List, 3)
	}
	return Visible(strings.NewReplacer("\n", " ", "\t", " ").Replace(v.Text))
}

// full is the value for tables: nothing is left out, and a domain in another script is
// shown both as compared and as read.
func (v Value) full() string {
	switch v.Type {
	case String:
		return Visible(v.Text)
	case List:
		return displayList(v.List, len(v.List))
	case Domain:
		if u, err := idna.Display.ToUnicode(v.Text); err == nil && u != v.Text {
			return v.Text + " (" + Visible(u) + ")"
		}
	}
	return v.Display()
}

func displayTime(t time.Time) string {
	if t.Second() != 0 || t.Nanosecond() != 0 {
		return t.Format("2 January 2006, 15:04:05.999999 UTC")
	}
	return t.Format("2 January 2006, 15:04 UTC")
}

func displayList(list []Value, most int) string {
	var shown []string
	for _, v := range list[:min(most, len(list))] {
		shown = append(shown, v.Display())
	}
	switch rest := len(list) - len(shown); {
	case rest > 0:
		return strings.Join(shown, ", ") + " and " + strconv.Itoa(rest) + " more"
	case len(shown) == 1:
		return shown[0]
	}
	last := len(shown) - 1
	return strings.Join(shown[:last], ", ") + " and " + shown[last]
}
