package catalog

func salesKinds() []*Kind {
	return []*Kind{
		{
			Key: "hubspot", Name: "HubSpot", Category: "crm", Auth: OAuth2, ByKey: true,
			Fields: []KeyField{
				keyField("Access token of a private app", "Settings, Integrations, Private apps.", "pat-eu1-… about 44 characters"),
			},
			Scopes: []Scope{
				{"contacts:read", "crm.objects.contacts.read", "Read contacts", Reads},
				{"contacts:write", "crm.objects.contacts.write", "Change contacts", Writes},
				{"contacts:delete", "crm.objects.contacts.write", "Merge and delete contacts", Destroys},
				{"companies:read", "crm.objects.companies.read", "Read companies", Reads},
			},
			Categories: []string{"crm_records", "account_records", "email_threads"},
			Narrow:     "Give the private app only the scopes above that a workflow needs.",
		},
		{
			Key: "salesforce", Name: "Salesforce", Category: "crm", Auth: OAuth2,
			Scopes: []Scope{
				{"contacts:read", "Contact: Read", "Read contacts", Reads},
				{"contacts:write", "Contact: Edit", "Change contacts", Writes},
				{"contacts:delete", "Contact: Delete", "Merge and delete contacts", Destroys},
				{"cases:read", "Case: Read", "Read cases", Reads},
			},
			Categories: []string{"crm_records", "account_records", "tickets"},
			Narrow:     "Use an integration user with a permission set of its own, without Modify All Data.",
		},
		{
			Key: "stripe", Name: "Stripe", Category: "billing", Auth: APIKey, ByKey: true,
			Fields: []KeyField{
				keyField("Restricted key", "Developers, API keys, Create restricted key. Not the secret key: it can do everything.", "rk_live_… about 107 characters"),
			},
			Scopes: []Scope{
				{"charges:read", "Charges: Read", "Read payments", Reads},
				{"customers:read", "Customers: Read", "Read customers", Reads},
				{"customers:write", "Customers: Write, PaymentMethods: Write", "Change customers and how they pay", Writes},
				{"credits:write", "Customers: Write", "Give credit", Writes},
				{"invoices:read", "Invoices: Read", "Read invoices", Reads},
				{"invoices:write", "Invoices: Write", "Write and void invoices", Destroys},
				{"refunds:write", "Refunds: Write", "Return money to a customer", Destroys},
			},
			Categories: []string{"billing_records", "account_records"},
			Narrow:     "Create a restricted key with None for everything else, and limit it to Jexi’s addresses.",
		},
		{
			Key: "whmcs", Name: "WHMCS", Category: "billing", Auth: APIKey, ByKey: true,
			Fields: []KeyField{
				addressField("WHMCS address", "The address of your WHMCS, with https.", "https://billing.northmoor.example"),
				{Name: "user", Label: "API identifier", Help: "Configuration, Manage API credentials, Generate.", Example: "32 letters and digits", Paired: true, Trim: true, MaxLen: 200},
				keyField("API secret", "Shown once, beside the identifier.", "32 letters and digits"),
			},
			Scopes: []Scope{
				{"clients:read", "GetClients, GetClientsDetails", "Read names, addresses, contact history", Reads},
				{"clients:write", "UpdateClient, UpdatePayMethod", "Change names, e-mail, addresses and how clients pay", Writes},
				{"clients:credit", "AddCredit", "Give a client credit", Writes},
				{"clients:close", "CloseClient", "Close a client’s account", Destroys},
				{"invoices:read", "GetInvoices, GetInvoice", "Read invoices", Reads},
				{"invoices:write", "CreateInvoice, UpdateInvoice", "Write and void invoices", Destroys},
				{"invoices:refund", "AddTransaction", "Return money for an invoice", Destroys},
				{"orders:read", "GetOrders", "Read orders", Reads},
				{"domains:read", "GetClientsDomains", "Read domains", Reads},
				{"domains:write", "DomainUpdateNameservers, DomainUpdateWhoisInfo, UpdateClientDomain", "Change nameservers, registrants and renewal", Writes},
				{"domains:transfer", "DomainRequestEPP, DomainUpdateLockingStatus, DomainRelease", "Unlock domains, show transfer codes, let domains go", Destroys},
				{"services:read", "GetClientsProducts", "Read hosting services", Reads},
				{"services:write", "ModuleSuspend, ModuleUnsuspend, ModuleChangePw", "Suspend services and reset their passwords", Writes},
				{"services:terminate", "ModuleTerminate", "Terminate services", Destroys},
				{"tickets:read", "GetTickets, GetTicket", "Read tickets", Reads},
				{"tickets:reply", "AddTicketReply", "Answer tickets", Writes},
			},
			Categories: []string{"tickets", "domain_records", "hosting_records", "billing_records", "account_records", "operational_records"},
			Narrow:     "Make an API role with only the calls you need and an admin that only Jexi uses. Deleting that admin ends the key; a global access key goes around the list of addresses.",
		},
	}
}
