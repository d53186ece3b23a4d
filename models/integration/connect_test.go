package integration_test

import (
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/models/workspace"
)

func TestEverySystemThatTakesAKeyCanBeConnected(t *testing.T) {
	t.Parallel()
	r := open(t)
	for _, k := range catalog.Kinds() {
		if !k.ByKey {
			r.refused(r.ada(), fault.Conflict, k.Name+" is connected by signing in there", func(tx *db.Tx) error {
				_, err := r.safe.Connect(tx, r.draft(r.Acme, "ada", k.Key))
				return err
			})
			continue
		}
		c := r.connect(k.Key, nil)
		r.As(r.ada(), func(tx *db.Tx) error {
			plain, err := r.safe.Open(tx, c.ID)
			if plain.Reveal() != key {
				t.Errorf("the key of %s came back as %q", k.Name, plain.Reveal())
			}
			return err
		})
	}
	r.refused(r.ada(), fault.NotFound, "nothing here", func(tx *db.Tx) error {
		_, err := r.safe.Connect(tx, integration.Draft{Kind: "wordpress"})
		return err
	})
}

func TestAConnectionIsFoundAsItWasMade(t *testing.T) {
	t.Parallel()
	r := open(t)
	year := time.Now().AddDate(1, 0, 0).Format(time.DateOnly)
	made := r.connect("whmcs", func(d *integration.Draft) {
		d.Name, d.ExpiresOn, d.OwnerID = "  Billing   desk ", year, r.Acme.People["max"].PersonID
		d.Workflows = "Refunds, Invoice questions\r\nRefunds,,  Order   status"
		d.Scopes = []string{"invoices:refund", "clients:read", "clients:read"}
	})
	if made.Name != "Billing desk" || made.State != integration.Connected || made.Kind != "whmcs" || made.Version != 1 {
		t.Errorf("made %+v", made)
	}
	if got := []string(made.Scopes); !slices.Equal(got, []string{"clients:read", "invoices:refund"}) {
		t.Errorf("scopes are %q", got)
	}
	if got := []string(made.Workflows); !slices.Equal(got, []string{"Refunds", "Invoice questions", "Order status"}) {
		t.Errorf("workflows are %q", got)
	}
	if made.OwnerName != "Max Lindqvist" || made.ConnectedBy != "Ada Okafor" || made.ExpiresOn.Format(time.DateOnly) != year {
		t.Errorf("looked after by %q, connected by %q, until %v", made.OwnerName, made.ConnectedBy, made.ExpiresOn)
	}
	if made.CredentialHint != "d846" || made.Settings.V["address"] != "address.northmoor.example:2087" {
		t.Errorf("the key ends in %q, settings are %v", made.CredentialHint, made.Settings.V)
	}
	if read, change := made.Counts(); read != 1 || change != 1 || len(made.Withheld()) != 14 {
		t.Errorf("%d read, %d change, %d withheld", read, change, len(made.Withheld()))
	}
	found := r.done(r.Grant(r.Acme, "udo", access.SeeIntegrations), func(tx *db.Tx) (integration.Connection, error) { return integration.Find(tx, made.ID) })
	if !reflect.DeepEqual(found, made) {
		t.Errorf("found %+v", found)
	}
}

func TestAllThatIsWrongIsToldAtOnce(t *testing.T) {
	t.Parallel()
	r := open(t)
	bad := integration.Draft{Kind: "whmcs", Settings: map[string]string{"address": "not an address", "user": "a\u202eb"},
		Key: seal.NewSecret(" \n "), Scopes: []string{"everything"},
		Details: integration.Details{Name: "\u202ebidi", Workflows: "a\x00b", OwnerID: uuid.New(), ExpiresOn: "soon"}}
	f := r.refused(r.ada(), fault.Invalid, "There are 8 problems", func(tx *db.Tx) error { _, err := r.safe.Connect(tx, bad); return err })
	var at []string
	for _, x := range f.Fields {
		at = append(at, x.Name)
	}
	if got := strings.Join(at, " "); got != "scopes address user key name workflows owner expires_on" {
		t.Errorf("problems are at %s", got)
	}
}

