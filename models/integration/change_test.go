package integration_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/integration"
)

func (r room) newKey(c integration.Connection, text string) func(*db.Tx) (integration.Connection, error) {
	return func(tx *db.Tx) (integration.Connection, error) {
		return r.safe.ReplaceKey(tx, c.ID, integration.KeyDraft{Version: c.Version, Key: seal.NewSecret(text), Settings: map[string]string{"user": "new-id"}})
	}
}

func TestAStaleEditIsToldWhatChanged(t *testing.T) {
	t.Parallel()
	r := open(t)
	old := r.connect("whmcs", nil)
	max := r.Grant(r.Acme, "max", access.ManageIntegrations)
	r.As(max, func(tx *db.Tx) error {
		_, err := integration.ChangeScopes(tx, old.ID, old.Version, []string{"clients:read"})
		return err
	})
	edits := map[string]func(*db.Tx) error{
		"scopes": func(tx *db.Tx) error {
			_, err := integration.ChangeScopes(tx, old.ID, old.Version, old.Scopes)
			return err
		},
		"details": func(tx *db.Tx) error {
			_, err := integration.Change(tx, old.ID, old.Version, integration.DetailsOf(old))
			return err
		},
		"key": func(tx *db.Tx) error { _, err := r.newKey(old, "another-key-of-31-characters-00")(tx); return err },
	}
	for what, edit := range edits {
		t.Run(what, func(t *testing.T) {
			r.refused(r.ada(), fault.Stale, "Max Lindqvist changed the permissions on", edit)
		})
	}
	r.done(max, func(tx *db.Tx) (integration.Connection, error) {
		now, err := integration.Find(tx, old.ID)
		if err != nil {
			return now, err
		}
		return r.newKey(now, "a-key-that-max-typed-0123456789")(tx)
	})
	f := r.refused(r.ada(), fault.Stale, "Max Lindqvist replaced the key on", edits["scopes"])
	if !strings.Contains(f.Message, "the last of 2 changes") {
		t.Errorf("told %q", f.Message)
	}
}

func TestTheSameScopesAgainChangeNothing(t *testing.T) {
	t.Parallel()
	r := open(t)
	c := r.connect("cloudflare", nil)
	same := r.done(r.ada(), func(tx *db.Tx) (integration.Connection, error) {
		return integration.ChangeScopes(tx, c.ID, c.Version, []string{"records:read", "zones:read"})
	})
	if same.Version != c.Version {
		t.Errorf("version %d became %d", c.Version, same.Version)
	}
}

func TestAReplacedKeyIsUsedAtOnceAndTheOldOneIsGone(t *testing.T) {
	t.Parallel()
	r := open(t)
	c := r.connect("whmcs", func(d *integration.Draft) { d.ExpiresOn = "2027-06-01" })
	r.Pass(time.Hour)
	after := r.done(r.ada(), r.newKey(c, "the-second-key-of-northmoor-99ff"))
	if after.CredentialHint != "99ff" || !after.CredentialAt.After(c.CredentialAt) || after.ExpiresOn != nil {
		t.Errorf("the key ends in %q, since %v, until %v", after.CredentialHint, after.CredentialAt, after.ExpiresOn)
	}
	if after.Settings.V["user"] != "new-id" || after.Settings.V["address"] != c.Settings.V["address"] {
		t.Errorf("settings are %v", after.Settings.V)
	}
	r.As(r.ada(), func(tx *db.Tx) error {
		plain, err := r.safe.Open(tx, c.ID)
		if plain.Reveal() != "the-second-key-of-northmoor-99ff" {
			t.Errorf("the key is %q", plain.Reveal())
		}
		return err
	})
}

func TestANewKeyNeverMovesAConnectionToAnotherAccount(t *testing.T) {
	t.Parallel()
	r := open(t)
	c := r.connect("cpanel", nil)
	after := r.done(r.ada(), func(tx *db.Tx) (integration.Connection, error) {
		return r.safe.ReplaceKey(tx, c.ID, integration.KeyDraft{Version: c.Version, Key: seal.NewSecret(key),
			Settings: map[string]string{"user": "root", "address": "evil.example"}})
	})
	if after.Settings.V["user"] != "jexi" || after.Settings.V["address"] != c.Settings.V["address"] {
		t.Errorf("settings are %v", after.Settings.V)
	}
}

