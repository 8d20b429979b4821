"""Generates clients of Calendar's API in four languages, and uses them."""
