package identity

import (
	"fmt"
	"time"

	"github.com/jexi/portal/models/db"
)

const (
	// sessionsKept counts from the sign-in: a day that a session can last, and 30 in which it can be
	// asked which browser it was.
	sessionsKept = 31 * 24 * time.Hour
	// ceremoniesKept is more than ceremonyLasts, so that nobody is cut off in the middle.
	ceremoniesKept = 24 * time.Hour
	// linksKept counts from the end of a sign-in link, so that the cap of an hour is still counted.
	linksKept = 24 * time.Hour
)

// Forget forgets up to limit of each: sessions, sessions of nobody and sign-in links that have no use
// any more, the oldest first. It tells how many, and whether there may be more.
func Forget(tx *db.Tx, limit int) (n int64, more bool, err error) {
	for _, old := range []struct {
		rows   string
		before time.Time
	}{
		{"sessions where hashed_id in (select hashed_id from sessions where created_at < ? order by created_at limit ?)", tx.Now().Add(-sessionsKept)},
		{"sessions where hashed_id in (select hashed_id from sessions where person_id is null and created_at < ? order by created_at limit ?)", tx.Now().Add(-ceremoniesKept)},
		{"sign_in_links where hashed_token in (select hashed_token from sign_in_links where expires_at < ? order by expires_at limit ?)", tx.Now().Add(-linksKept)},
	} {
		res := tx.Gorm().Exec("delete from "+old.rows, old.before, limit)
		if res.Error != nil {
			return n, false, fmt.Errorf("forget: %w", res.Error)
		}
		n += res.RowsAffected
		more = more || res.RowsAffected == int64(limit)
	}
	return n, more, nil
}
