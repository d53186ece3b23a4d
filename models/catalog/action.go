// Package catalog holds what the portal knows about the world as data, not code:
// action types, integration kinds with their scopes, data categories and default rules.
//
// It promises that every name used in one list exists in the others (a test proves it)
// and that an action type's version changes whenever its parameters do and never goes.
// It knows no workspace and no database.
package catalog

// Risk orders action types by what goes wrong when they are wrong.
type Risk int

const (
	Low Risk = iota + 1
	Medium
	High
	Critical
)

// Reversibility says what it takes to take an action back.
type Reversibility string

const (
	ReadOnly             Reversibility = "read_only"
	Reversible           Reversibility = "reversible"
	ExternallyReversible Reversibility = "externally_reversible" // only someone outside can give it back, if they agree
	Irreversible         Reversibility = "irreversible"
)

// Type is a parameter's type.
type Type string

const (
	String  Type = "string"
	Int     Type = "int"     // JSON integer within ±(2^53-1)
	Decimal Type = "decimal" // JSON string, "-12.5": no exponent, at most 12 digits before and 6 after the point
	Money   Type = "money"   // JSON string, "184.00": not negative; Currency names the sibling parameter
	Bool    Type = "bool"
	Enum    Type = "enum"
	Domain  Type = "domain" // compared as lower-case A-label without trailing dot
	Email   Type = "email"
	IP      Type = "ip"
	Time    Type = "time" // RFC 3339 with zone
	List    Type = "list" // of Item, at most 1,000 entries
)

// Form narrows what a String may hold.
type Form string

const (
	Line  Form = ""      // one line of text
	Prose Form = "prose" // line breaks and tabs allowed
	Ident Form = "id"    // a vendor's id: ASCII letters, digits and ._:@/#+-
	Host  Form = "host"  // DNS name relative to its zone, lower-case; "@" is the zone itself
)

// Param is one typed parameter of an action.
type Param struct {
	Name     string
	Label    string // for people, sentence case: "Invoice"
	Type     Type
	Form     Form     // of a String
	Item     Type     // of a List
	Values   []string // of an Enum
	Currency string   // of a Money: the parameter that holds its ISO 4217 code
	Required bool
	Personal bool // personal data: never in subject lines or webhooks
	MaxLen   int  // of a String, code points, default 200
}

// Undo is the contract about taking the action back, shown to whoever decides.
type Undo struct {
	Possible bool
	By       string // "us", "provider", "nobody"
	Within   string // plain words: "30 days"
	Note     string // one sentence for the decision page
}

// Words answer whether it can be undone, and how.
func (u Undo) Words() string {
	if u.Possible {
		return "Yes. " + u.Note
	}
	return "No. " + u.Note
}

// Floor is the least policy that no workspace can weaken.
type Floor struct {
	Ask    bool // never without a person
	People int  // at least this many distinct people
	Proof  Proof
}

// Proof is what an approver must show, in rising strength.
type Proof int

const (
	NoProof    Proof = iota
	Code             // the six-character code printed in the mail
	CodeTarget       // the code and the target's name typed
	StepUp           // signed in, with a fresh passkey or TOTP
	StepUpOnly       // as StepUp, and no link in any mail
)

// ActionType is one kind of action that Jexi's agents may ask for.
type ActionType struct {
	Key           string   // "billing.refund"
	Version       int      // changes with Params; part of every digest
	Title         string   // infinitive for menus: "Refund a client"
	Category      string   // registrar dns hosting mail billing crm account data bulk
	Kinds         []string // integration kinds that can do it: the keys of Scopes, sorted
	Params        []Param
	Reversibility Reversibility
	Undo          Undo
	Regulated     []string // labels: "icann_transfer", "gdpr_erasure", "pci"
	Sensitivity   []string // data categories touched
	Risk          Risk
	Scopes        map[string][]string // integration kind -> scopes needed
	Target        []string            // parameters that name the target
	Display       string              // template: "Refund {amount} {currency} to client {client_id}"; required parameters only
	Short         string              // template for subject lines where Display names a Personal parameter
	Floor         Floor
}
