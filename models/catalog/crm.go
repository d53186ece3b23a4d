package catalog

func contactParam(name, label string) Param {
	return Param{Name: name, Label: label, Type: String, Form: Ident, MaxLen: 100, Required: true}
}

func crmScopes(verb string) map[string][]string {
	return map[string][]string{
		"hubspot": {"contacts:" + verb}, "salesforce": {"contacts:" + verb},
		"zendesk": {"users:" + verb}, "intercom": {"contacts:" + verb},
	}
}

func crmTypes() []*ActionType {
	return []*ActionType{
		{
			Key: "crm.contact.delete", Version: 1,
			Title:         "Delete a contact",
			Display:       "Delete contact {contact_id}",
			Params:        []Param{contactParam("contact_id", "Contact")},
			Target:        []string{"contact_id"},
			Risk:          High,
			Floor:         floorOf(High),
			Reversibility: Irreversible,
			Undo:          Undo{By: "nobody", Note: "The contact and its history are gone. Some vendors keep deleted contacts for a while; none promises to."},
			Regulated:     []string{"gdpr_erasure"},
			Sensitivity:   []string{"crm_records"},
			Scopes:        crmScopes("delete"),
		},
		{
			Key: "crm.contact.merge", Version: 1,
			Title:         "Merge two contacts",
			Display:       "Merge contact {merged_id} into contact {contact_id}",
			Params:        []Param{contactParam("contact_id", "Contact that stays"), contactParam("merged_id", "Contact that goes")},
			Target:        []string{"contact_id", "merged_id"},
			Risk:          Medium,
			Floor:         floorOf(Medium),
			Reversibility: Irreversible,
			Undo:          Undo{By: "nobody", Note: "Merged contacts cannot be taken apart again."},
			Sensitivity:   []string{"crm_records"},
			Scopes:        crmScopes("delete"),
		},
		{
			Key: "crm.contact.email_change", Version: 1,
			Title:   "Change a contact’s e-mail address",
			Display: "Change the e-mail address of contact {contact_id} to {email}",
			Short:   "Change the e-mail address of contact {contact_id}",
			Params: []Param{
				contactParam("contact_id", "Contact"),
				{Name: "email", Label: "New address", Type: Email, Required: true, Personal: true},
				{Name: "old_email", Label: "Old address", Type: Email, Personal: true},
			},
			Target: []string{"contact_id"},
			// Who owns the address can reset passwords and receives every answer.
			Risk:          High,
			Floor:         floorOf(High),
			Reversibility: Reversible,
			Undo:          Undo{Possible: true, By: "us", Note: "The old address can be set again; what was sent to the new one meanwhile is in other hands."},
			Sensitivity:   []string{"crm_records", "account_records"},
			Scopes:        crmScopes("write"),
		},
	}
}
