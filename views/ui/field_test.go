package ui

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/jexi/portal/internal/fault"
)

func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAProblemIsSaidAtItsFieldAndLinkedFromTheSummary(t *testing.T) {
	var found fault.Collect
	found.Add("stage[0].people", "Ask between 1 and 5 people")
	found.Add("", "No approver is left")
	errs := ErrorsOf(fmt.Errorf("saving: %w", found.OrNil()))

	field := render(t, Input(FieldProps{Name: "stage[0].people", Label: "People", Help: "At most 5.", Value: `"9"`, Errors: errs}))
	for _, want := range []string{
		`id="f-stage-0--people"`, `name="stage[0].people"`, `aria-invalid="true"`, `value="&#34;9&#34;"`,
		`aria-describedby="f-stage-0--people-help f-stage-0--people-err"`, `for="f-stage-0--people"`,
		`id="f-stage-0--people-err"`, "Ask between 1 and 5 people",
	} {
		if !strings.Contains(field, want) {
			t.Errorf("the field has no %s:\n%s", want, field)
		}
	}
	summary := render(t, ErrorSummary(errs))
	for _, want := range []string{"There are 2 problems", `href="#f-stage-0--people"`, "No approver is left", "autofocus"} {
		if !strings.Contains(summary, want) {
			t.Errorf("the summary has no %s:\n%s", want, summary)
		}
	}
}

func TestErrorsThatAreOursAreNotShown(t *testing.T) {
	if errs := ErrorsOf(errors.New("pq: connection refused")); errs != nil {
		t.Errorf("got %v", errs)
	}
	if render(t, ErrorSummary(nil)) != "" {
		t.Error("a form without problems has a summary")
	}
	whole := ErrorsOf(fault.New(fault.Conflict, "Tomasz declined 12 s ago."))
	if len(whole) != 1 || whole[0].Message != "Tomasz declined 12 s ago." {
		t.Errorf("a fault without fields became %v", whole)
	}
}

func TestAFormCarriesTheTokenAndItsOperation(t *testing.T) {
	got := render(t, PasskeyForm(FormProps{Action: "/signin/passkey", CSRF: "tok", Operation: "op1"}, PasskeyLogin, "/signin/passkey/options"))
	for _, want := range []string{
		`method="post"`, `action="/signin/passkey"`, `name="csrf" value="tok"`, `name="operation" value="op1"`,
		`name="credential" value=""`, `data-passkey="login"`, `data-options="/signin/passkey/options"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the form has no %s:\n%s", want, got)
		}
	}
}

func TestAnAddressThatIsAScriptIsNotLinked(t *testing.T) {
	got := render(t, LinkButton(ButtonProps{Label: "Go", Href: "javascript:alert(1)"}))
	if strings.Contains(got, "javascript:") {
		t.Error(got)
	}
}
