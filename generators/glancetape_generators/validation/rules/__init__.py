"""The rules that images keep, a module for each subject, and what each needs to know."""
