package condition

import (
	"cmp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jexi/portal/models/catalog"
)

func upperFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// lowerFirst leaves abbreviations alone: "IP address", "DNS zone".
func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if next, _ := utf8.DecodeRuneInString(s[n:]); unicode.IsUpper(next) {
		return s
	}
	return string(unicode.ToLower(r)) + s[n:]
}

// Label is the operator in words, as a menu shows it for a field.
func (o Op) Label(f *Field) string { return opWords(f, o).yes }

// words say a comparison, and that it does not hold.
type words struct{ yes, no string }

func opWords(f *Field, o Op) words {
	if f.Type == catalog.Time {
		switch o {
		case Less:
			return words{"is before", "is not before"}
		case AtMost:
			return words{"is not after", "is after"}
		case More:
			return words{"is after", "is not after"}
		case AtLeast:
			return words{"is not before", "is before"}
		}
	}
	if o == Under && f.Type == catalog.IP {
		return words{"is in the network", "is not in the network"}
	}
	return opTable[o]
}

var opTable = map[Op]words{
	Is:         {"is", "is not"},
	IsNot:      {"is not", "is"},
	Less:       {"is less than", "is not less than"},
	AtMost:     {"is at most", "is more than"},
	More:       {"is more than", "is not more than"},
	AtLeast:    {"is at least", "is less than"},
	In:         {"is one of", "is none of"},
	NotIn:      {"is none of", "is one of"},
	Contains:   {"contains", "does not contain"},
	StartsWith: {"starts with", "does not start with"},
	EndsWith:   {"ends with", "does not end with"},
	Under:      {"is or is under", "is not under"},
	Matches:    {"matches", "does not match"},
}

func joinOps(ops []Op) string {
	var out []string
	for _, o := range ops {
		out = append(out, string(o))
	}
	return strings.Join(out, " ")
}

// statement puts subject, verb and wanted value together. Not holding, it says the opposite.
func statement(subject string, w words, each Each, wanted string, holds bool) string {
	verb := w.yes
	switch each {
	case AnyOf:
		subject = map[bool]string{true: "one of ", false: "none of "}[holds] + subject
	case NoneOf:
		subject = map[bool]string{true: "none of ", false: "one of "}[holds] + subject
	case AllOf:
		subject = map[bool]string{true: "every one of ", false: "not every one of "}[holds] + subject
	default:
		if each == CountOf {
			subject = "the number of " + subject
		}
		if !holds {
			verb = w.no
		}
	}
	return subject + " " + verb + " " + wanted
}

// Blank stands in a sentence for what nobody has written yet.
const Blank = "…"

// wantedText writes a wanted value as people read it.
func wantedText(o Operand, f *Field) string {
	if o.List != nil {
		var texts []string
		for _, entry := range o.List {
			texts = append(texts, wantedText(entry, f))
		}
		return OrList(texts)
	}
	for _, c := range f.Choices {
		if c.Value == o.Text {
			return c.Label
		}
	}
	switch {
	case o.Currency != "":
		if v, problem := constant(o, f); problem == "" {
			return v.Text + " " + o.Currency
		}
		return cmp.Or(o.Text, Blank) + " " + o.Currency
	case f.Type == catalog.String && !o.Bare:
		return "“" + o.Text + "”"
	}
	return cmp.Or(o.Text, Blank)
}

// OrList joins words: "a, b or c".
func OrList(texts []string) string { return joinList(texts, " or ") }

// AndList joins words: "a, b and c".
func AndList(texts []string) string { return joinList(texts, " and ") }

func joinList(texts []string, last string) string {
	if len(texts) < 2 {
		return strings.Join(texts, "")
	}
	return strings.Join(texts[:len(texts)-1], ", ") + last + texts[len(texts)-1]
}

// noun names what is asked for: "refund", "record deletion".
func noun(types []*catalog.ActionType) string {
	if len(types) != 1 {
		return "request"
	}
	parts := strings.Split(types[0].Key, ".")
	last := parts[len(parts)-1]
	if word, ok := map[string]string{
		"transfer_out": "transfer", "renew_off": "renewal stop", "delete": "deletion", "terminate": "termination",
		"suspend": "suspension", "close": "closure", "send": "sending", "forward_add": "forwarding",
	}[last]; ok {
		last = word
	}
	if len(parts) > 2 {
		last = parts[len(parts)-2] + " " + last
	}
	return strings.ReplaceAll(last, "_", " ")
}

// span writes hours as rules do: "24 h", "30 days".
func span(hours int) string {
	if hours > 24 && hours%24 == 0 {
		return strconv.Itoa(hours/24) + " days"
	}
	return strconv.Itoa(hours) + " h"
}

// scope says what earlier requests share with this one: " to the same client".
func scope(w Window, types []*catalog.ActionType) string {
	switch w.Same {
	case SameSubject:
		return " for the same subject"
	case SameWorkspace:
		return " in the whole workspace"
	}
	if len(types) == 1 && len(types[0].Target) > 0 {
		if p, ok := types[0].Param(types[0].Target[0]); ok && p.Label != "" {
			return " for the same " + lowerFirst(p.Label)
		}
	}
	return " for the same target"
}

func windowLabel(w Window, types []*catalog.ActionType) string {
	within := scope(w, types) + " in " + span(w.Hours)
	if w.Sum == "" {
		return noun(types) + "s" + within
	}
	label := strings.ReplaceAll(w.Sum, "_", " ")
	if f, problem := paramField(w.Sum, types); problem == "" {
		label = f.Label
	}
	return "total " + label + within + ", this one included"
}

// String identifies the window: "sum.amount.EUR.target.24h".
func (w Window) String() string {
	what := "count"
	if w.Sum != "" {
		what = "sum." + w.Sum + "." + w.Currency
	}
	return what + "." + string(w.Same) + "." + strconv.Itoa(w.Hours) + "h"
}
