"""Intake: from a department's file to typed rows that say where they came from."""
