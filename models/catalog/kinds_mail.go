package catalog

func mailKinds() []*Kind {
	return []*Kind{
		{
			Key: "gmail", Name: "Gmail", Category: "mail", Auth: OAuth2,
			Scopes: []Scope{
				{"mail:read", "https://www.googleapis.com/auth/gmail.readonly", "Read mail", Reads},
				{"mail:draft", "https://www.googleapis.com/auth/gmail.compose", "Write drafts", Writes},
				{"mail:send", "https://www.googleapis.com/auth/gmail.send", "Send mail", Writes},
				{"settings:write", "https://www.googleapis.com/auth/gmail.settings.sharing", "Change forwarding", Writes},
			},
			Categories: []string{"email_threads", "drafts", "reply_history"},
			Narrow:     "Connect a shared mailbox, not a person’s own.",
		},
		{
			Key: "microsoft365", Name: "Microsoft 365 mail", Category: "mail", Auth: OAuth2,
			Scopes: []Scope{
				{"mail:read", "Mail.Read", "Read mail", Reads},
				{"mail:draft", "Mail.ReadWrite", "Write drafts", Writes},
				{"mail:send", "Mail.Send", "Send mail", Writes},
				{"settings:write", "MailboxSettings.ReadWrite", "Change forwarding and rules", Writes},
			},
			Categories: []string{"email_threads", "drafts", "reply_history"},
			Narrow:     "Limit the app to one mailbox with an application access policy.",
		},
		{
			Key: "imap_smtp", Name: "IMAP and SMTP", Category: "mail", Auth: Basic, ByKey: true,
			Fields: []KeyField{
				addressField("IMAP server", "Name and port, with TLS.", "imap.northmoor.example:993"),
				{Name: "smtp", Label: "SMTP server", Help: "Name and port, with TLS.", Example: "smtp.northmoor.example:465", Server: true, Trim: true, MaxLen: 200},
				userField("User name", "Often the mail address.", "support@northmoor.example"),
				keyField("Password", "An app password where the provider offers one.", "as the provider shows it"),
			},
			Scopes: []Scope{
				{"mail:read", "IMAP", "Read mail", Reads},
				{"mail:draft", "IMAP APPEND", "Write drafts", Writes},
				{"mail:send", "SMTP", "Send mail", Writes},
				{"mail:delete", "IMAP EXPUNGE", "Delete mail", Destroys},
			},
			Categories: []string{"email_threads", "drafts", "reply_history"},
			Narrow:     "A password opens the whole mailbox: use one that holds nothing but client mail.",
		},
	}
}
