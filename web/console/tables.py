"""console.db: sessions and private drafts, on SQLite or PostgreSQL. Nothing here is public.

PostgreSQL keeps them in the schema `console`. Losing them loses drafts and sessions, no entry.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, Text
from sqlmodel import Field, SQLModel

SCHEMA = "console"


class ConsoleTable(SQLModel):
    """Base of the tables of this module."""

    metadata = MetaData()


class SecretRow(ConsoleTable, table=True):
    """One row: the key that authenticates challenges of the sign-in page."""

    __tablename__ = "secret"
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    secret: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class SessionRow(ConsoleTable, table=True):
    """An officer's session: SHA-256 of its token, the key that opened it, its CSRF token."""

    __tablename__ = "session"
    token: str = Field(primary_key=True)
    key: str
    csrf: str
    expires: str = Field(index=True)


class SpentRow(ConsoleTable, table=True):
    """A challenge of the sign-in page that has opened a session: it opens no other."""

    __tablename__ = "spent"
    challenge: str = Field(primary_key=True)
    expires: str = Field(index=True)


class PasskeyRow(ConsoleTable, table=True):
    """The enrolled key behind a credential id (base64url), learnt when it first signed in."""

    __tablename__ = "passkey"
    credential: str = Field(primary_key=True)
    key: str = Field(index=True)


class DraftRow(ConsoleTable, table=True):
    """A draft of one institution.

    `state` is `draft`, `waiting` (for a second officer), `returned`, `publishing` (signed, and the
    log is being asked) or `published`; `answers` are the fields of the form as JSON. `body` and
    `statement` are fixed at preview: signatures are over these bytes. Amounts are minor units.
    """

    __tablename__ = "draft"
    id: str = Field(primary_key=True)
    org: str = Field(index=True)
    key: str
    office: str
    form: str
    state: str
    answers: str = Field(sa_column=Column(Text, nullable=False))
    body: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    statement: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    title: str = ""
    amount: int | None = Field(default=None, sa_type=BigInteger)
    currency: str | None = None
    returned: str = ""
    index: int | None = Field(default=None, sa_type=BigInteger)
    changed: str


class ApprovalRow(ConsoleTable, table=True):
    """A signature over a draft's statement, as envelopes write it, and the office that made it."""

    __tablename__ = "approval"
    draft: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    office: str
    signature: str = Field(sa_column=Column(Text, nullable=False))


class BatchRow(ConsoleTable, table=True):
    """Drafts that are signed by one gesture.

    `digest` is the SHA-256 of what the first office signed, hex, once two are asked for.
    """

    __tablename__ = "batch"
    id: str = Field(primary_key=True)
    org: str = Field(index=True)
    form: str
    office: str
    digest: str = ""
    made: str


class MemberRow(ConsoleTable, table=True):
    """The draft at a position of a batch."""

    __tablename__ = "member"
    draft: str = Field(primary_key=True)
    batch: str = Field(index=True)
    position: int
