"""The rules that images of a cloud meet, a module for each subject.

`rule` says what a rule is, `facts` what documents say, with their names as sources. Then the
subjects: `shape` (which fields, of which types), `kinds` (gold, market, private, shared), `origins`
(how an image was made), `system`, `support` (hosts and hardware), `sizes`, `times`, `members`,
`parents` (an image and the one it was made from), `holders` (a whole set).
"""
