package catalog

func hostingKinds() []*Kind {
	return []*Kind{
		{
			Key: "cpanel", Name: "cPanel and WHM", Category: "hosting", Auth: APIKey, ByKey: true,
			Fields: []KeyField{
				addressField("WHM address", "Server name and port.", "https://server1.northmoor.example:2087"),
				userField("WHM user", "The reseller or root user the token belongs to.", "jexi"),
				keyField("API token", "WHM, Development, Manage API Tokens.", "32 capital letters and digits"),
			},
			Scopes: []Scope{
				{"accounts:read", "list-accts", "Read hosting accounts", Reads},
				{"accounts:suspend", "suspend-acct", "Suspend accounts and switch them on again", Writes},
				{"accounts:password", "passwd", "Reset account passwords", Writes},
				{"accounts:terminate", "kill-acct", "Terminate accounts", Destroys},
				{"dns:read", "edit-dns", "Read DNS zones", Reads},
				{"dns:write", "edit-dns", "Change DNS records", Writes},
				{"dns:delete", "kill-dns", "Delete DNS zones", Destroys},
				{"mail:read", "cpanel-api", "See mailboxes", Reads},
				{"mail:write", "cpanel-api", "Change mailboxes and forwarding", Writes},
				{"mail:restore", "file-restore", "Restore mailboxes from a backup", Destroys},
				{"mail:delete", "cpanel-api", "Delete mailboxes", Destroys},
			},
			Categories: []string{"hosting_records", "domain_records", "email_threads"},
			Narrow:     "A token without a list of privileges can do everything: choose them one by one, set an end date and the allowed addresses.",
		},
		{
			Key: "plesk", Name: "Plesk", Category: "hosting", Auth: APIKey, ByKey: true,
			Fields: []KeyField{
				addressField("Plesk address", "Server name and port.", "https://server2.northmoor.example:8443"),
				keyField("Secret key", "Made with: plesk bin secret_key --create -ip-address …", "8-4-4-4-12 letters and digits"),
			},
			Scopes: []Scope{
				{"accounts:read", "GET /clients, /domains", "Read subscriptions and accounts", Reads},
				{"accounts:write", "PUT /clients, /domains", "Suspend accounts and reset their passwords", Writes},
				{"accounts:delete", "DELETE /clients, /domains", "Delete accounts", Destroys},
				{"dns:read", "GET /dns/records", "Read DNS zones", Reads},
				{"dns:write", "POST, PUT, DELETE /dns/records", "Change DNS records", Writes},
				{"dns:delete", "cli: dns --del-all", "Delete DNS zones", Destroys},
				{"mail:read", "cli: mail --info", "See mailboxes", Reads},
				{"mail:write", "cli: mail --update", "Change mailboxes and forwarding", Writes},
				{"mail:restore", "pleskrestore", "Restore mailboxes from a backup", Destroys},
				{"mail:delete", "cli: mail --remove", "Delete mailboxes", Destroys},
			},
			Categories: []string{"hosting_records", "domain_records", "email_threads"},
			Narrow:     "Bind the key to Jexi’s addresses and to a user that owns only the subscriptions it needs.",
		},
		{
			Key: "cloudflare", Name: "Cloudflare DNS", Category: "dns", Auth: APIKey, ByKey: true,
			Fields: []KeyField{
				keyField("API token", "My Profile, API Tokens, Create Token, template Edit zone DNS. Not the global key.", "40 letters, digits, hyphens, underscores"),
			},
			Scopes: []Scope{
				{"zones:read", "Zone: Read", "See zones", Reads},
				{"zones:delete", "Zone: Edit", "Delete zones", Destroys},
				{"records:read", "DNS: Read", "Read DNS records", Reads},
				{"records:write", "DNS: Edit", "Change and delete DNS records", Writes},
			},
			Categories: []string{"domain_records"},
			Narrow:     "Limit the token to the zones it needs, to Jexi’s addresses, and give it an end date.",
		},
	}
}

func genericKinds() []*Kind {
	return []*Kind{
		{
			Key: "registrar", Name: "Registrar (EPP style)", Category: "registrar", Auth: Basic, ByKey: true,
			Fields: []KeyField{
				addressField("Server", "Name and port.", "epp.registrar.example:700"),
				userField("Account", "The client id at the registrar.", "northmoor-jexi"),
				keyField("Password or API key", "Of an account made for Jexi where the registrar allows one.", "as the registrar shows it"),
			},
			Scopes: []Scope{
				{"domain:read", "domain:info, domain:check", "Read domains", Reads},
				{"domain:update", "domain:update", "Change nameservers and renewal", Writes},
				{"contact:update", "contact:update, domain:update", "Change registrants", Destroys},
				{"domain:transfer", "domain:transfer, domain:update", "Unlock domains, show transfer codes, let domains go", Destroys},
				{"domain:delete", "domain:delete", "Delete domains", Destroys},
			},
			Categories: []string{"domain_records", "account_records"},
			Narrow:     "Reseller keys mostly can do everything or nothing: transfers, unlocks and deletions therefore always ask.",
		},
		{
			Key: "rest", Name: "Generic REST API", Category: "other", Auth: APIKey, ByKey: true,
			Fields: []KeyField{
				addressField("Base address", "With https; Jexi calls nothing outside it.", "https://api.northmoor.example/v1"),
				keyField("Key", "Sent as a bearer token.", "as the system shows it"),
			},
			Scopes: []Scope{
				{"records:read", "GET", "Read records", Reads},
				{"records:write", "POST, PUT, PATCH", "Change records", Writes},
				{"records:delete", "DELETE", "Delete records", Destroys},
			},
			Categories: []string{"operational_records", "account_records"},
			Narrow:     "Make a key that reaches only the addresses a workflow calls.",
		},
	}
}
