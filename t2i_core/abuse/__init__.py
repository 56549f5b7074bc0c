"""Judging product pictures: is it one, and is it the one its title says."""
