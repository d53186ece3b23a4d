package catalog

func clientParam() Param {
	return Param{Name: "client_id", Label: "Client", Type: String, Form: Ident, MaxLen: 100, Required: true}
}

func invoiceParam(required bool) Param {
	return Param{Name: "invoice_id", Label: "Invoice", Type: String, Form: Ident, MaxLen: 100, Required: required}
}

func moneyParams() []Param {
	return []Param{
		clientParam(),
		{Name: "amount", Label: "Amount", Type: Money, Currency: "currency", Required: true},
		{Name: "currency", Label: "Currency", Type: Enum, Values: Currencies(), Required: true},
		invoiceParam(false),
	}
}

func billingTypes() []*ActionType {
	return []*ActionType{
		{
			Key: "billing.refund", Version: 1,
			Title:   "Refund a client",
			Display: "Refund {amount} {currency} to client {client_id}",
			Params:  moneyParams(),
			Target:  []string{"client_id", "invoice_id"},
			Risk:    Medium,
			Floor:   floorOf(Medium),
			// The client could pay again: small refunds need no one where no rule asks.
			Reversibility: ExternallyReversible,
			Undo:          Undo{By: "nobody", Note: "Money leaves at once. Only the client can pay it back."},
			Sensitivity:   []string{"billing_records"},
			Scopes:        map[string][]string{"whmcs": {"invoices:refund"}, "stripe": {"refunds:write"}},
		},
		{
			Key: "billing.credit", Version: 1,
			Title:         "Give a client credit",
			Display:       "Credit {amount} {currency} to client {client_id}",
			Params:        moneyParams(),
			Target:        []string{"client_id", "invoice_id"},
			Risk:          Low,
			Floor:         floorOf(Low),
			Reversibility: Reversible,
			Undo:          Undo{Possible: true, By: "us", Within: "until the client uses it", Note: "The credit can be taken back until the client uses it."},
			Sensitivity:   []string{"billing_records"},
			Scopes:        map[string][]string{"whmcs": {"clients:credit"}, "stripe": {"credits:write"}},
		},
		{
			Key: "billing.void", Version: 1,
			Title:         "Void an invoice",
			Display:       "Void invoice {invoice_id} of client {client_id}",
			Params:        []Param{clientParam(), invoiceParam(true)},
			Target:        []string{"invoice_id", "client_id"},
			Risk:          Medium,
			Floor:         floorOf(Medium),
			Reversibility: ExternallyReversible,
			Undo:          Undo{By: "nobody", Note: "A voided invoice stays void. A new one can be written under a new number."},
			Sensitivity:   []string{"billing_records"},
			Scopes:        map[string][]string{"whmcs": {"invoices:write"}, "stripe": {"invoices:write"}},
		},
		paymentMethodChange(),
	}
}

func paymentMethodChange() *ActionType {
	return &ActionType{
		Key: "billing.payment_method_change", Version: 1,
		Title:   "Change how a client pays",
		Display: "Change the payment method of client {client_id} to {method}",
		Params: []Param{
			clientParam(),
			{Name: "method", Label: "Method", Type: Enum, Values: []string{"card", "direct_debit", "bank_transfer", "wallet", "none"}, Required: true},
			// The vendor's reference of the stored method, never the number itself.
			{Name: "method_ref", Label: "Vendor's reference", Type: String, Form: Ident, MaxLen: 100},
		},
		Target:        []string{"client_id"},
		Risk:          High,
		Floor:         floorOf(High),
		Reversibility: Reversible,
		Undo:          Undo{Possible: true, By: "us", Note: "The old method can be set again if it is still stored; payments made meanwhile stay."},
		Regulated:     []string{"pci"},
		Sensitivity:   []string{"billing_records", "account_records"},
		Scopes:        map[string][]string{"whmcs": {"clients:write"}, "stripe": {"customers:write"}},
	}
}
