package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/rule"
)

// deeds make every post of the map succeed once.
func deeds() map[string]func(s *stage) *page {
	out := map[string]func(s *stage) *page{}
	for _, some := range []map[string]func(*stage) *page{accountDeeds(), securityDeeds("/security", "/security"), securityDeeds("/w/:slug/security", "/w/acme/security"),
		requestDeeds(), ruleDeeds(), systemDeeds(), peopleDeeds(), tokenDeeds(), trailDeeds(), settingsDeeds()} {
		for name, deed := range some {
			out[name] = deed
		}
	}
	return out
}

func accountDeeds() map[string]func(*stage) *page {
	return map[string]func(*stage) *page{
		"POST /signin/:token": func(s *stage) *page {
			b := s.visitor()
			link := b.askLink("pia@acme.example", "")
			s.secrets["sign-in link"] = link[strings.LastIndex(link, "/")+1:]
			return b.useLink(link)
		},
		"POST /invitations/:token": func(s *stage) *page {
			s.invite("nia@new.example", access.Auditor)
			link := s.invitationLink("nia@new.example")
			s.secrets["invitation"] = link[strings.LastIndex(link, "/")+1:]
			return s.visitor().act(link, link, url.Values{"name": {"Nia Obi"}})
		},
		"POST /signout": func(s *stage) *page { return s.fresh().act("/signout", "/signout", nil) },
		"POST /proof": func(s *stage) *page {
			b := s.signIn(s.Acme, s.newcomer(access.Admin))
			app := b.addApp()
			s.secrets["authenticator's key"] = string(app)
			s.Pass(time.Minute)
			code := app.code(s.house)
			s.secrets["authenticator's code"] = code
			return b.act("/proof", "/proof", url.Values{"code": {code}})
		},
	}
}

func securityDeeds(route, base string) map[string]func(*stage) *page {
	return map[string]func(*stage) *page{
		"POST " + route + "/passkeys/:ref": func(s *stage) *page {
			b, at := s.passkey(base)
			return b.act(at, at, url.Values{"name": {"Other desk"}})
		},
		"POST " + route + "/passkeys/:ref/removal": func(s *stage) *page {
			b, at := s.passkey(base)
			return b.act(at+"/removal", "/removal", nil)
		},
		"POST " + route + "/authenticator": func(s *stage) *page {
			b := s.fresh()
			p := b.get(base + "/authenticator/new")
			a := app(strings.ReplaceAll(keyForm.FindString(p.Text()), " ", ""))
			return b.post(p, "/authenticator", url.Values{"code": {a.code(s.house)}})
		},
		"POST " + route + "/authenticator/removal": func(s *stage) *page {
			b := s.fresh()
			b.addApp()
			return b.act(base+"/authenticator/removal", "/removal", nil)
		},
		"POST " + route + "/sessions/removal": func(s *stage) *page {
			first := s.newcomer(access.Admin)
			s.signIn(s.Acme, first)
			return s.signIn(s.Acme, first).act(base, "/sessions/removal", nil)
		},
		"POST " + route + "/sessions/:ref/removal": func(s *stage) *page {
			first := s.newcomer(access.Admin)
			s.signIn(s.Acme, first)
			b := s.signIn(s.Acme, first)
			p := b.get(base)
			ref := regexp.MustCompile(`/sessions/([^/"]{8,})/removal`).FindStringSubmatch(p.Body)
			if ref == nil {
				s.t.Fatalf("no session on %s:\n%s", base, p.Body)
			}
			return b.post(p, "/sessions/"+ref[1]+"/removal", nil)
		},
	}
}

