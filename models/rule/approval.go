// Package rule decides whether an action of Jexi's agents may go ahead, must wait for
// people, or is stopped. It is pure: rules and facts in, a decision with its reasons out.
//
// It promises that nothing unknown lets an action through, that adding a rule never makes
// an approval easier, and that no quorum shrinks to who is left.
// Files: rule and validate, compile and explain, combine and plan (what is asked), tally
// and count (who agreed), shortage (who is missing), sentence. When a rule applies is package condition's.
package rule
