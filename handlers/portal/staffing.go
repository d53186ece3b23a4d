package portal

import (
	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rulebook"
	view "github.com/jexi/portal/views/portal"
	"github.com/jexi/portal/web"
)

// knowing makes a change of who may decide. Where it leaves a rule that nobody could decide under,
// it is refused at a field, unless the form was warned of this very choice.
func knowing(c *web.Ctx, tx *db.Tx, field, choice string, change func() error) error {
	before, err := rulebook.Staff(tx)
	if err != nil {
		return err
	}
	if err := change(); err != nil || c.Form("sure") == choice {
		return err
	}
	after, err := rulebook.Directory(tx)
	if err != nil {
		return err
	}
	if ends := before.Ends(after); len(ends) > 0 {
		return fault.At(field, "%s", view.Ends(ends, after, "Send it again if that is what you want.")).Called(warned)
	}
	return nil
}

// warned marks a refusal that a second click overrules.
const warned fault.Code = "warned"

// sure is the choice that the form shown next was warned of, "" for none.
func sure(err error, choice string) string {
	if f := fault.As(err); f != nil && f.Finer == warned {
		return choice
	}
	return ""
}
