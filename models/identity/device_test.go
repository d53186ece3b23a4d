package identity_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
)

// device is an authenticator with one passkey, as WebAuthn defines it: it signs what a browser
// at origin would have it sign.
type device struct {
	t      testing.TB
	origin string
	rp     string
	id     []byte
	handle []byte
	key    *ecdsa.PrivateKey
	count  uint32
	still  bool // it does not count, as many passkeys
	flags  byte // of the next answer
}

const (
	present  = 0x01
	verified = 0x04
	attested = 0x40
)

func newDevice(t testing.TB) *device {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 32)
	rand.Read(id)
	return &device{t: t, origin: "https://portal.example", rp: "portal.example", id: id, key: key, flags: present | verified}
}

var b64 = base64.RawURLEncoding

// create answers the options of a registration.
func (d *device) create(o *protocol.CredentialCreation) string {
	d.t.Helper()
	d.handle = o.Response.User.ID.(protocol.URLEncodedBase64)
	point, err := d.key.PublicKey.Bytes()
	if err != nil {
		d.t.Fatal(err)
	}
	cose := d.cbor(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
	data := d.data(attested)
	data = append(data, make([]byte, 16)...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(d.id)))
	data = append(append(data, d.id...), cose...)
	object := d.cbor(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data})
	return d.answer(map[string]any{"clientDataJSON": d.client("webauthn.create", o.Response.Challenge), "attestationObject": b64.EncodeToString(object)})
}

// get answers the options of an assertion.
func (d *device) get(o *protocol.CredentialAssertion) string {
	d.t.Helper()
	if !d.still {
		d.count++
	}
	data, client := d.data(0), d.client("webauthn.get", o.Response.Challenge)
	raw, _ := b64.DecodeString(client)
	hash := sha256.Sum256(raw)
	digest := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, d.key, digest[:])
	if err != nil {
		d.t.Fatal(err)
	}
	return d.answer(map[string]any{"clientDataJSON": client, "authenticatorData": b64.EncodeToString(data),
		"signature": b64.EncodeToString(signature), "userHandle": b64.EncodeToString(d.handle)})
}

func (d *device) data(more byte) []byte {
	rp := sha256.Sum256([]byte(d.rp))
	return binary.BigEndian.AppendUint32(append(rp[:], d.flags|more), d.count)
}

func (d *device) client(kind string, challenge []byte) string {
	b, _ := json.Marshal(map[string]any{"type": kind, "challenge": b64.EncodeToString(challenge), "origin": d.origin, "crossOrigin": false})
	return b64.EncodeToString(b)
}

func (d *device) answer(response map[string]any) string {
	b, _ := json.Marshal(map[string]any{"id": b64.EncodeToString(d.id), "rawId": b64.EncodeToString(d.id), "type": "public-key",
		"clientExtensionResults": map[string]any{}, "response": response})
	return string(b)
}

func (d *device) cbor(v any) []byte {
	b, err := webauthncbor.Marshal(v)
	if err != nil {
		d.t.Fatal(err)
	}
	return b
}
