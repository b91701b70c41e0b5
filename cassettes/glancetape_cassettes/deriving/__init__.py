"""Answers to list queries that were never recorded, if the recording proves them.

A query that no recorded request matches goes through these modules in this order:

- `deriver` finds the view and the state that the query belongs to, and `view_state` derives a page;
- `timelines` puts what was recorded of a view in order, with what may contradict it;
- `walking` joins recorded pages to walks, `evidence` holds all that is recorded;
- `coverage` says which walk shows every image that the query may see;
- `validity` says whether anything recorded later contradicts that walk;
- `doubts` says which of its images match for certain, and `order` whether their order is certain;
- `single_images` does the same for one image, by its id or by a name;
- `reasons` words why there is no answer, and what to record.

`walking` also recognises the cloud. `provenance` names the interactions that prove an answer, and
`keeping` imports a cassette into an image set. `later_deriver` loads all of it when it is needed.
The rules are in docs/derived-answers.md, as tables. The proofs begin with an example each;
tests/cassettes/deriving/test_worked_examples.py and test_single_images.py run them.
"""