func TestWhatDoesNotFitIsRefusedAtItsField(t *testing.T) {
	t.Parallel()
	r := open(t)
	day := func(years, days int) string { return time.Now().UTC().AddDate(years, 0, days).Format(time.DateOnly) }
	for name, c := range map[string]struct {
		field  string
		change func(*integration.Draft)
	}{
		"a name of 1 MiB":         {"name", func(d *integration.Draft) { d.Name = strings.Repeat("a", 1<<20) }},
		"no name":                 {"name", func(d *integration.Draft) { d.Name = " " }},
		"invalid UTF-8":           {"name", func(d *integration.Draft) { d.Name = "a\xff" }},
		"no scope":                {"scopes", func(d *integration.Draft) { d.Scopes = nil }},
		"another system's scope":  {"scopes", func(d *integration.Draft) { d.Scopes = []string{"clients:read", "zones:read"} }},
		"21 workflows":            {"workflows", func(d *integration.Draft) { d.Workflows = "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u" }},
		"a workflow of 81":        {"workflows", func(d *integration.Draft) { d.Workflows = "a," + strings.Repeat("é", 81) }},
		"today":                   {"expires_on", func(d *integration.Draft) { d.ExpiresOn = day(0, 0) }},
		"eleven years":            {"expires_on", func(d *integration.Draft) { d.ExpiresOn = day(11, 0) }},
		"30 February":             {"expires_on", func(d *integration.Draft) { d.ExpiresOn = "2027-02-30" }},
		"nobody":                  {"owner", func(d *integration.Draft) { d.OwnerID = uuid.Nil }},
		"somebody of Globex":      {"owner", func(d *integration.Draft) { d.OwnerID = r.Globex.People["greta"].PersonID }},
		"no user":                 {"user", func(d *integration.Draft) { delete(d.Settings, "user") }},
		"a user of two lines":     {"user", func(d *integration.Draft) { d.Settings["user"] = "a\nb" }},
		"a user of 201":           {"user", func(d *integration.Draft) { d.Settings["user"] = strings.Repeat("a", 201) }},
		"a name without a dot":    {"address", func(d *integration.Draft) { d.Settings["address"] = "localhost:2087" }},
		"plain http":              {"address", func(d *integration.Draft) { d.Settings["address"] = "http://billing.example" }},
		"an address with a user":  {"address", func(d *integration.Draft) { d.Settings["address"] = "https://a:b@billing.example" }},
		"an address with a query": {"address", func(d *integration.Draft) { d.Settings["address"] = "https://billing.example/?key=1" }},
		"a Cyrillic address":      {"address", func(d *integration.Draft) { d.Settings["address"] = "bіlling.example" }},
	} {
		t.Run(name, func(t *testing.T) {
			d := r.draft(r.Acme, "ada", "whmcs")
			c.change(&d)
			f := fault.As(r.Try(r.ada(), func(tx *db.Tx) error { _, err := r.safe.Connect(tx, d); return err }))
			if f == nil || f.Code != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Name != c.field {
				t.Errorf("refused with %+v", f)
			}
		})
	}
	for _, good := range []string{"billing.example", "https://billing.example:8443/whmcs/api", "10.0.0.7:700", "EPP.registrar.example"} {
		r.connect("whmcs", func(d *integration.Draft) { d.Name, d.Settings["address"] = good[:8]+d.Name+good, good })
	}
}

