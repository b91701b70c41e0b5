"""The pages of docs/, run as a reader does, and pages of other people in a browser."""