func TestAPauseStopsAndSaysWhoAndWhy(t *testing.T) {
	t.Parallel()
	r := open(t)
	c := r.connect("whmcs", nil)
	pia := r.Grant(r.Acme, "pia", access.PauseIntegration)
	pause := func(reason string) func(*db.Tx) error {
		return func(tx *db.Tx) error { _, err := integration.Pause(tx, c.ID, reason); return err }
	}
	r.refused(pia, fault.Invalid, "Say why", pause(" \n "))
	r.refused(pia, fault.Invalid, "501 characters", pause(strings.Repeat("é", 501)))
	r.refused(pia, fault.Invalid, "U+202E", pause("a\u202eb"))
	r.refused(r.ada(), fault.Conflict, "WHMCS is not paused", func(tx *db.Tx) error { _, err := integration.Resume(tx, c.ID); return err })
	r.As(pia, pause("  A client's data\r\nappeared in a wrong ticket. "))
	r.refused(r.ada(), fault.Conflict, "Pia Raman paused WHMCS already", pause("Me too"))
	c = r.done(r.ada(), func(tx *db.Tx) (integration.Connection, error) { return integration.Find(tx, c.ID) })
	if c.State != integration.Paused || c.PausedBy != "Pia Raman" || c.PauseReason != "A client's data\nappeared in a wrong ticket." || c.PausedAt == nil {
		t.Errorf("paused as %+v", c)
	}
	r.refused(r.ada(), fault.Conflict, "WHMCS is paused", func(tx *db.Tx) error { _, err := r.safe.Open(tx, c.ID); return err })
	c = r.done(r.ada(), func(tx *db.Tx) (integration.Connection, error) { return integration.Resume(tx, c.ID) })
	if c.State != integration.Connected || c.PausedAt != nil || c.PauseReason != "" {
		t.Errorf("resumed as %+v", c)
	}
	r.As(r.ada(), func(tx *db.Tx) error { _, err := r.safe.Open(tx, c.ID); return err })
}

func TestAPauseNeedsNoFreshPage(t *testing.T) {
	t.Parallel()
	r := open(t)
	c := r.connect("whmcs", nil)
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			errs[i] = r.Try(r.ada(), func(tx *db.Tx) error { _, err := integration.Pause(tx, c.ID, "Stop"); return err })
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !fault.Is(err, fault.Conflict) {
			t.Errorf("a loser was told %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d paused it", won)
	}
}

func TestADisconnectedSystemIsOverForGood(t *testing.T) {
	t.Parallel()
	r := open(t)
	c := r.connect("whmcs", nil)
	disconnect := func(typed string) func(*db.Tx) error {
		return func(tx *db.Tx) error { _, err := integration.Disconnect(tx, c.ID, typed); return err }
	}
	r.refused(r.ada(), fault.Invalid, "Type the name as it stands here: WHMCS", disconnect("whmcs"))
	r.As(r.ada(), func(tx *db.Tx) error { _, err := integration.Pause(tx, c.ID, "First stop it"); return err })
	r.As(r.ada(), disconnect(" WHMCS "))
	gone := r.done(r.ada(), func(tx *db.Tx) (integration.Connection, error) { return integration.Find(tx, c.ID) })
	if gone.State != integration.Disconnected || gone.DisconnectedBy != "Ada Okafor" || gone.CredentialHint != "" || gone.PausedAt != nil {
		t.Errorf("disconnected as %+v", gone)
	}
	for what, fn := range map[string]func(*db.Tx) error{
		"disconnect": disconnect("WHMCS"),
		"pause":      func(tx *db.Tx) error { _, err := integration.Pause(tx, c.ID, "x"); return err },
		"resume":     func(tx *db.Tx) error { _, err := integration.Resume(tx, c.ID); return err },
		"scopes": func(tx *db.Tx) error {
			_, err := integration.ChangeScopes(tx, c.ID, gone.Version, c.Scopes)
			return err
		},
		"details": func(tx *db.Tx) error {
			_, err := integration.Change(tx, c.ID, gone.Version, integration.DetailsOf(gone))
			return err
		},
		"key":  func(tx *db.Tx) error { _, err := r.newKey(gone, key)(tx); return err },
		"open": func(tx *db.Tx) error { _, err := r.safe.Open(tx, c.ID); return err },
	} {
		t.Run(what, func(t *testing.T) {
			r.refused(r.ada(), fault.Conflict, "Ada Okafor disconnected WHMCS on", fn)
		})
	}
}

