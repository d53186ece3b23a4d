package catalog

import "slices"

// alike are sets of types with which the same can be brought about: many small ones instead of a
// large one, steps of one thing, another name for it. An agent that is held at one may try another.
func alike() [][]string {
	return [][]string{
		{"dns.zone.delete", "dns.record.delete", "dns.record.change", "bulk.dns_record_change"},
		{"billing.refund", "billing.credit", "billing.void"},
		{"registrar.domain.transfer_out", "registrar.domain.unlock", "registrar.domain.authcode_reveal", "registrar.domain.registrant_change"},
		{"registrar.domain.delete", "registrar.domain.renew_off"},
		{"registrar.domain.nameservers_change", "dns.record.change"},
		{"hosting.account.terminate", "account.close"},
		{"hosting.account.suspend", "bulk.account_suspend"},
		{"crm.contact.delete", "crm.contact.merge"},
		{"hosting.account.password_reset", "crm.contact.email_change", "mail.mailbox.forward_add"},
	}
}

// Alike are the other types with which the same can be brought about as with this one, in the
// catalog's order.
func Alike(key string) []*ActionType {
	return slices.DeleteFunc(slices.Clone(Types()), func(t *ActionType) bool {
		return t.Key == key || !slices.ContainsFunc(alike(), func(set []string) bool {
			return slices.Contains(set, key) && slices.Contains(set, t.Key)
		})
	})
}
