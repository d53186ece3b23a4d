package rule

import (
	"maps"
	"net/url"
	"strconv"
	"strings"

	"github.com/jexi/portal/models/rule/condition"
)

// Add puts an empty place into the editor, to be filled in: "conditions", "group",
// "conditions.2.rows", "stages", "stages.0.who", "stages.0.groups", "notify". What cannot be
// added changes nothing.
func (f *Editor) Add(to string) {
	part := strings.Split(to, ".")
	switch {
	case to == "conditions":
		f.Where.Rows = append(f.Where.Rows, condition.Row{})
	case to == "group":
		f.Where.Rows = append(f.Where.Rows, condition.Row{Join: f.other(), Rows: []condition.Row{{}}})
	case to == "stages" && len(f.Stages) < maxStages:
		f.Stages = append(f.Stages, newStage())
	case to == "notify":
		f.Notify = append(f.Notify, "")
	case to == "exclude.people":
		f.People = append(f.People, "")
	case len(part) == 3 && part[0] == "conditions":
		if i, ok := index(part[1], len(f.Where.Rows)); ok {
			f.Where.Rows[i].Rows = append(f.Where.Rows[i].Rows, condition.Row{})
		}
	case len(part) == 3 && part[0] == "stages":
		if i, ok := index(part[1], len(f.Stages)); ok {
			f.Stages[i].add(part[2])
		}
	}
}

func (s *StageForm) add(to string) {
	switch to {
	case "who":
		s.Who = append(s.Who, "")
	case "fallback":
		s.Fallback = append(s.Fallback, "")
	case "groups":
		s.Groups = append(s.Groups, ShareForm{Min: "1"})
	}
}

// other is how a group is joined that makes a difference.
func (f *Editor) other() string {
	if f.Where.Join == "any" {
		return "all"
	}
	return "any"
}

func index(text string, n int) (int, bool) {
	i, err := strconv.Atoi(text)
	return i, err == nil && i >= 0 && i < n
}

// Remove takes a place such as "conditions.2" or "stages.0" out of what the editor posted,
// before ParseEditor reads it.
func Remove(v url.Values, place string) {
	maps.DeleteFunc(v, func(name string, _ []string) bool { return strings.HasPrefix(name, place+".") })
}
