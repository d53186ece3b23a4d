package catalog

import (
	"slices"
	"strings"
	"testing"
)

func TestEveryIntegrationKindIsComplete(t *testing.T) {
	var keys []string
	for _, k := range Kinds() {
		keys = append(keys, k.Key)
		t.Run(k.Key, func(t *testing.T) {
			if k.Name == "" || k.Category == "" || k.Narrow == "" || !slices.Contains([]Auth{OAuth2, APIKey, Basic}, k.Auth) {
				t.Error("something is not filled in")
			}
			if k.ByKey != (len(k.Fields) > 0) {
				t.Error("a kind is connected by key exactly when its form has fields")
			}
			secrets := 0
			for _, f := range k.Fields {
				if f.Name == "" || f.Label == "" || f.Help == "" || f.Example == "" || f.MaxLen == 0 {
					t.Errorf("field %q is not filled in", f.Name)
				}
				if f.Secret {
					secrets++
				}
			}
			if k.ByKey && secrets != 1 {
				t.Errorf("%d fields are secret", secrets)
			}
			checkKindScopes(t, k)
			for _, key := range k.Categories {
				if _, ok := FindCategory(key); !ok {
					t.Errorf("no data category %q", key)
				}
			}
		})
	}
	want := "zendesk freshdesk intercom slack gmail microsoft365 imap_smtp hubspot salesforce stripe whmcs cpanel plesk cloudflare registrar rest"
	if got := strings.Join(keys, " "); got != want {
		t.Errorf("kinds are %s", got)
	}
}

func checkKindScopes(t *testing.T, k *Kind) {
	seen := map[string]bool{}
	reads := false
	for _, s := range k.Scopes {
		if seen[s.Name] || s.Vendor == "" || s.Meaning == "" || !slices.Contains([]Access{Reads, Writes, Destroys}, s.Access) {
			t.Errorf("scope %q is not filled in, or there twice", s.Name)
		}
		seen[s.Name] = true
		reads = reads || s.Access == Reads
		if strings.HasSuffix(s.Name, ":read") != (s.Access == Reads) {
			t.Errorf("scope %q is said to be %s", s.Name, s.Access)
		}
	}
	if len(k.Scopes) > 0 && !reads {
		t.Error("there is nothing to read")
	}
}

func TestAnIrreversibleActionNeedsAScopeThatSaysSo(t *testing.T) {
	for _, a := range Types() {
		if a.Reversibility != Irreversible || a.Key == "data.export" { // reading can hand out what never comes back
			continue
		}
		for kind, scopes := range a.Scopes {
			k, _ := FindKind(kind)
			if !slices.ContainsFunc(scopes, func(name string) bool { s, _ := k.Scope(name); return s.Access == Destroys }) {
				t.Errorf("%s in %s needs only %v", a.Key, kind, scopes)
			}
		}
	}
}

func TestAKindKnowsWhatItCanDo(t *testing.T) {
	k, _ := FindKind("cloudflare")
	var keys []string
	for _, a := range k.Actions() {
		keys = append(keys, a.Key)
	}
	if got := strings.Join(keys, " "); got != "bulk.dns_record_change dns.record.change dns.record.delete dns.zone.delete" {
		t.Errorf("Cloudflare can do %s", got)
	}
	if _, ok := FindKind("nothing"); ok {
		t.Error("a kind was made up")
	}
}

func TestTheFourFamiliesHaveTheirMembers(t *testing.T) {
	var got []string
	seen := map[string]bool{}
	for _, f := range Categories() {
		got = append(got, f.Name)
		for _, c := range f.Categories {
			if seen[c.Key] || c.Family != f.Key || c.Name == "" || !strings.HasSuffix(c.Meaning, ".") {
				t.Errorf("category %q is not filled in, or there twice", c.Key)
			}
			seen[c.Key] = true
		}
	}
	if strings.Join(got, ", ") != "Conversations, Knowledge, Connected records, Operations" || len(seen) != 25 {
		t.Errorf("%v with %d categories", got, len(seen))
	}
}
