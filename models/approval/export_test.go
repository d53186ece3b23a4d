package approval

// FindQuery is the question of AskFind, for a test that looks at how it is answered.
var FindQuery = findQuery
