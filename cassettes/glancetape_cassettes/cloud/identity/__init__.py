"""A Keystone that is good enough for clients: logins, tokens, a catalog, and signed requests.

`accounts` says who may log in: anybody, or those of a file; `project_names` has the names of the
projects of a set. `login` reads what a client posts, `authenticating` makes a token from it, and
`tokens` keeps the tokens. `identifying` says who sends a request to the image service; `signatures`
checks those that an access key signs. `documents` writes what Keystone shows, and `keystone`
answers requests with all of these.

How Keystone words its answers is observed on Keystone 29.
"""
