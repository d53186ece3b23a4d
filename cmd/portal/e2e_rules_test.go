package main_test

// ruleBook is a rule from the empty editor to the first request that it holds back.
func (w *world) ruleBook() {
	b := w.person(marc)
	b.open("/w/northmoor/rules").sees("A domain leaves us", "rules are live").page("rules")
	b.open("/w/northmoor/rules/new").sees("New rule").page("rule, new")
	b.click("Check changes").sees("There are", "problems").page("rule, refused")
	b.open("/w/northmoor/rules/new").write("name", "Credits over 250 EUR").press("#f-actions > summary").choose("actions", "billing.credit").click("Use these").sees("It covers today")
	b.click("Add a condition").pick("conditions.0.field", "params.amount").pick("conditions.0.op", ">")
	b.write("conditions.0.value", "250.00").write("conditions.0.currency", "EUR")
	b.pick("stages.0.mode", "quorum").pickText("stages.0.who", "Billing approvers").write("stages.0.min", "2").page("rule, editor")
	b.click("Save draft").sees("Draft saved", "You cannot publish your own edit")
	b.click("Check changes").sees("Check the new rule", "Amount is more than 250.00 EUR").page("rule, check")
	b.click("Submit for publication").sees("Submitted", "Waiting for second admin").page("rule, waiting")
	rule := b.path()

	owner := w.person(priya)
	owner.addApp()
	owner.open(rule).sees("Credits over 250 EUR", "Written by Marc Lindqvist").click("Check and publish").prove("Publish version 1 of Credits over 250 EUR?").page("rule, publication")
	owner.click("Publish version 1").sees("Version 1 is live").page("rule, live")
	r := w.agentOf("northmoor").ask("billing.credit", map[string]any{"client_id": "20780", "amount": "300.00", "currency": "EUR"})
	if r.Decision != "pending" {
		w.t.Errorf("a credit of 300 EUR is %s", r.Decision)
	}
	owner.open("/w/northmoor/rules/try?type=billing.refund").sees("Try").page("rule, try")
}
