package web

import "crypto/hmac"

// Remember leaves with this browser that it did something with a subject: asked for somebody's
// sign-in link. Remembers tells whether this is that browser; each purpose keeps the newest subject.
func (c *Ctx) Remember(purpose, subject string, seconds int) {
	c.setCookie("jexi_"+purpose, c.app.sign("remember "+purpose, subject), seconds)
}

// Remembers tells what Remember left.
func (c *Ctx) Remembers(purpose, subject string) bool {
	ck, err := c.Request().Cookie("jexi_" + purpose)
	return err == nil && hmac.Equal([]byte(ck.Value), []byte(c.app.sign("remember "+purpose, subject)))
}
