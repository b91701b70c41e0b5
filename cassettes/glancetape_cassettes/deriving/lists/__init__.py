"""What is proved of a list as a whole, so that each of its pages takes little more work.

`list_proof` has what one walk proves of a list, whatever its page; `list_proofs` keeps that for the
lists that were asked for last. `derived_list` makes the pages of one list for one caller, but for
those that are among the `recorded_pages`.
"""
