"""What commands start: a proxy or a server in this process, and the command of a user."""
