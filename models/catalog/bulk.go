package catalog

func bulkTypes() []*ActionType {
	return []*ActionType{
		{
			Key: "bulk.dns_record_change", Version: 1,
			Title:   "Change a DNS record in many zones",
			Display: "Set the {record_type} record {name} to {value} in {zones}",
			Short:   "Set the {record_type} record {name} in {zones}",
			Params: []Param{
				{Name: "zones", Label: "Zones", Type: List, Item: Domain, Required: true},
				recordNameParam(), recordTypeParam(),
				{Name: "value", Label: "New value", Type: String, Required: true, MaxLen: 4000},
			},
			Target:        []string{"zones", "name", "record_type"},
			Risk:          Critical,
			Floor:         floorOf(Critical),
			Reversibility: Reversible,
			Undo:          Undo{Possible: true, By: "us", Note: "Each zone’s old value can be set again if it was noted; caches keep the new one until its time to live ends."},
			Sensitivity:   []string{"domain_records"},
			Scopes:        dnsScopes("records:write", "dns:write", "dns:write"),
		},
		{
			Key: "bulk.mailbox_restore", Version: 1,
			Title:         "Restore many mailboxes from a backup",
			Display:       "Restore {mailboxes} to their state of {restore_to}",
			Short:         "Restore mailboxes to their state of {restore_to}",
			Params:        []Param{{Name: "mailboxes", Label: "Mailboxes", Type: List, Item: Email, Required: true, Personal: true}, {Name: "restore_to", Label: "State of", Type: Time, Required: true}},
			Target:        []string{"mailboxes"},
			Risk:          Critical,
			Floor:         floorOf(Critical),
			Reversibility: Irreversible,
			Undo:          Undo{By: "nobody", Note: "Mail that came after the backup is overwritten."},
			Sensitivity:   []string{"hosting_records", "email_threads"},
			Scopes:        map[string][]string{"cpanel": {"mail:restore"}, "plesk": {"mail:restore"}},
		},
		{
			Key: "bulk.account_suspend", Version: 1,
			Title:         "Suspend many hosting accounts",
			Display:       "Suspend the hosting accounts {accounts}",
			Params:        []Param{{Name: "accounts", Label: "Hosting accounts", Type: List, Item: String, Form: Ident, MaxLen: 100, Required: true}},
			Target:        []string{"accounts"},
			Risk:          Critical,
			Floor:         floorOf(Critical),
			Reversibility: Reversible,
			Undo:          Undo{Possible: true, By: "us", Note: "The accounts can be switched on again; mail that bounced meanwhile is lost."},
			Sensitivity:   []string{"hosting_records"},
			Scopes:        hostingScopes("services:write", "accounts:suspend", "accounts:write"),
		},
	}
}