func TestANameIsTakenWhileItsConnectionLives(t *testing.T) {
	t.Parallel()
	r := open(t)
	first := r.connect("whmcs", nil)
	again := r.draft(r.Acme, "ada", "plesk")
	again.Name = "Whmcs"
	try := func(tx *db.Tx) error { _, err := r.safe.Connect(tx, again); return err }
	r.refused(r.ada(), fault.Invalid, "a connection called Whmcs already", try)
	greta := r.draft(r.Globex, "greta", "whmcs")
	r.As(r.Grant(r.Globex, "greta", access.ManageIntegrations), func(tx *db.Tx) error { _, err := r.safe.Connect(tx, greta); return err })
	r.As(r.ada(), func(tx *db.Tx) error { _, err := integration.Disconnect(tx, first.ID, "WHMCS"); return err })
	r.As(r.ada(), try)
}

func TestOfManyWhoUseOneNameAtOnceOneWins(t *testing.T) {
	t.Parallel()
	r := open(t)
	d := r.draft(r.Acme, "ada", "whmcs")
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			errs[i] = r.Try(r.ada(), func(tx *db.Tx) error { _, err := r.safe.Connect(tx, d); return err })
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !fault.Is(err, fault.Invalid) {
			t.Errorf("a loser was told %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d won", won)
	}
}

func TestAnActionFindsTheLiveConnectionsThatCanDoIt(t *testing.T) {
	t.Parallel()
	r := open(t)
	stripe, whmcs := r.connect("stripe", nil), r.connect("whmcs", func(d *integration.Draft) { d.Scopes = []string{"invoices:refund"} })
	r.connect("cloudflare", nil)
	ended := r.connect("whmcs", func(d *integration.Draft) { d.Name = "Old WHMCS" })
	refund, _ := catalog.Find("billing.refund")
	r.As(r.ada(), func(tx *db.Tx) error {
		if _, err := integration.Disconnect(tx, ended.ID, "Old WHMCS"); err != nil {
			return err
		}
		_, err := integration.Pause(tx, stripe.ID, "Quarter's end")
		return err
	})
	r.As(r.AgentGrant(r.Acme, access.RequestActions), func(tx *db.Tx) error {
		got, err := integration.ForAction(tx, refund.Kinds)
		if err != nil || len(got) != 2 || got[0].ID != stripe.ID || got[0].State != integration.Paused || got[1].ID != whmcs.ID {
			t.Fatalf("found %+v, %v", got, err)
		}
		if got[0].May(refund) || !got[1].May(refund) {
			t.Error("only WHMCS was allowed to refund")
		}
		none, err := integration.ForAction(tx, nil)
		if len(none) != 0 {
			t.Errorf("an action of no kind found %+v", none)
		}
		return err
	})
}

func TestALeftOwnerIsToldAndAnotherMustBeChosen(t *testing.T) {
	t.Parallel()
	r := open(t)
	c := r.connect("whmcs", func(d *integration.Draft) { d.OwnerID = r.Acme.People["max"].PersonID })
	r.As(r.Grant(r.Acme, "ada", access.ManagePeople), func(tx *db.Tx) error {
		_, err := workspace.RemoveMember(tx, r.Acme.People["max"].PersonID)
		return err
	})
	c = r.done(r.ada(), func(tx *db.Tx) (integration.Connection, error) { return integration.Find(tx, c.ID) })
	if !c.OwnerLeft || c.OwnerName != "Max Lindqvist" {
		t.Errorf("the owner is %q, left: %v", c.OwnerName, c.OwnerLeft)
	}
	d := integration.DetailsOf(c)
	r.refused(r.ada(), fault.Invalid, "Choose somebody of this workspace", func(tx *db.Tx) error {
		_, err := integration.Change(tx, c.ID, c.Version, d)
		return err
	})
	d.OwnerID = r.Acme.People["ada"].PersonID
	c = r.done(r.ada(), func(tx *db.Tx) (integration.Connection, error) { return integration.Change(tx, c.ID, c.Version, d) })
	if c.OwnerLeft || c.OwnerName != "Ada Okafor" {
		t.Errorf("the owner is %q, left: %v", c.OwnerName, c.OwnerLeft)
	}
}
