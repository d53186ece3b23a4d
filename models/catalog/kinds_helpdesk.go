package catalog

func helpdeskKinds() []*Kind {
	return []*Kind{
		{
			Key: "zendesk", Name: "Zendesk", Category: "helpdesk", Auth: OAuth2, ByKey: true,
			Fields: []KeyField{
				addressField("Zendesk address", "The address you sign in at.", "northmoor.zendesk.com"),
				userField("E-mail of the API user", "Make a user of its own for Jexi.", "jexi@northmoor.example"),
				keyField("API token", "Admin Centre, Apps and integrations, Zendesk API, Add API token.", "40 letters and digits"),
			},
			Scopes: []Scope{
				{"tickets:read", "tickets:read", "Read tickets and their comments", Reads},
				{"tickets:reply", "tickets:write", "Answer tickets and change their state", Writes},
				{"tickets:delete", "tickets:write", "Delete tickets", Destroys},
				{"users:read", "users:read", "Read names and addresses of those who wrote", Reads},
				{"users:write", "users:write", "Change names and addresses", Writes},
				{"users:delete", "users:write", "Merge and delete users", Destroys},
				{"articles:read", "hc:read", "Read help articles", Reads},
			},
			Categories: []string{"tickets", "chat_logs", "drafts", "reply_history", "agent_notes", "knowledge_base", "macros", "crm_records"},
			Narrow:     "An API token acts with all rights of its user: give that user a custom role without deletion.",
		},
		{
			Key: "freshdesk", Name: "Freshdesk", Category: "helpdesk", Auth: APIKey, ByKey: true,
			Fields: []KeyField{
				addressField("Freshdesk address", "The address you sign in at.", "northmoor.freshdesk.com"),
				keyField("API key", "Profile settings of the user made for Jexi, View API key.", "20 letters and digits"),
			},
			Scopes: []Scope{
				{"tickets:read", "view_tickets", "Read tickets and their conversations", Reads},
				{"tickets:reply", "reply_ticket", "Answer tickets", Writes},
				{"contacts:read", "view_contacts", "Read names and addresses of those who wrote", Reads},
				{"articles:read", "view_solutions", "Read help articles", Reads},
			},
			Categories: []string{"tickets", "drafts", "reply_history", "agent_notes", "knowledge_base", "macros", "crm_records"},
			Narrow:     "The key acts with all rights of its user: give that user an agent role that cannot delete or export.",
		},
		{
			Key: "intercom", Name: "Intercom", Category: "helpdesk", Auth: OAuth2, ByKey: true,
			Fields: []KeyField{
				keyField("Access token", "Developer Hub, your app, Configure, Authentication.", "dG9rOj… about 60 characters"),
			},
			Scopes: []Scope{
				{"conversations:read", "Read conversations", "Read conversations", Reads},
				{"conversations:reply", "Write conversations", "Answer conversations", Writes},
				{"contacts:read", "Read and list users and companies", "Read names and addresses of those who wrote", Reads},
				{"contacts:write", "Write users and companies", "Change names and addresses", Writes},
				{"contacts:delete", "Write users and companies", "Merge and delete contacts", Destroys},
				{"articles:read", "Read and List articles", "Read help articles", Reads},
			},
			Categories: []string{"tickets", "chat_logs", "drafts", "reply_history", "knowledge_base", "crm_records"},
			Narrow:     "Switch off every permission of the app that no workflow needs before you copy the token.",
		},
		{
			Key: "slack", Name: "Slack", Category: "chat", Auth: OAuth2, ByKey: true,
			Fields: []KeyField{
				keyField("Bot token", "Your app, OAuth & Permissions, Bot User OAuth Token.", "xoxb-… about 55 characters"),
			},
			Scopes: []Scope{
				{"channels:read", "channels:read", "See the names of public channels", Reads},
				{"messages:read", "channels:history", "Read messages in channels the bot was added to", Reads},
				{"messages:write", "chat:write", "Write messages as the bot", Writes},
			},
			Categories: []string{"chat_logs", "operational_records"},
			Narrow:     "Give the bot only the scopes above and add it only to the channels it needs.",
		},
	}
}
