"""What this software calls itself, in log.json and in what it reports."""

SOFTWARE = "jejak 0.1"
