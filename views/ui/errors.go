package ui

import "github.com/jexi/portal/internal/fault"

// Errors are the problems of a form in the order they were found.
// The zero value is a form without problems.
type Errors []fault.Field

// ErrorsOf takes the field problems out of an error; a fault without fields
// becomes one problem of the whole form. Errors that are not faults give none.
func ErrorsOf(err error) Errors {
	f := fault.As(err)
	if f == nil {
		return nil
	}
	if len(f.Fields) == 0 {
		return Errors{{Message: f.Message}}
	}
	return f.Fields
}

// At is the first problem of one field, "" if it has none.
func (e Errors) At(name string) string {
	for _, f := range e {
		if f.Name == name {
			return f.Message
		}
	}
	return ""
}

// FieldID is the id of the control that is posted as name. Links of the error
// summary lead there.
func FieldID(name string) string { return "f-" + slug(name) }

// slug keeps letters and digits, so that any field name makes a valid id.
func slug(s string) string {
	out := []byte(s)
	for i, c := range out {
		ok := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !ok {
			out[i] = '-'
		}
	}
	return string(out)
}

// words joins the class names that are not empty.
func words(names ...string) string {
	out := ""
	for _, n := range names {
		if n == "" {
			continue
		}
		if out != "" {
			out += " "
		}
		out += n
	}
	return out
}

// when gives s if ok, else "": for classes and attributes.
func when(ok bool, s string) string {
	if ok {
		return s
	}
	return ""
}
