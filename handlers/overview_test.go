package handlers_test

import (
	"net/url"
	"strings"
	"testing"
)

// due are the areas of the menu that count what needs the reader.
func (p *page) due() (areas []string) {
	for _, link := range strings.Split(p.Body[:strings.Index(p.Body, `class="shell-main"`)], "<a href=")[1:] {
		if href, rest, _ := strings.Cut(link[1:], `"`); strings.Contains(rest, `class="n due">1<`) {
			areas = append(areas, href)
		}
	}
	return areas
}

func TestWhatWaitsForASecondAdminNeedsThem(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada, max, greta := h.signIn(h.Acme, "ada"), h.signInProved(h.Acme, "max"), h.signIn(h.Globex, "greta")
	path := h.written(ada, nil)
	h.unmatched(h.Acme, "ada", 2)
	h.fewer(h.Acme, "ada")
	p := max.get("/w/acme").shows(200, "Two things need a person", "Needs you", "Publish version 1 of Refunds over 50 EUR", "Submitted by Ada Okafor",
		"Until you agree nothing changes", "Agree to weaker settings")
	if got := strings.Join(p.due(), " "); got != "/w/acme/rules /w/acme/settings" && got != "/w/acme/rules /w/acme/settings /w/acme/rules /w/acme/settings" {
		t.Errorf("the menu counts %s", got)
	}
	for _, link := range []string{path + "/check", "/w/acme/settings#lower"} {
		if n := strings.Count(p.Body, `href="`+link+`"`); n != 2 { // the title and the button
			t.Errorf("%d links lead to %s", n, link)
		}
	}
	for _, b := range []*browser{ada, h.signIn(h.Acme, "pia"), h.signIn(h.Acme, "ann")} {
		b.get("/w/acme").shows(200, "Nothing needs a person")
	}
	greta.get("/w/globex").shows(200, "Nothing needs a person")
	max.submit(max.get(path+"/publication"), "/publication", nil).shows(200, "It holds from the next request on")
	max.submit(max.get("/w/acme/settings"), "/removal", nil).shows(200, "It stays as it is")
	max.get("/w/acme").shows(200, "Nothing needs a person")
}

func TestManyRequestsLeaveRoomForAChange(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.connect("whmcs")
	ada := h.signIn(h.Acme, "ada")
	group := url.Values{"stages.0.who": {"person:" + h.Acme.People["max"].PersonID.String()}, "stages.0.min": {"1"}}
	path := h.written(ada, group)
	max := h.signInProved(h.Acme, "max")
	max.submit(max.get(path+"/publication"), "/publication", nil).shows(200, "It holds from the next request on")
	for n := range 9 {
		h.ask("billing.refund", strings.Replace(refund184, "184", "1"+string(rune('0'+n))+"4", 1))
	}
	h.written(ada, url.Values{"name": {"Second rule"}})
	p := max.get("/w/acme").shows(200, "10 things need a person", "Publish version 1 of Second rule", "All 9 requests that wait for you")
	if n := strings.Count(p.Body, `class="row-title"`); n != 7 {
		t.Errorf("%d rows are shown", n)
	}
}
