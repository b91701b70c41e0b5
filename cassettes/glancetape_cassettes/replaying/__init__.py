"""Recorded answers, found by the question that they answer.

A request goes through these modules in this order: `callers` and `question` (who asks what),
`looking_up` (the request in the terms of what is recorded, whose index is `entries`; `as_recorded`
has the exception for one of the `logins` without the key), `recorded_answers` (the recordings of
the same question), `eligible` (which of them this caller may get), `answers` (an answer or a miss),
`closest` (what a miss shows of the nearest recording).

In which state a request was recorded is known from the order in time (`timeline`), from what each
change touches (`changes`), and from what each caller sees at which service (`in_view`); `states`
puts it together.
"""
