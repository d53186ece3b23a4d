package catalog

func accountTypes() []*ActionType {
	return []*ActionType{{
		Key: "account.close", Version: 1,
		Title:         "Close a client’s account",
		Display:       "Close the account of client {client_id}",
		Params:        []Param{clientParam(), {Name: "close_on", Label: "Close on", Type: Time}},
		Target:        []string{"client_id"},
		Risk:          Critical,
		Floor:         floorOf(Critical),
		Reversibility: Irreversible,
		Undo:          Undo{By: "nobody", Note: "All services of the client end and their data is deleted by the vendors' own times."},
		Sensitivity:   []string{"account_records", "billing_records", "hosting_records", "domain_records"},
		Scopes:        map[string][]string{"whmcs": {"clients:close"}, "rest": {"records:delete"}},
	}}
}
