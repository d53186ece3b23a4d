// Package portal holds the pages of a customer's workspace, one file for each page or form.
//
// A page gets a Shell and plain values; it asks nothing, decides nothing and knows no request.
// Its address and the forms on it come from the Shell.
package portal
