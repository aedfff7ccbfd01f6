"""The web: pages for people, their JSON twins for programs, and the log's public files.

HTML that needs no script, in Bahasa Indonesia and English. Everything shown here comes from
projections and can be checked without trusting this server.
"""
