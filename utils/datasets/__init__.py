"""The course's data, one module a set; everything loads offline."""
