"""The officers' console: private drafts, previews, and signatures made with passkeys.

Server-rendered; JavaScript makes and uses passkeys and does nothing else. Drafts are kept beside
the log and never in it. What is published goes through `Log.append` like everything else: the
console has no authority of its own.
"""
