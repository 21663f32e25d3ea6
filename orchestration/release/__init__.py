"""Releases: what passed the judgement, written whole or not at all, then never changed."""
