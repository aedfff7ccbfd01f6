"""Red flags: what deserves a second look in procurement, each with what it read and computed.

One module a flag, named by the code of the Open Contracting Partnership's list (R001 to R073), or
`b` and a number for those on the link of budget, contract and payment that the list does not have.
A flag is a question, not an accusation; `not-computable` is one of its answers.
"""
