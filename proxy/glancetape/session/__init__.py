"""What is answered and what is recorded. No framework is known in here."""
