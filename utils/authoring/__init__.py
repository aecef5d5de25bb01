"""What authors and instructors use to make the course: pairing, execution, release, checks. No notebook imports it."""
