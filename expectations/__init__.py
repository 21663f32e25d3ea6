"""What must hold between the departments before a year is published, and the judge of it."""
