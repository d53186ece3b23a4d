package catalog

// Family groups data categories.
type Family struct {
	Key        string
	Name       string
	Categories []Category
}

// Category is one kind of data. Integrations, subprocessors, instructions, exports,
// deletions and incidents all name categories from this one list.
type Category struct {
	Key     string
	Name    string
	Meaning string // one sentence
	Family  string
}

// Categories returns the four families with their members, in the order pages show them.
func Categories() []Family {
	return []Family{
		family("conversations", "Conversations", []Category{
			{Key: "tickets", Name: "Tickets", Meaning: "What clients ask and what they are answered."},
			{Key: "chat_logs", Name: "Chat logs", Meaning: "Live chats with clients."},
			{Key: "email_threads", Name: "E-mail threads", Meaning: "Mail with clients, with its attachments."},
			{Key: "translations", Name: "Translations", Meaning: "Messages in another language."},
			{Key: "drafts", Name: "Drafts", Meaning: "Replies that were written and not sent."},
			{Key: "reply_history", Name: "Reply history", Meaning: "Replies that were sent, and what became of them."},
			{Key: "agent_notes", Name: "Agent notes", Meaning: "Internal notes on a conversation."},
		}),
		family("knowledge", "Knowledge", []Category{
			{Key: "knowledge_base", Name: "Knowledge-base articles", Meaning: "Help texts, public and internal."},
			{Key: "macros", Name: "Macros", Meaning: "Prepared answers and steps."},
			{Key: "brand_voice", Name: "Brand-voice examples", Meaning: "Texts that show how the company writes."},
			{Key: "internal_instructions", Name: "Internal instructions", Meaning: "How staff and agents are told to work."},
			{Key: "workflow_settings", Name: "Workflow settings", Meaning: "How the workflows are set up."},
		}),
		family("records", "Connected records", []Category{
			{Key: "domain_records", Name: "Domain records", Meaning: "Domains, registrants, zones and DNS records."},
			{Key: "hosting_records", Name: "Hosting records", Meaning: "Hosting accounts, services and mailboxes."},
			{Key: "billing_records", Name: "Billing records", Meaning: "Invoices, payments, credits and payment methods."},
			{Key: "crm_records", Name: "CRM records", Meaning: "Contacts, companies and deals."},
			{Key: "account_records", Name: "Account records", Meaning: "Clients' names, addresses and log-in names."},
			{Key: "operational_records", Name: "Operational records", Meaning: "Orders, jobs, server states and internal messages."},
		}),
		family("operations", "Operations", []Category{
			{Key: "audit_logs", Name: "Audit logs", Meaning: "Who did what, and when."},
			{Key: "approval_records", Name: "Approval records", Meaning: "What was asked and who decided."},
			{Key: "workflow_status", Name: "Workflow status", Meaning: "Where each workflow stands."},
			{Key: "action_results", Name: "Action results", Meaning: "What came of each action."},
			{Key: "usage_events", Name: "Usage events", Meaning: "Which functions were used, how often."},
			{Key: "diagnostics", Name: "Diagnostics", Meaning: "Error reports and measurements."},
			{Key: "security_logs", Name: "Security logs", Meaning: "Sign-ins, refusals and suspicious events."},
		}),
	}
}

func family(key, name string, members []Category) Family {
	for i := range members {
		members[i].Family = key
	}
	return Family{Key: key, Name: name, Categories: members}
}

// FindCategory finds one category by key.
func FindCategory(key string) (Category, bool) {
	for _, f := range Categories() {
		for _, c := range f.Categories {
			if c.Key == key {
				return c, true
			}
		}
	}
	return Category{}, false
}

func categoryKeys() []string {
	var keys []string
	for _, f := range Categories() {
		for _, c := range f.Categories {
			keys = append(keys, c.Key)
		}
	}
	return keys
}
