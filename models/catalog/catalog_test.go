package catalog

import (
	"crypto/sha256"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestEveryNameOfAnActionTypeExists(t *testing.T) {
	for _, a := range Versions() {
		t.Run(fmt.Sprint(a.Key, " ", a.Version), func(t *testing.T) {
			if len(a.Kinds) == 0 {
				t.Error("no kind can do it")
			}
			for kind, scopes := range a.Scopes {
				checkScopes(t, kind, scopes)
			}
			for _, key := range a.Sensitivity {
				if _, ok := FindCategory(key); !ok {
					t.Errorf("no data category %q", key)
				}
			}
			for _, name := range a.Target {
				if p, ok := a.Param(name); !ok {
					t.Errorf("target %q is no parameter", name)
				} else if name == a.Target[0] && !p.Required {
					t.Errorf("target %q comes first and may be left out", name)
				}
			}
			checkTemplate(t, a, a.Display, false)
			checkTemplate(t, a, a.Short, true)
			if a.Short == "" {
				checkTemplate(t, a, a.Display, true)
			}
		})
	}
}

func checkScopes(t *testing.T, kind string, scopes []string) {
	k, ok := FindKind(kind)
	if !ok || len(scopes) == 0 {
		t.Errorf("kind %q does not exist or needs no scope", kind)
		return
	}
	for _, name := range scopes {
		if _, ok := k.Scope(name); !ok {
			t.Errorf("%s has no scope %q", kind, name)
		}
	}
}

func checkTemplate(t *testing.T, a *ActionType, template string, short bool) {
	for _, h := range hole.FindAllStringSubmatch(template, -1) {
		p, ok := a.Param(h[1])
		if !ok || !p.Required || p.Form == Prose || short && p.Personal {
			t.Errorf("%q must not name %q there", template, h[1])
		}
	}
	if strings.ContainsAny(hole.ReplaceAllString(template, ""), "{}") {
		t.Errorf("%q has a hole that will stay open", template)
	}
}

func TestEveryActionTypeIsComplete(t *testing.T) {
	key := regexp.MustCompile(`^[a-z]+(\.[a-z_]+){1,2}$`)
	for _, a := range Versions() {
		t.Run(fmt.Sprint(a.Key, " ", a.Version), func(t *testing.T) {
			if !key.MatchString(a.Key) || a.Version < 1 || a.Title == "" || a.Display == "" || len(a.Params) == 0 || len(a.Target) == 0 || len(a.Sensitivity) == 0 {
				t.Error("something is not filled in")
			}
			if a.Undo.Note == "" || !strings.HasSuffix(a.Undo.Note, ".") {
				t.Error("the undo contract is no sentence")
			}
			if (a.Reversibility == Reversible) != a.Undo.Possible || (a.Undo.By == "nobody") == a.Undo.Possible {
				t.Errorf("%s and an undo by %q, possible %v, contradict", a.Reversibility, a.Undo.By, a.Undo.Possible)
			}
			if times := DefaultTimes(a.Risk); a.Floor.Proof < times.Proof || a.Risk >= High && (!a.Floor.Ask || a.Floor.People < times.People) {
				t.Errorf("the floor %+v is weaker than its risk", a.Floor)
			}
			for _, p := range a.Params {
				checkParam(t, a, p)
			}
		})
	}
}

func checkParam(t *testing.T, a *ActionType, p Param) {
	if !regexp.MustCompile(`^[a-z][a-z_]*$`).MatchString(p.Name) || p.Label == "" {
		t.Errorf("parameter %q is not named", p.Name)
	}
	if (p.Type == Enum) != (len(p.Values) > 0) || (p.Type == List) != (p.Item != "") || p.Item == List || p.Item == Money {
		t.Errorf("parameter %q does not say what it holds", p.Name)
	}
	currency, ok := a.Param(p.Currency)
	if p.Type == Money && (!ok || !slices.Equal(currency.Values, Currencies()) || currency.Required != p.Required) {
		t.Errorf("amount %q has no currency", p.Name)
	}
	if p.Type == Email && !p.Personal || p.Item == Email && !p.Personal {
		t.Errorf("address %q is personal data", p.Name)
	}
}

func TestEveryActionOfTheProductIsThere(t *testing.T) {
	want := "account.close billing.credit billing.payment_method_change billing.refund billing.void bulk.account_suspend bulk.dns_record_change bulk.mailbox_restore crm.contact.delete crm.contact.email_change crm.contact.merge data.delete data.export dns.record.change dns.record.delete dns.zone.delete hosting.account.password_reset hosting.account.suspend hosting.account.terminate mail.mailbox.delete mail.mailbox.forward_add mail.reply.send registrar.domain.authcode_reveal registrar.domain.delete registrar.domain.nameservers_change registrar.domain.registrant_change registrar.domain.renew_off registrar.domain.transfer_out registrar.domain.unlock"
	if got := strings.Join(Match("*"), " "); got != want {
		t.Errorf("got %s", got)
	}
	for _, a := range Types() {
		if a.Category != strings.Split(a.Key, ".")[0] {
			t.Errorf("%s is filed under %s", a.Key, a.Category)
		}
	}
}

func TestRisksAndProofsAreThoseOfTheProduct(t *testing.T) {
	for risk, keys := range map[Risk]string{
		Low:      "billing.credit mail.reply.send",
		Medium:   "billing.refund dns.record.change dns.record.delete hosting.account.suspend",
		High:     "registrar.domain.transfer_out registrar.domain.unlock registrar.domain.authcode_reveal registrar.domain.registrant_change billing.payment_method_change",
		Critical: "dns.zone.delete registrar.domain.delete hosting.account.terminate account.close data.delete bulk.dns_record_change bulk.mailbox_restore bulk.account_suspend",
	} {
		for key := range strings.FieldsSeq(keys) {
			if a, _ := Find(key); a.Risk != risk {
				t.Errorf("%s has risk %d", key, a.Risk)
			}
		}
	}
	for risk, proof := range map[Risk]Proof{Low: Code, Medium: CodeTarget, High: StepUp, Critical: StepUpOnly} {
		if DefaultTimes(risk).Proof != proof {
			t.Errorf("risk %d asks for proof %d", risk, DefaultTimes(risk).Proof)
		}
	}
}

func TestARefundNeedsNobodyWhereNoRuleAsksAndATransferAlwaysDoes(t *testing.T) {
	for key, asks := range map[string]bool{
		"billing.refund": false, "billing.credit": false, "mail.reply.send": false, "dns.record.change": false,
		"registrar.domain.transfer_out": true, "crm.contact.merge": true, "dns.zone.delete": true, "data.export": true,
	} {
		if a, _ := Find(key); a.AsksByDefault() != asks {
			t.Errorf("%s asks by default: %v", key, a.AsksByDefault())
		}
	}
	if regulated := (&ActionType{Risk: Medium, Regulated: []string{"pci"}}); !regulated.AsksByDefault() {
		t.Error("what is regulated must ask by default")
	}
}

func TestAGlobTakesInWholeWordsOnly(t *testing.T) {
	for glob, want := range map[string]int{"*": len(Types()), "registrar.*": 7, "dns.record.*": 2, "billing.refund": 1, "dns.rec*": 0, "dns": 0, "dn.*": 0, "": 0, "nothing.here": 0} {
		if got := Match(glob); len(got) != want {
			t.Errorf("%q matches %v", glob, got)
		}
	}
	if !Covers("registrar.*", "registrar.domain.not_known_yet") || Covers("registrar.*", "registrary.x") {
		t.Error("a glob must cover keys the catalog does not know, by whole words")
	}
}

// A digest means nothing if the parameters change under a version. When this fails, raise
// the type's Version, keep the former one in earlierTypes, and run the test with -update.
func TestParametersChangeOnlyWithTheVersion(t *testing.T) {
	const file = "testdata/schemas.golden"
	var now strings.Builder
	for _, a := range Versions() {
		sum := sha256.Sum256(fmt.Appendf(nil, "%+v", a.Params))
		fmt.Fprintf(&now, "%s %d %x\n", a.Key, a.Version, sum[:8])
	}
	raw, err := os.ReadFile(file)
	if err != nil && !*update {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		var key, hash string
		var version int
		fmt.Sscan(line, &key, &version, &hash)
		if _, ok := FindVersion(key, version); !ok {
			t.Errorf("version %[2]d of %[1]s is gone: requests that name it would become unknown; move it to earlierTypes", key, version)
		} else if !strings.Contains(now.String(), line) {
			t.Errorf("the parameters of %s changed and its version is still %d", key, version)
		}
	}
	if *update && !t.Failed() {
		if err := os.WriteFile(file, []byte(now.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if now.String() != string(raw) {
		t.Error("the golden file is older than the catalog: run with -update")
	}
}

func TestVersionsOfATypeCountFromOneWithoutAGapAndTheNewestIsFound(t *testing.T) {
	newest := map[string]int{}
	for _, a := range Versions() {
		if newest[a.Key]++; a.Version != newest[a.Key] {
			t.Errorf("after version %d of %s comes %d", newest[a.Key]-1, a.Key, a.Version)
		}
		if found, ok := FindVersion(a.Key, a.Version); !ok || found != a {
			t.Errorf("version %d of %s is not found", a.Version, a.Key)
		}
	}
	for key, n := range newest {
		if found, ok := Find(key); !ok || found.Version != n {
			t.Errorf("of %s version %d is found, the newest is %d", key, found.Version, n)
		}
	}
	if len(newest) != len(Types()) {
		t.Errorf("%d types are listed, there are %d", len(Types()), len(newest))
	}
	for _, n := range []int{-1, 0, newest["billing.refund"] + 1} {
		if _, ok := FindVersion("billing.refund", n); ok {
			t.Errorf("version %d is found", n)
		}
	}
}

func TestAFurtherVersionTakesThePlaceAndTheFormerStays(t *testing.T) {
	was, _ := Find("billing.refund")
	next := *was
	next.Version++
	remove := Add(&next)
	defer remove()
	if now, _ := Find("billing.refund"); now != &next {
		t.Errorf("version %d is found", now.Version)
	}
	if former, _ := FindVersion("billing.refund", was.Version); former != was {
		t.Error("the former is not found")
	}
	if n := len(Match("billing.refund")); n != 1 {
		t.Errorf("it is listed %d times", n)
	}
	remove()
	if now, _ := Find("billing.refund"); now != was {
		t.Error("it does not come back")
	}
}

func TestWhatACallerGetsCannotBeUsedToChangeTheCatalog(t *testing.T) {
	Types()[0] = nil
	Kinds()[0] = nil
	Categories()[0].Categories[0].Key = "changed"
	if Types()[0] == nil || Kinds()[0] == nil || Categories()[0].Categories[0].Key == "changed" {
		t.Error("the catalog changed")
	}
}