func requestDeeds() map[string]func(*stage) *page {
	decide := url.Values{"decision": {"approve"}, "reason": {"fine"}}
	return map[string]func(*stage) *page{
		"POST /a/:token": func(s *stage) *page {
			_, _, amount := s.asked()
			link, code := linkAndCode(s.t, s.mail("ann@acme.example", amount))
			s.secrets["decision link"], s.secrets["mailed code"] = link[strings.LastIndex(link, "/")+1:], code
			b := s.visitor()
			return b.post(b.submit(b.get(link), "", url.Values{"decision": {"approve"}, "code": {code}, "target": {"20418"}}), "", nil)
		},
		"POST /w/:slug/requests/:id/decisions": func(s *stage) *page {
			id, _, _ := s.asked()
			b := s.signIn(s.Acme, "ann")
			return b.post(b.submit(b.get("/w/acme/requests/"+id.String()), "/decisions", decide), "/decisions", nil)
		},
		"POST /w/:slug/requests/:id/decisions/withdrawal": func(s *stage) *page {
			id, _, _ := s.asked()
			s.vote(id, rule.Approve, "ann")
			return s.signIn(s.Acme, "ann").act("/w/acme/requests/"+id.String()+"/decisions/withdrawal", "/withdrawal", url.Values{"reason": {"ticket closed"}})
		},
		"POST /api/v1/action-requests": func(s *stage) *page {
			body, _ := s.wants()
			return s.call(s.Acme.Key, "POST", requests, body, http.Header{"Idempotency-Key": {uuid.NewString()}}, nil)
		},
		"POST /api/v1/action-requests/:id/consume": func(s *stage) *page {
			id, body := s.granted()
			p := s.call(s.Acme.Key, "POST", at(id, "consume"), body, nil, nil)
			if ticket := regexp.MustCompile(`tk_[A-Za-z0-9_-]+`).FindString(p.Body); ticket != "" {
				s.secrets["ticket"] = ticket
			}
			return p
		},
		"POST /api/v1/action-requests/:id/outcome": func(s *stage) *page {
			id, body := s.granted()
			s.call(s.Acme.Key, "POST", at(id, "consume"), body, nil, nil)
			return s.call(s.Acme.Key, "POST", at(id, "outcome"), `{"status":"succeeded"}`, nil, nil)
		},
		"POST /api/v1/action-requests/:id/cancellation": func(s *stage) *page {
			id, _, _ := s.asked()
			return s.call(s.Acme.Key, "POST", at(id, "cancellation"), `{"reason":"not needed"}`, nil, nil)
		},
	}
}

func ruleDeeds() map[string]func(*stage) *page {
	return map[string]func(*stage) *page{
		"POST /w/:slug/rules/new": func(s *stage) *page {
			return s.ada.act("/w/acme/rules/new", "/rules/new", press("save", s.refunds(s.named())))
		},
		"POST /w/:slug/rules/:id/draft": func(s *stage) *page {
			return s.ada.act(s.drafted()+"/draft", "/draft", press("save", s.named()))
		},
		"POST /w/:slug/rules/:id/draft/removal": func(s *stage) *page { return s.ada.act(s.drafted()+"/draft/removal", "/removal", nil) },
		"POST /w/:slug/rules/:id/check": func(s *stage) *page {
			return s.ada.act(s.drafted()+"/check", "/check", url.Values{"note": {"First of its kind."}})
		},
		"POST /w/:slug/rules/:id/publication": func(s *stage) *page {
			return s.max.act(s.written(s.ada, s.named())+"/publication", "/publication", nil)
		},
		"POST /w/:slug/rules/:id/retirement": func(s *stage) *page {
			path := s.written(s.ada, s.named())
			s.max.act(path+"/publication", "/publication", nil)
			return s.ada.act(path+"/retirement", "/retirement", url.Values{"note": {"Done."}})
		},
	}
}

func systemDeeds() map[string]func(*stage) *page {
	return map[string]func(*stage) *page{
		"POST /w/:slug/integrations/new/:kind": func(s *stage) *page {
			s.secrets["vendor's key"] = vendorKey
			return s.ada.act("/w/acme/integrations/new/stripe", "/new/stripe", url.Values{"name": {"Stripe of ours"}, "key": {vendorKey}, "workflows": {"Refunds"}})
		},
		"POST /w/:slug/integrations/:id/details": func(s *stage) *page {
			return s.ada.act(s.system()+"/details", "/details", url.Values{"name": {fmt.Sprintf("Stripe %d", s.once())}})
		},
		"POST /w/:slug/integrations/:id/scopes": func(s *stage) *page {
			kind, _ := catalog.FindKind("stripe")
			return s.ada.act(s.system()+"/scopes", "/scopes", url.Values{"scopes": {kind.Scopes[0].Name, kind.Scopes[1].Name}})
		},
		"POST /w/:slug/integrations/:id/key": func(s *stage) *page {
			s.secrets["vendor's next key"] = vendorKey + "-next"
			return s.ada.act(s.system()+"/key", "/key", url.Values{"key": {vendorKey + "-next"}})
		},
		"POST /w/:slug/integrations/:id/pause": func(s *stage) *page {
			return s.ada.act(s.system()+"/pause", "/pause", url.Values{"reason": {"wrong client"}})
		},
		"POST /w/:slug/integrations/:id/resume": func(s *stage) *page {
			path := s.system()
			s.ada.act(path+"/pause", "/pause", url.Values{"reason": {"wrong client"}})
			return s.ada.act(path, "/resume", nil)
		},
		"POST /w/:slug/integrations/:id/removal": func(s *stage) *page {
			path := s.system()
			name := regexp.MustCompile(`Disconnect (Stripe \d+)\?`).FindStringSubmatch(s.ada.get(path + "/removal").Text())
			if name == nil {
				s.t.Fatal("no name to type")
			}
			return s.ada.act(path+"/removal", "/removal", url.Values{"name": {name[1]}, "typed": {name[1]}, "confirm": {name[1]}})
		},
	}
}

