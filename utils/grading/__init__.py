"""Grading of submissions: the student's notebook runs behind walls, the tests outside of them. No notebook imports this."""
