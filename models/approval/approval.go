// Package approval decides whether an action of Jexi's agents may go ahead, must wait for
// people, or is stopped, and keeps every question until it is answered and used once.
//
// Its core is pure: condition, operand, field and facts say what a rule looks at; evaluate,
// compile and combine turn live rules and facts into a decision; plan and tally say who must
// agree; explain, words, sentence and cel tell people; validate, contradiction and form
// serve the editor. What cannot be known never lets an action through.
package approval
