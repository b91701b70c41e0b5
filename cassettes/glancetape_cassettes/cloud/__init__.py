"""The simulated cloud: an image service and its Keystone, in the words of the real ones.

`simulated_cloud` takes a request. A list goes to `lister`: `listing` reads the query, chooses the
images and cuts the page. `page_maker` makes further pages of a list that was asked for. Other paths
go to the operations in the table of `routes`: `endpoints` has those that read and `changing` those
that change images; all of them read the request as an `asking`. What was changed is in memory, in
`overlay`. `links` (in the order of `hash_order`, for an older Glance) and `responses` make the
response, and `refusals` the response to a request that the cloud refuses (in the form that
`accept_header` chooses). `identity` is the Keystone: it says who sends a request.

Clouds differ in the switches of one table, `dialects`; docs/dialects.md prints it. `walk_cassette`
records a walk through an image set as a cassette.
"""
