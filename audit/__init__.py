"""What an outsider can check, from the public tree and the chain alone."""
