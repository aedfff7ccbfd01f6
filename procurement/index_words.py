"""Table of index.db with the words of titles, among which a mistyped word is looked for."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field

from procurement.index import IndexTable

# In the order of its letters' code points on every database.
_LETTERS = Text().with_variant(Text(collation="C"), "postgresql")


class TitleWord(IndexTable, table=True):
    """A word of letters that stands in the titles of `documents` things that can be found.

    `head` and `tail` are its first and last two letters: a slip leaves one of them as it was.
    """

    __tablename__ = "title_word"
    __table_args__ = (
        Index("title_word_head", "head", "length", "word"),
        Index("title_word_tail", "tail", "length", "word"),
    )
    word: str = Field(primary_key=True, sa_type=_LETTERS)
    head: str
    tail: str
    length: int
    documents: int = Field(sa_type=BigInteger)
