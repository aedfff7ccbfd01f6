"""Entries, tree, notes, keys, store and anchor: what the entries of a log are."""
