package catalog

func zoneParam() Param {
	return Param{Name: "zone", Label: "Zone", Type: Domain, Required: true}
}

func recordTypeParam() Param {
	return Param{Name: "record_type", Label: "Record type", Type: Enum, Required: true,
		Values: []string{"A", "AAAA", "CAA", "CNAME", "DNSKEY", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SRV", "SSHFP", "SVCB", "TLSA", "TXT"}}
}

func recordNameParam() Param {
	return Param{Name: "name", Label: "Record name", Type: String, Form: Host, MaxLen: 240, Required: true}
}

func dnsScopes(cloudflare, whm, plesk string) map[string][]string {
	return map[string][]string{"cloudflare": {cloudflare}, "cpanel": {whm}, "plesk": {plesk}}
}

func dnsTypes() []*ActionType {
	return []*ActionType{
		{
			Key: "dns.zone.delete", Version: 1,
			Title:         "Delete a DNS zone",
			Display:       "Delete the DNS zone {zone}",
			Params:        []Param{zoneParam()},
			Target:        []string{"zone"},
			Risk:          Critical,
			Floor:         floorOf(Critical),
			Reversibility: Irreversible,
			Undo:          Undo{By: "nobody", Note: "Every record is lost at once; site and mail of the domain stop. A zone can only be built again by hand."},
			Sensitivity:   []string{"domain_records"},
			Scopes:        dnsScopes("zones:delete", "dns:delete", "dns:delete"),
		},
		{
			Key: "dns.record.change", Version: 1,
			Title:   "Add or change a DNS record",
			Display: "Set the {record_type} record {name} in {zone} to {value}",
			Short:   "Set the {record_type} record {name} in {zone}",
			Params: []Param{
				zoneParam(), recordNameParam(), recordTypeParam(),
				{Name: "value", Label: "New value", Type: String, Required: true, MaxLen: 4000},
				{Name: "old_value", Label: "Old value", Type: String, MaxLen: 4000},
				{Name: "ttl", Label: "Time to live, seconds", Type: Int},
			},
			Target:        []string{"zone", "name", "record_type"},
			Risk:          Medium,
			Floor:         floorOf(Medium),
			Reversibility: Reversible,
			Undo:          Undo{Possible: true, By: "us", Note: "The old value can be set again; caches keep the new one until its time to live ends."},
			Sensitivity:   []string{"domain_records"},
			Scopes:        dnsScopes("records:write", "dns:write", "dns:write"),
		},
		{
			Key: "dns.record.delete", Version: 1,
			Title:   "Delete a DNS record",
			Display: "Delete the {record_type} record {name} in {zone}",
			Params: []Param{
				zoneParam(), recordNameParam(), recordTypeParam(),
				{Name: "old_value", Label: "Value", Type: String, MaxLen: 4000},
			},
			Target:        []string{"zone", "name", "record_type"},
			Risk:          Medium,
			Floor:         floorOf(Medium),
			Reversibility: Reversible,
			Undo:          Undo{Possible: true, By: "us", Note: "The record can be set again if its value is known."},
			Sensitivity:   []string{"domain_records"},
			Scopes:        dnsScopes("records:write", "dns:write", "dns:write"),
		},
	}
}
