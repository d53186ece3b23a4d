package catalog

import "slices"

// Kind is one sort of system that a workspace can connect.
type Kind struct {
	Key        string // "whmcs"
	Name       string // "WHMCS"
	Category   string // helpdesk mail chat crm billing hosting dns registrar other
	Auth       Auth   // the vendor's first way in
	ByKey      bool   // can be connected now, by typing Fields
	Fields     []KeyField
	Scopes     []Scope
	Categories []string // data categories that Jexi touches through it
	Narrow     string   // how to make a key that can do no more than needed
}

// Auth says how the vendor lets a program in.
type Auth string

const (
	OAuth2 Auth = "oauth2"
	APIKey Auth = "api_key"
	Basic  Auth = "basic"
)

// KeyField is one input of the form that connects a system.
type KeyField struct {
	Name    string
	Label   string
	Help    string
	Example string // shows the format, is no real key
	Secret  bool   // sealed, never shown again
	Trim    bool   // spaces and line breaks around a pasted value are dropped
	Server  bool   // names a server: a host with a dot, perhaps with port and path
	Paired  bool   // issued together with the key: a new key brings a new one
	MaxLen  int
}

// Access orders scopes by what they let a program do.
type Access string

const (
	Reads    Access = "read"
	Writes   Access = "write"
	Destroys Access = "irreversible"
)

// Scope is one permission at a vendor, in our words.
type Scope struct {
	Name    string // ours: "invoices:refund"
	Vendor  string // the vendor's own name for it
	Meaning string // plain words: "Return money for an invoice"
	Access  Access
}

// Kinds returns every integration kind, in the order pages show them.
func Kinds() []*Kind {
	return slices.Clone(kinds)
}

var kinds = slices.Concat(helpdeskKinds(), mailKinds(), salesKinds(), hostingKinds(), genericKinds())

// FindKind finds an integration kind by key. Nobody may change what it points to.
func FindKind(key string) (*Kind, bool) {
	for _, k := range kinds {
		if k.Key == key {
			return k, true
		}
	}
	return nil, false
}

// Scope finds one of the kind's scopes by name.
func (k *Kind) Scope(name string) (Scope, bool) {
	for _, s := range k.Scopes {
		if s.Name == name {
			return s, true
		}
	}
	return Scope{}, false
}

// Actions returns the action types that the kind can carry out, sorted by key.
func (k *Kind) Actions() []*ActionType {
	var can []*ActionType
	for _, t := range Types() {
		if t.CanDo(k.Key) {
			can = append(can, t)
		}
	}
	return can
}

func addressField(label, help, example string) KeyField {
	return KeyField{Name: "address", Label: label, Help: help, Example: example, Server: true, Trim: true, MaxLen: 200}
}

func keyField(label, help, example string) KeyField {
	return KeyField{Name: "key", Label: label, Help: help, Example: example, Secret: true, Trim: true, MaxLen: 4000}
}

func userField(label, help, example string) KeyField {
	return KeyField{Name: "user", Label: label, Help: help, Example: example, Trim: true, MaxLen: 200}
}