func TestGlobexFindsNothingOfAcmes(t *testing.T) {
	t.Parallel()
	r := open(t)
	c := r.connect("whmcs", nil)
	greta := r.Grant(r.Globex, "greta", access.ManageIntegrations)
	r.As(greta, func(tx *db.Tx) error {
		all, err := integration.List(tx)
		if len(all) != 0 {
			t.Errorf("Greta lists %+v", all)
		}
		some, err2 := integration.ForAction(tx, []string{"whmcs"})
		if len(some) != 0 || err2 != nil {
			t.Errorf("Greta finds %+v, %v", some, err2)
		}
		return err
	})
	verbs := func(id uuid.UUID) map[string]func(*db.Tx) error {
		return map[string]func(*db.Tx) error{
			"find":   func(tx *db.Tx) error { _, err := integration.Find(tx, id); return err },
			"open":   func(tx *db.Tx) error { _, err := r.safe.Open(tx, id); return err },
			"pause":  func(tx *db.Tx) error { _, err := integration.Pause(tx, id, "x"); return err },
			"resume": func(tx *db.Tx) error { _, err := integration.Resume(tx, id); return err },
			"scopes": func(tx *db.Tx) error {
				_, err := integration.ChangeScopes(tx, id, 1, []string{"clients:read"})
				return err
			},
			"details": func(tx *db.Tx) error { _, err := integration.Change(tx, id, 1, integration.DetailsOf(c)); return err },
			"key": func(tx *db.Tx) error {
				_, err := r.safe.ReplaceKey(tx, id, integration.KeyDraft{Version: 1})
				return err
			},
			"end": func(tx *db.Tx) error { _, err := integration.Disconnect(tx, id, "WHMCS"); return err },
		}
	}
	none := verbs(uuid.New())
	for what, foreign := range verbs(c.ID) {
		t.Run(what, func(t *testing.T) {
			a := r.refused(greta, fault.NotFound, "", foreign)
			b := r.refused(greta, fault.NotFound, "", none[what])
			if a.Message != b.Message {
				t.Errorf("%q differs from %q", a.Message, b.Message)
			}
		})
	}
	still := r.done(r.ada(), func(tx *db.Tx) (integration.Connection, error) { return integration.Find(tx, c.ID) })
	if still.Version != 1 {
		t.Errorf("Greta changed it: %+v", still)
	}
}

func TestEverythingIsOnTheAuditTrailAndTheKeyIsNot(t *testing.T) {
	t.Parallel()
	r := open(t)
	c := r.connect("whmcs", nil)
	steps := []func(*db.Tx) (integration.Connection, error){
		func(tx *db.Tx) (integration.Connection, error) {
			return integration.ChangeScopes(tx, c.ID, c.Version, []string{"clients:read"})
		},
		func(tx *db.Tx) (integration.Connection, error) {
			return integration.Change(tx, c.ID, c.Version, integration.DetailsOf(c))
		},
		func(tx *db.Tx) (integration.Connection, error) { return r.newKey(c, "second-"+key)(tx) },
		func(tx *db.Tx) (integration.Connection, error) { return integration.Pause(tx, c.ID, "Audit day") },
		func(tx *db.Tx) (integration.Connection, error) { return integration.Resume(tx, c.ID) },
		func(tx *db.Tx) (integration.Connection, error) { return integration.Disconnect(tx, c.ID, "WHMCS") },
	}
	for _, step := range steps {
		c = r.done(r.ada(), step)
	}
	var acts []string
	for _, e := range r.entries(c.ID) {
		acts = append(acts, strings.TrimPrefix(e.act, "integration."))
		if e.body["object"] != "WHMCS" || e.body["actor"] != "Ada Okafor" {
			t.Errorf("%s tells of %v by %v", e.act, e.body["object"], e.body["actor"])
		}
	}
	if got := strings.Join(acts, " "); got != "connected scopes_changed changed key_rotated paused resumed disconnected" {
		t.Errorf("the trail holds %s", got)
	}
}
