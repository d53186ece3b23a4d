package demo

import (
	"fmt"
	"math/rand/v2"
)

// deed is a kind of ask with its share of all asks.
type deed struct {
	kind   string
	weight int
	why    string
	params func(r *rand.Rand, client, domain string) map[string]any
}

func money(r *rand.Rand, most int) string { return fmt.Sprintf("%d.%02d", 4+r.IntN(most), r.IntN(100)) }

func refund(r *rand.Rand, client, _ string) map[string]any {
	most := 46
	if r.IntN(6) == 0 {
		most = 400
	}
	return map[string]any{"client_id": client, "amount": money(r, most), "currency": "EUR", "invoice_id": fmt.Sprintf("INV-%d", 30000+r.IntN(9000))}
}

func credit(r *rand.Rand, client, _ string) map[string]any {
	return map[string]any{"client_id": client, "amount": money(r, 120), "currency": "EUR"}
}

func domainOnly(_ *rand.Rand, _, domain string) map[string]any {
	return map[string]any{"domain": domain}
}

func nameservers(r *rand.Rand, _, domain string) map[string]any {
	n := 1 + r.IntN(8)
	return map[string]any{"domain": domain, "nameservers": []string{fmt.Sprintf("ns%d.hoster.example", n), fmt.Sprintf("ns%d.hoster.example", n+1)}}
}

func record(r *rand.Rand, _, domain string) map[string]any {
	kind := []string{"A", "A", "TXT", "CNAME", "AAAA", "MX"}[r.IntN(6)]
	value := map[string]string{"A": "192.0.2.17", "AAAA": "2001:db8::17", "TXT": "v=spf1 include:mail.example -all", "CNAME": "shops.example", "MX": "10 mail.example"}[kind]
	return map[string]any{"zone": domain, "name": []string{"www", "shop", "mail", "@"}[r.IntN(4)], "record_type": kind, "value": value}
}

func account(r *rand.Rand, client, domain string) map[string]any {
	return map[string]any{"account": "c" + client, "domain": domain}
}

func reply(r *rand.Rand, client, domain string) map[string]any {
	return map[string]any{"to": "client" + client + "@mail.example", "subject": "Your question about " + domain, "body": "Hello,\n\nthe renewal went through and " + domain + " stays yours for another year.\n\nNorthmoor Hosting"}
}

func registrant(_ *rand.Rand, client, domain string) map[string]any {
	return map[string]any{"domain": domain, "registrant_name": "Client " + client, "registrant_email": "client" + client + "@mail.example"}
}

func deedsOf(slug string) []deed {
	if slug == "tidewater" {
		return []deed{
			{"registrar.domain.nameservers_change", 8, "The reseller's customer moves to another host.", nameservers},
			{"registrar.domain.transfer_out", 3, "The registrant asked for the transfer and confirmed it by mail.", domainOnly},
			{"registrar.domain.registrant_change", 3, "The company was renamed.", registrant},
			{"registrar.domain.renew_off", 6, "The registrant lets the domain end.", domainOnly},
			{"billing.refund", 4, "The renewal was paid twice.", refund},
			{"dns.record.change", 8, "The customer asked for the record in the ticket.", record},
		}
	}
	return []deed{
		{"mail.reply.send", 26, "The answer stands in the knowledge base.", reply},
		{"billing.refund", 9, "The client was charged twice for the same period.", refund},
		{"billing.credit", 7, "The outage of last week is credited as agreed.", credit},
		{"dns.record.change", 18, "The client asked for this record in the ticket.", record},
		{"registrar.domain.nameservers_change", 4, "The client moves the site to another host.", nameservers},
		{"registrar.domain.transfer_out", 1, "The registrant asked for the transfer and confirmed it by mail.", domainOnly},
		{"hosting.account.suspend", 3, "Two reminders were not paid.", account},
		{"hosting.account.password_reset", 2, "The client proved who they are by phone code.", account},
		{"registrar.domain.renew_off", 3, "The client lets the domain end.", domainOnly},
	}
}

func pick(r *rand.Rand, deeds []deed) deed {
	sum := 0
	for _, d := range deeds {
		sum += d.weight
	}
	n := r.IntN(sum)
	for _, d := range deeds {
		if n -= d.weight; n < 0 {
			return d
		}
	}
	return deeds[0]
}

var words1 = []string{"okra", "verre", "brandt", "nord", "linden", "atlas", "kiefer", "salt", "ferro", "mira", "tondo", "quarz"}
var words2 = []string{"market", "bleu", "keramik", "stern", "garten", "werk", "reisen", "studio", "bakery", "optik", "cycles", "haus"}
