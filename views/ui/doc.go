// Package ui holds the components every page is made of, one templ file each.
//
// A component takes plain values, knows no model and no request, and writes no
// inline style or script. Anything rich is a templ.Component or the children.
//
//	page     PageHead Section Docket KV Figures Tabs Empty NoMatch Denied
//	time     Time TickRule TickRuleWide DatesAhead DayRule
//	state    Status Plate Quorum Steps Timeline Progress Note Toast Banner
//	list     Rows Table Filters Chip Pager
//	form     Form PasskeyForm ErrorSummary Field Input TextArea Select Number Date
//	         File Password Picks Radio Check CheckAnswers ConfirmDialog Button
//	evidence BarChart Spark Diff BeforeAfter FileCard Secret Avatar Person
//
// Kit shows them together.
package ui
