package catalog

func mailboxParam() Param {
	return Param{Name: "mailbox", Label: "Mailbox", Type: Email, Required: true, Personal: true}
}

func mailTypes() []*ActionType {
	return []*ActionType{
		{
			Key: "mail.mailbox.delete", Version: 1,
			Title:         "Delete a mailbox",
			Display:       "Delete the mailbox {mailbox} and all mail in it",
			Short:         "Delete a mailbox and all mail in it",
			Params:        []Param{mailboxParam()},
			Target:        []string{"mailbox"},
			Risk:          High,
			Floor:         floorOf(High),
			Reversibility: Irreversible,
			Undo:          Undo{By: "nobody", Note: "All mail in it is gone. Only a backup kept elsewhere brings it back."},
			Sensitivity:   []string{"hosting_records", "email_threads"},
			Scopes:        map[string][]string{"cpanel": {"mail:delete"}, "plesk": {"mail:delete"}},
		},
		{
			Key: "mail.mailbox.forward_add", Version: 1,
			Title:   "Forward a mailbox to another address",
			Display: "Forward mail of {mailbox} to {forward_to}",
			Short:   "Forward a mailbox to another address",
			Params: []Param{
				mailboxParam(),
				{Name: "forward_to", Label: "Forward to", Type: Email, Required: true, Personal: true},
				{Name: "keep_copy", Label: "Keep a copy", Type: Bool},
			},
			Target:        []string{"mailbox"},
			Risk:          High,
			Floor:         floorOf(High),
			Reversibility: ExternallyReversible,
			Undo:          Undo{By: "nobody", Note: "Forwarding can be ended, but mail that has been forwarded is in other hands."},
			Sensitivity:   []string{"email_threads", "hosting_records"},
			Scopes:        map[string][]string{"cpanel": {"mail:write"}, "plesk": {"mail:write"}, "gmail": {"settings:write"}, "microsoft365": {"settings:write"}},
		},
		replySend(),
	}
}

// A reply cannot be called back, and yet it is not called irreversible: that label asks an
// Admin wherever no rule speaks, and answering is the agent's daily work.
func replySend() *ActionType {
	return &ActionType{
		Key: "mail.reply.send", Version: 1,
		Title:   "Send a reply to a client",
		Display: "Send a reply to {to}",
		Short:   "Send a reply to a client",
		Params: []Param{
			{Name: "to", Label: "To", Type: Email, Required: true, Personal: true},
			{Name: "subject", Label: "Subject", Type: String, Personal: true},
			{Name: "body", Label: "Text", Type: String, Form: Prose, Required: true, Personal: true, MaxLen: maxText},
			{Name: "ticket_id", Label: "Ticket", Type: String, Form: Ident, MaxLen: 100},
		},
		Target:        []string{"to"},
		Risk:          Low,
		Floor:         floorOf(Low),
		Reversibility: ExternallyReversible,
		Undo:          Undo{By: "nobody", Note: "A sent reply cannot be called back; a correction can follow."},
		Sensitivity:   []string{"tickets", "email_threads", "drafts"},
		Scopes: map[string][]string{
			"zendesk": {"tickets:reply"}, "freshdesk": {"tickets:reply"}, "intercom": {"conversations:reply"},
			"gmail": {"mail:send"}, "microsoft365": {"mail:send"}, "imap_smtp": {"mail:send"}, "whmcs": {"tickets:reply"},
		},
	}
}