func peopleDeeds() map[string]func(*stage) *page {
	return map[string]func(*stage) *page{
		"POST /w/:slug/people/invitations": func(s *stage) *page {
			return s.ada.act("/w/acme/people", "/people/invitations", url.Values{"email": {"ida@new.example"}, "name": {"Ida"}, "role": {"auditor"}})
		},
		"POST /w/:slug/people/invitations/:id/sending": func(s *stage) *page {
			path := s.guest()
			s.Pass(30 * time.Minute) // one mail at a time
			return s.ada.act("/w/acme/people", path+"/sending", nil)
		},
		"POST /w/:slug/people/invitations/:id/removal": func(s *stage) *page { return s.ada.act(s.guest()+"/removal", "/removal", nil) },
		"POST /w/:slug/people/:id": func(s *stage) *page {
			path := s.personPath(s.newcomer(access.Approver))
			return s.ada.act(path, path, url.Values{"role": {"auditor"}})
		},
		"POST /w/:slug/people/:id/removal": func(s *stage) *page {
			return s.ada.act(s.personPath(s.newcomer(access.Approver))+"/removal", "/removal", nil)
		},
		"POST /w/:slug/people/:id/reset": func(s *stage) *page {
			first := s.newcomer(access.Approver)
			s.owns(first)
			return s.ada.act(s.personPath(first)+"/reset", "/reset", url.Values{"reason": {"Lost the phone"}})
		},
		"POST /w/:slug/groups": func(s *stage) *page {
			return s.ada.act("/w/acme/groups/new", "/groups", url.Values{"name": {"Domain desk"}, "members": {s.Acme.People["ann"].PersonID.String()}})
		},
		"POST /w/:slug/groups/:id": func(s *stage) *page {
			path := s.group()
			return s.ada.act(path, path, url.Values{"description": {"Everything that leaves"}})
		},
		"POST /w/:slug/groups/:id/removal": func(s *stage) *page { return s.ada.act(s.group()+"/removal", "/removal", nil) },
	}
}

func tokenDeeds() map[string]func(*stage) *page {
	return map[string]func(*stage) *page{
		"POST /w/:slug/tokens": func(s *stage) *page {
			p := s.ada.act("/w/acme/tokens/new", "/tokens", url.Values{"name": {"sync"}, "scopes": {"actions:read"}, "days": {"30"}})
			s.secrets["new token"] = secretForm.FindString(p.Body)
			return p
		},
		"POST /w/:slug/tokens/:id/pause":  func(s *stage) *page { return s.agentDeed("/pause") },
		"POST /w/:slug/tokens/:id/resume": func(s *stage) *page { return s.agentDeed("/resume") },
		"POST /w/:slug/tokens/:id/removal": func(s *stage) *page {
			s.token(s.Acme, "ada", access.ReadActions)
			for _, id := range regexp.MustCompile(`/tokens/([0-9a-f-]{36})/removal`).FindAllStringSubmatch(s.ada.get("/w/acme/tokens").Body, -1) {
				if id[1] != s.Acme.Agent.ID.String() {
					return s.ada.act("/w/acme/tokens/"+id[1]+"/removal", "/removal", nil)
				}
			}
			s.t.Fatal("no token to revoke")
			return nil
		},
	}
}

func trailDeeds() map[string]func(*stage) *page {
	return map[string]func(*stage) *page{
		"POST /w/:slug/audit/checks":  func(s *stage) *page { return s.ada.act("/w/acme/audit", "/checks", nil) },
		"POST /w/:slug/audit/bundles": func(s *stage) *page { return s.ada.act("/w/acme/audit/exports/new", "/bundles", nil) },
		"POST /w/:slug/audit/exports": func(s *stage) *page { return s.ada.act("/w/acme/audit/exports/new", "/exports", nil) },
	}
}
