package catalog

func dataParams() []Param {
	return []Param{
		{Name: "category", Label: "Data category", Type: Enum, Values: categoryKeys(), Required: true},
		{Name: "subject_ref", Label: "About", Type: String, Form: Ident, MaxLen: 100, Required: true},
	}
}

func dataTypes() []*ActionType {
	return []*ActionType{
		{
			Key: "data.export", Version: 1,
			Title:         "Export a client’s data",
			Display:       "Export {category} about {subject_ref}",
			Params:        append(dataParams(), Param{Name: "send_to", Label: "Send to", Type: Email, Personal: true}),
			Target:        []string{"subject_ref", "category"},
			Risk:          High,
			Floor:         floorOf(High),
			Reversibility: Irreversible,
			Undo:          Undo{By: "nobody", Note: "What has been handed out cannot be called back."},
			Regulated:     []string{"gdpr_access"},
			Sensitivity:   categoryKeys(),
			Scopes: map[string][]string{
				"zendesk": {"tickets:read", "users:read"}, "hubspot": {"contacts:read"}, "salesforce": {"contacts:read"},
				"whmcs": {"clients:read"}, "rest": {"records:read"},
			},
		},
		{
			Key: "data.delete", Version: 1,
			Title:         "Delete a client’s data",
			Display:       "Delete {category} about {subject_ref}",
			Params:        dataParams(),
			Target:        []string{"subject_ref", "category"},
			Risk:          Critical,
			Floor:         floorOf(Critical),
			Reversibility: Irreversible,
			Undo:          Undo{By: "nobody", Note: "Deleted data does not come back, and backups follow by their own times."},
			Regulated:     []string{"gdpr_erasure"},
			Sensitivity:   categoryKeys(),
			Scopes: map[string][]string{
				"zendesk": {"tickets:delete", "users:delete"}, "hubspot": {"contacts:delete"}, "salesforce": {"contacts:delete"},
				"rest": {"records:delete"},
			},
		},
	}
}
