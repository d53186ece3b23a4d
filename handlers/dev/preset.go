package dev

import (
	"crypto/rand"
	"math/big"
	"strconv"

	"github.com/jexi/portal/models/catalog"
	view "github.com/jexi/portal/views/dev"
)

// presets are asks of every risk that a person decides, each with another ticket every time:
// an identical ask would only join the open one.
func presets(workspace string) []view.Preset {
	form := func(kind, why string, values map[string]string) view.AskForm {
		f := blank(workspace, kind)
		f.Values, f.Explanation = values, why
		return f
	}
	return []view.Preset{
		{Title: "Refund 184.00 EUR", Text: "Medium risk: decided from the mail, with its code and the typed client.",
			Form: form("billing.refund", "The client was charged twice for the same period.",
				map[string]string{"client_id": "20418", "amount": "184.00", "currency": "EUR", "invoice_id": "INV-" + number()})},
		{Title: "Transfer a domain away", Text: "High risk: the mail only leads to sign-in, with a fresh passkey or code.",
			Form: form("registrar.domain.transfer_out", "The registrant asked for the transfer and confirmed it by mail.",
				map[string]string{"domain": "linden-studio.example", "gaining_registrar": "Otherwise Domains"})},
		{Title: "Delete a DNS zone", Text: "Critical: no link in the mail, and two people.",
			Form: form("dns.zone.delete", "The client closed the shop and asked to remove the zone.", map[string]string{"zone": "old-shop.example"})},
		{Title: "Change a mail record", Text: "Medium risk: a wrong MX record stops a client’s mail.",
			Form: form("dns.record.change", "The client moves its mail and gave the new server.",
				map[string]string{"zone": "atlas-bakery.example", "name": "@", "record_type": "MX", "value": "10 mail.hoster.example", "ttl": "3600"})},
	}
}

// blank is a form for one action with values that it would accept.
func blank(workspace, kind string) view.AskForm {
	f := view.AskForm{Workspace: workspace, Type: kind, Client: "20418", Ticket: number(), Values: map[string]string{}}
	if t, ok := catalog.Find(kind); ok {
		for _, p := range t.Params {
			if p.Required {
				f.Values[p.Name] = example(p)
			}
		}
	}
	return f
}

func example(p catalog.Param) string {
	switch p.Type {
	case catalog.Domain:
		return "linden-studio.example"
	case catalog.Money:
		return "184.00"
	case catalog.Email:
		return "client20418@mail.example"
	case catalog.IP:
		return "192.0.2.17"
	case catalog.Enum:
		if p.Name == "currency" {
			return "EUR"
		}
		return p.Values[0]
	case catalog.Bool:
		return "true"
	}
	return ""
}

// number is a ticket's or invoice's number that was hardly used before.
func number() string {
	n, err := rand.Int(rand.Reader, big.NewInt(900_000))
	if err != nil {
		panic(err) // never: the system's source does not fail
	}
	return strconv.FormatInt(100_000+n.Int64(), 10)
}
