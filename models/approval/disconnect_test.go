package approval_test

import (
	"testing"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
)

func TestWhatWaitsOnADisconnectedSystemIsWithdrawn(t *testing.T) {
	d := open(t)
	r := d.submit(refund("184.00"))
	d.As(d.Grant(d.Acme, "ada", access.ManageIntegrations), func(tx *db.Tx) error {
		_, err := approval.DisconnectIntegration(tx, d.conn.ID, d.conn.Name)
		return err
	})
	d.As(access.ForSystem(d.Acme.ID, "test"), func(tx *db.Tx) error {
		got, err := approval.Find(tx, r.ID)
		if got.State != approval.Cancelled || got.ClosedReason != "WHMCS was disconnected." {
			t.Errorf("it is %s: %s", got.State, got.ClosedReason)
		}
		return err
	})
}
