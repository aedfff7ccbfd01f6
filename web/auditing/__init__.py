"""What audits of a log have found, as pages: of a monitor on its own site, of others on a log's."""
