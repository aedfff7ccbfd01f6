"""The publishing API: systems of record publish with their own keys, and check beforehand."""
