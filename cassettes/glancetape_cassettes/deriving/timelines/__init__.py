"""What was recorded of each view, in the order of time.

`views` says what a view is and which recorded requests are about it, `explaining` what a recorded
change explains of a later answer, and `view_timeline` cuts the recording at the changes that matter
to a view. `rules_of_views` has the rules that the lists of a view follow, and `opened_states` opens
a view in a state. A request to it is one of `asked_views`; for a single image, `image_over_time`
chooses the state.
"""
