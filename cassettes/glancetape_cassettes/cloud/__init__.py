"""The simulated image service: what it answers from an image set, in the words of the real cloud.

A request comes to `lister`, which lists images and shows single ones. `listing` reads the query,
chooses the images and cuts the page; `links` and `responses` make the response, and `refusals`
the response to a request that the cloud refuses (in the form that `accept_header` chooses).

Clouds differ in the switches of one table, `dialects`; docs/dialects.md prints it. `walk_cassette`
records a walk through an image set as a cassette. Other endpoints get a module each beside
`lister`.
"""
