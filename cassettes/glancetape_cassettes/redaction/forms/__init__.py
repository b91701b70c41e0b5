"""The forms of secrets in text: tables of expressions, and names with their values.

Only `secret_patterns`, one room up, puts them together. In the order of reading:

- `form`: `Form`, one row of a table, and `SpanForm`, a row that a function finds.
- `keys_and_tokens`: private keys, tokens of services, hashes of passwords.
- `addresses`: user and password in URLs and connection strings.
- `commands`: a room: options, directives, statements, files and calls of well-known programs.
- `quoted_in_errors`: what programs quote in error messages.
- `named`: `name=value` in text of any kind; `values` is what ends such a value.
- `markup`: elements and attributes of XML and HTML.
- `records`: a name and its value beside each other: YAML, JSON in text, tables.
- `long_texts`: expressions in long texts, tried only where they may begin.
- `long_words`: words that are longer than what a form looks at.
- `compressed`: gzip, zip and their like, and what cannot be looked into.
- `encodings`: base64, hexadecimal digits and escapes, read as the text that they are.
"""
