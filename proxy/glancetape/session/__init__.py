"""What is answered, and from what; what is recorded. No framework is known in here."""
