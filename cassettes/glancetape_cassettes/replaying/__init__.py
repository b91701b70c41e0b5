"""Recorded answers, found by the question that they answer.

`question` takes from a request what does not matter, `recorded_answers` looks it up, `eligible`
says which of the recordings may be given to the caller, `closest` which came nearest.
"""
