package seal_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/jexi/portal/internal/seal"
)

func keyset(t *testing.T) (seal.Keyset, string) {
	t.Helper()
	encoded, err := seal.NewKeyset()
	if err != nil {
		t.Fatal(err)
	}
	k, err := seal.ParseKeyset(encoded)
	if err != nil {
		t.Fatal(err)
	}
	return k, encoded
}

var place = seal.Context("w1", "connections", "c1", "credential")

func TestWhatIsSealedOpensInItsPlaceOnly(t *testing.T) {
	k, _ := keyset(t)
	sealed, err := k.Seal([]byte("api key"), place)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("api key")) || len(sealed) != len("api key")+33 {
		t.Fatalf("sealed is %d bytes: %q", len(sealed), sealed)
	}
	if plain, err := k.Open(sealed, place); err != nil || string(plain) != "api key" {
		t.Fatalf("opens as %q, %v", plain, err)
	}
	for _, other := range []string{
		seal.Context("w2", "connections", "c1", "credential"),
		seal.Context("w1", "connections", "c2", "credential"),
		seal.Context("w1", "connections", "c1", "refresh"),
		seal.Context("w1", "webhooks", "c1", "credential"), "",
	} {
		if _, err := k.Open(sealed, other); !errors.Is(err, seal.ErrClosed) {
			t.Errorf("opens in %q: %v", other, err)
		}
	}
}

func TestAlteredBytesAndForeignKeysFailClosed(t *testing.T) {
	k, _ := keyset(t)
	foreign, _ := keyset(t)
	sealed, _ := k.Seal([]byte("api key"), place)
	if _, err := foreign.Open(sealed, place); !errors.Is(err, seal.ErrClosed) {
		t.Errorf("a foreign key opens: %v", err)
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := k.Open(bad, place); !errors.Is(err, seal.ErrClosed) {
			t.Errorf("opens with byte %d altered", i)
		}
	}
	for _, short := range [][]byte{nil, {}, sealed[:4], sealed[:32]} {
		if _, err := k.Open(short, place); !errors.Is(err, seal.ErrClosed) {
			t.Errorf("%d bytes open", len(short))
		}
	}
}

func TestTheZeroKeysetNeverStoresPlainText(t *testing.T) {
	var none seal.Keyset
	if _, err := none.Seal([]byte("x"), place); err == nil {
		t.Error("seals without a key")
	}
	if _, err := none.Open([]byte("x"), place); !errors.Is(err, seal.ErrClosed) {
		t.Error("opens without a key")
	}
}

func TestAfterRotationOldValuesOpenAndNewOnesNeedTheNewKey(t *testing.T) {
	old, encoded := keyset(t)
	rotated, err := seal.Rotate(encoded)
	if err != nil {
		t.Fatal(err)
	}
	k, err := seal.ParseKeyset(rotated)
	if err != nil {
		t.Fatal(err)
	}
	before, _ := old.Seal([]byte("before"), place)
	if plain, err := k.Open(before, place); err != nil || string(plain) != "before" {
		t.Errorf("the old value opens as %q, %v", plain, err)
	}
	after, _ := k.Seal([]byte("after"), place)
	if _, err := old.Open(after, place); !errors.Is(err, seal.ErrClosed) {
		t.Error("the new value opens with the old key")
	}
	if k.Primary() == old.Primary() {
		t.Error("the primary key is still the old one")
	}
}

func TestABadKeysetIsRefusedWithoutShowingIt(t *testing.T) {
	_, good := keyset(t)
	raw, _ := base64.StdEncoding.DecodeString(good)
	for _, bad := range []string{"", "!", good[:40], string(raw), base64.StdEncoding.EncodeToString([]byte("{}")),
		base64.StdEncoding.EncodeToString(raw[:len(raw)-9])} {
		_, err := seal.ParseKeyset(bad)
		if err == nil {
			t.Errorf("%.20q is taken for a keyset", bad)
			continue
		}
		if len(bad) > 20 && strings.Contains(err.Error(), bad[len(bad)-20:]) {
			t.Errorf("the error shows the key: %v", err)
		}
	}
}

func TestASecretIsNeverPrinted(t *testing.T) {
	type hidden struct{ inner seal.Secret }
	type open struct{ Inner seal.Secret }
	s := seal.NewSecret("CANARY")
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "s", s, "o", open{s}, "h", hidden{s}, "p", &s)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "s", s, "o", open{s}, "h", hidden{s}, "p", &s)
	asJSON, err := json.Marshal(map[string]any{"s": s, "o": open{s}, "h": hidden{s}})
	if err != nil {
		t.Fatal(err)
	}
	printed := log.String() + string(asJSON)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		printed += fmt.Sprintf(strings.Repeat(verb+" ", 5), s, &s, open{s}, hidden{s}, []any{hidden{s}, map[string]seal.Secret{"k": s}})
	}
	for _, form := range []string{"CANARY", "43414e415259", "43414E415259", "67 65 78"} {
		if strings.Contains(printed, form) {
			t.Errorf("%s is shown in %s", form, printed)
		}
	}
	if s.Reveal() != "CANARY" || s.IsZero() || !(seal.Secret{}).IsZero() || (seal.Secret{}).Reveal() != "" {
		t.Error("Reveal or IsZero is wrong")
	}
}

func TestASignatureVerifiesWithThePublishedKey(t *testing.T) {
	old, err := seal.ParseSigner(seal.NewSigningKey())
	if err != nil {
		t.Fatal(err)
	}
	s, err := seal.ParseSigner(seal.NewSigningKey() + ", pub:" + base64.StdEncoding.EncodeToString(old.Public()))
	if err != nil {
		t.Fatal(err)
	}
	var set struct {
		Keys []struct{ Kid, X, Kty, Crv, Fingerprint string }
	}
	if err := json.Unmarshal(s.PublicKeys(), &set); err != nil || len(set.Keys) != 2 {
		t.Fatalf("%v in %s", err, s.PublicKeys())
	}
	for i, signer := range []seal.Signer{s, old} {
		k := set.Keys[i]
		pub, err := base64.RawURLEncoding.DecodeString(k.X)
		if err != nil || !ed25519.Verify(pub, []byte("text"), signer.Sign([]byte("text"))) {
			t.Errorf("key %d does not verify: %v", i, err)
		}
		if k.Kid != signer.KeyID() || k.Kty != "OKP" || k.Crv != "Ed25519" || k.Fingerprint != seal.Fingerprint(pub) {
			t.Errorf("key %d is described as %+v", i, k)
		}
		if found, ok := s.Find(k.Kid); !ok || !found.Equal(signer.Public()) {
			t.Errorf("key %s is not found", k.Kid)
		}
	}
	if _, ok := s.Find("0000000000000000"); ok {
		t.Error("an unknown key is found")
	}
}

func TestABadSigningKeyIsRefused(t *testing.T) {
	good := seal.NewSigningKey()
	for _, bad := range []string{"", "x", good[:20], good + ",", good + "," + good, good + ",pub:AAAA"} {
		if _, err := seal.ParseSigner(bad); err == nil || strings.Contains(err.Error(), good[:10]) {
			t.Errorf("%.60q: %v", bad, err)
		}
	}
}

func TestDerivedKeysDifferByPurpose(t *testing.T) {
	s, _ := seal.ParseSigner(seal.NewSigningKey())
	a, b := s.Derive("nonce"), s.Derive("cookie")
	if len(a) != 32 || bytes.Equal(a, b) || !bytes.Equal(a, s.Derive("nonce")) {
		t.Fatalf("%x and %x", a, b)
	}
}
