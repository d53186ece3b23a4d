package web

import (
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// Form is a posted field, trimmed of outer space, "" when absent.
func (c *Ctx) Form(name string) string {
	if c.Request().PostForm == nil {
		return ""
	}
	return strings.TrimSpace(c.Request().PostForm.Get(name))
}

// Forms are all posted values of a field.
func (c *Ctx) Forms(name string) []string {
	if c.Request().PostForm == nil {
		return nil
	}
	return c.Request().PostForm[name]
}

// FormInt is a posted whole number; ok is false when it is none.
func (c *Ctx) FormInt(name string) (n int, ok bool) {
	n, err := strconv.Atoi(c.Form(name))
	return n, err == nil
}

// FormID is a posted id, uuid.Nil when it is none.
func (c *Ctx) FormID(name string) uuid.UUID {
	id, _ := uuid.Parse(c.Form(name))
	return id
}

// Values are all posted fields, to show a form again as it was typed.
func (c *Ctx) Values() map[string][]string { return c.Request().PostForm }
