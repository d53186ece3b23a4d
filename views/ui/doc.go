// Package ui holds the components every page is made of, one templ file each.
//
// A component takes plain values, knows no model and no request, and writes no
// inline style or script. Anything rich is a templ.Component or the children.
//
//	page     PageHead Section Docket DocketNarrow KV KVTight Figures Tabs Panel
//	         Empty NoMatch Denied Mono Hash Icon Mark
//	time     Time TimeAs TickRule TickRuleSmall TickRuleWide DatesAhead DayRule;
//	         When Until Span Relative ClockTime Day DayMonth LongDay FullTime
//	state    Status Plate Quorum Steps Timeline Event Progress Note Quote Toast
//	         Banner; the words of the vocabulary are functions: Approved()
//	list     Rows Row List Item Chips Filters FilterInput FilterSelect Found Pager
//	         Table TableRow OpenRow HeadCell Cell NumCell ActCell GroupRow
//	         DetailRow RowLink Sub CommandPalette PaletteBody PaletteOptions
//	form     Form PasskeyForm Hidden Actions Button LinkButton ErrorSummary Field
//	         Input TextArea Select Number NumberUnit Date File Password Picks Radio
//	         Check CheckAnswers ConfirmDialog ConfirmBody DialogLink
//	evidence BarChart Spark Diff BeforeAfter FileCard Secret Avatar Person
//	text     Thousands Plural Spelled Shown
//
// Kit shows them together.
package ui
