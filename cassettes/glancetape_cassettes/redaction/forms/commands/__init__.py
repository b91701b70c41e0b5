"""Secrets in commands, and in what well-known programs read.

- `programs`: the table of programs, and which of their words are secrets.
- `command_lines`: commands in text, read by that table.
- `statements`: directives and statements, and commands of an own form.
- `files`: lines of files that programs read.
- `calls`: calls of functions, and files that a shell makes.
"""
