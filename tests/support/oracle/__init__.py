"""What an answer has to be, worked out by plain loops that share nothing with the product."""
