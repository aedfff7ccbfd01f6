"""Evidence packs: all that proves what a page says, in one file for a complaint or a court."""
