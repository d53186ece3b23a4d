package catalog

func domainParam() Param {
	return Param{Name: "domain", Label: "Domain", Type: Domain, Required: true}
}

func registrarScopes(whmcs, registrar string) map[string][]string {
	return map[string][]string{"whmcs": {whmcs}, "registrar": {registrar}}
}

func registrarTypes() []*ActionType {
	return []*ActionType{
		{
			Key: "registrar.domain.transfer_out", Version: 1,
			Title:         "Transfer a domain to another registrar",
			Display:       "Transfer {domain} to another registrar",
			Params:        []Param{domainParam(), {Name: "gaining_registrar", Label: "Gaining registrar", Type: String, MaxLen: 120}},
			Target:        []string{"domain"},
			Risk:          High,
			Floor:         floorOf(High),
			Reversibility: ExternallyReversible,
			Undo:          Undo{By: "nobody", Note: "Once the transfer is complete, only the gaining registrar can give the domain back."},
			Regulated:     []string{"icann_transfer"},
			Sensitivity:   []string{"domain_records"},
			Scopes:        registrarScopes("domains:transfer", "domain:transfer"),
		},
		{
			Key: "registrar.domain.unlock", Version: 1,
			Title:         "Unlock a domain for transfer",
			Display:       "Unlock {domain}",
			Params:        []Param{domainParam()},
			Target:        []string{"domain"},
			Risk:          High,
			Floor:         floorOf(High),
			Reversibility: Reversible,
			Undo:          Undo{Possible: true, By: "us", Within: "until the domain is transferred", Note: "The lock can be set again as long as nobody has started a transfer."},
			Regulated:     []string{"icann_transfer"},
			Sensitivity:   []string{"domain_records"},
			Scopes:        registrarScopes("domains:transfer", "domain:transfer"),
		},
		{
			Key: "registrar.domain.delete", Version: 1,
			Title:         "Delete a domain",
			Display:       "Delete the domain {domain}",
			Params:        []Param{domainParam()},
			Target:        []string{"domain"},
			Risk:          Critical,
			Floor:         floorOf(Critical),
			Reversibility: Irreversible,
			Undo:          Undo{By: "nobody", Note: "Some registries restore a deleted domain for a fee for up to 30 days; none promises to."},
			Regulated:     []string{"icann_deletion"},
			Sensitivity:   []string{"domain_records"},
			Scopes:        map[string][]string{"registrar": {"domain:delete"}},
		},
		{
			Key: "registrar.domain.authcode_reveal", Version: 1,
			Title:         "Reveal a domain’s transfer code",
			Display:       "Reveal the transfer code of {domain}",
			Params:        []Param{domainParam(), {Name: "send_to", Label: "Send to", Type: Email, Personal: true}},
			Target:        []string{"domain"},
			Risk:          High,
			Floor:         floorOf(High),
			Reversibility: ExternallyReversible,
			Undo:          Undo{By: "nobody", Note: "Whoever has the code can take the domain away. A new code ends the old one only if it was not used yet."},
			Regulated:     []string{"icann_transfer"},
			Sensitivity:   []string{"domain_records"},
			Scopes:        registrarScopes("domains:transfer", "domain:transfer"),
		},
		{
			Key: "registrar.domain.nameservers_change", Version: 1,
			Title:         "Change a domain’s nameservers",
			Display:       "Change the nameservers of {domain} to {nameservers}",
			Params:        []Param{domainParam(), {Name: "nameservers", Label: "Nameservers", Type: List, Item: Domain, Required: true}},
			Target:        []string{"domain"},
			Risk:          High,
			Floor:         floorOf(High),
			Reversibility: Reversible,
			Undo:          Undo{Possible: true, By: "us", Note: "The old nameservers can be set again; caches may keep the new ones for up to 48 hours."},
			Sensitivity:   []string{"domain_records"},
			Scopes:        registrarScopes("domains:write", "domain:update"),
		},
		registrantChange(), renewOff(),
	}
}

func registrantChange() *ActionType {
	return &ActionType{
		Key: "registrar.domain.registrant_change", Version: 1,
		Title:   "Change who a domain belongs to",
		Display: "Change the registrant of {domain} to {registrant_name}",
		Short:   "Change the registrant of {domain}",
		Params: []Param{
			domainParam(),
			{Name: "registrant_name", Label: "New registrant", Type: String, Required: true, Personal: true},
			{Name: "registrant_email", Label: "New registrant's e-mail", Type: Email, Required: true, Personal: true},
			{Name: "organisation", Label: "Organisation", Type: String, Personal: true},
		},
		Target:        []string{"domain"},
		Risk:          High,
		Floor:         floorOf(High),
		Reversibility: ExternallyReversible,
		Undo:          Undo{By: "nobody", Note: "Only the new registrant can give the domain back, and transfers may be locked for 60 days."},
		Regulated:     []string{"icann_registrant_change"},
		Sensitivity:   []string{"domain_records", "account_records"},
		Scopes:        registrarScopes("domains:write", "contact:update"),
	}
}

func renewOff() *ActionType {
	return &ActionType{
		Key: "registrar.domain.renew_off", Version: 1,
		Title:         "Switch a domain’s renewal off",
		Display:       "Switch automatic renewal of {domain} off",
		Params:        []Param{domainParam()},
		Target:        []string{"domain"},
		Risk:          Medium,
		Floor:         floorOf(Medium),
		Reversibility: Reversible,
		Undo:          Undo{Possible: true, By: "us", Within: "until the domain expires", Note: "Renewal can be switched on again until the domain expires."},
		Sensitivity:   []string{"domain_records"},
		Scopes:        registrarScopes("domains:write", "domain:update"),
	}
}
