package catalog

func accountParams(more ...Param) []Param {
	return append([]Param{
		{Name: "account", Label: "Hosting account", Type: String, Form: Ident, MaxLen: 100, Required: true},
		{Name: "domain", Label: "Main domain", Type: Domain},
	}, more...)
}

func hostingScopes(whmcs, whm, plesk string) map[string][]string {
	return map[string][]string{"whmcs": {whmcs}, "cpanel": {whm}, "plesk": {plesk}}
}

func hostingTypes() []*ActionType {
	return []*ActionType{
		{
			Key: "hosting.account.terminate", Version: 1,
			Title:         "Terminate a hosting account",
			Display:       "Terminate the hosting account {account}",
			Params:        accountParams(Param{Name: "keep_dns", Label: "Keep the DNS zone", Type: Bool}),
			Target:        []string{"account"},
			Risk:          Critical,
			Floor:         floorOf(Critical),
			Reversibility: Irreversible,
			Undo:          Undo{By: "nobody", Note: "Files, databases and mailboxes are gone. Only a backup kept elsewhere brings them back."},
			Sensitivity:   []string{"hosting_records"},
			Scopes:        hostingScopes("services:terminate", "accounts:terminate", "accounts:delete"),
		},
		{
			Key: "hosting.account.suspend", Version: 1,
			Title:         "Suspend a hosting account",
			Display:       "Suspend the hosting account {account}",
			Params:        accountParams(Param{Name: "note", Label: "Note on the account", Type: String}),
			Target:        []string{"account"},
			Risk:          Medium,
			Floor:         floorOf(Medium),
			Reversibility: Reversible,
			Undo:          Undo{Possible: true, By: "us", Note: "The account can be switched on again at any time; mail that bounced meanwhile is lost."},
			Sensitivity:   []string{"hosting_records"},
			Scopes:        hostingScopes("services:write", "accounts:suspend", "accounts:write"),
		},
		{
			Key: "hosting.account.password_reset", Version: 1,
			Title:         "Reset a hosting account’s password",
			Display:       "Reset the password of the hosting account {account}",
			Params:        accountParams(Param{Name: "send_to", Label: "Send to", Type: Email, Personal: true}),
			Target:        []string{"account"},
			Risk:          High,
			Floor:         floorOf(High),
			Reversibility: ExternallyReversible,
			Undo:          Undo{By: "nobody", Note: "Whoever gets the new password has the account. The old password does not come back."},
			Sensitivity:   []string{"hosting_records", "account_records"},
			Scopes:        hostingScopes("services:write", "accounts:password", "accounts:write"),
		},
	}
}
