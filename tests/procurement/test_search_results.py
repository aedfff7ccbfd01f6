"""What a reader finds and in which order, and what is proposed in place of nothing."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from procurement import asking, queries, searching, suggesting
from tests.procurement.town import SALT, Town, found_town

LINE = "ID-TOWN/2026/1.03"


def tendered(town: Town, number: int, title: str, description: str = "", day: int = 1) -> str:
    """A process with a title and a description; its ocid."""
    ocid = f"ocds-town00-{number:04}"
    said = {"ocid": ocid, "id": str(day), "date": f"2026-01-{day:02}T00:00:00Z", "tag": ["tender"]}
    tender = {"id": "T", "title": title, "description": description, "status": "active"}
    town.release({**said, "initiationType": "tender", "tender": tender})
    return ocid


def asked(town: Town, said: str, limit: int = 50, **more: object) -> list[str]:
    """What is found for words, page after page."""
    found: list[str] = []
    after = None
    while True:
        page = asking.search(town.index, said, limit, after, "process", **more)
        found += [each.ref for each in page.found]
        if page.next is None:
            return found
        after = page.next


def known_words(town: Town) -> list[tuple[str, int]]:
    """The words kept beside the index, and in how many titles each stands."""
    with town.index.session() as session:
        query = text(f"SELECT word, documents FROM {place(town)}title_word")
        return sorted((word, count) for word, count in session.connection().execute(query))


def place(town: Town) -> str:
    """Where the tables are."""
    return '"index".' if town.index.engine.dialect.name == "postgresql" else ""


def test_titles_come_before_the_rest(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """All words in the title first, then the others, each newest first and once, on any page."""
    monkeypatch.setattr(searching, "LEVELS", (1, 2))
    with closing(found_town(tmp_path, url=database_url)) as town:
        titled, others = [], []
        for number in range(12):
            if number % 4 == 0:
                titled.append(tendered(town, number, "Pintu air utara"))
            else:
                others.append(tendered(town, number, "Pintu", "dekat air di utara"))
        tendered(town, 99, "Pintu air", "selatan")
        town.follow(5)
        expected = titled[::-1] + others[::-1]
        for limit in (1, 2, 3, 50):
            assert asked(town, "air utara", limit) == expected
            assert asked(town, "air utar", limit) == expected
        newest = queries.search(town.index, "air utara", kind="process")
        assert [each.ref for each in newest] == sorted(expected, reverse=True)


def test_other_forms_of_a_word_are_found(database_url: str, tmp_path: Path):
    """Abbreviations, what is narrower and English words find the same, but not when told not to."""
    with closing(found_town(tmp_path, url=database_url)) as town:
        school = tendered(town, 1, "Rehab SDN 3 Utara")
        road = tendered(town, 2, "Perbaikan Jl. Merdeka")
        health = tendered(town, 3, "Kantor Puskesmas", "Rumah Sakit")
        town.follow()
        for said, expected in (
            ("sekolah", [school]),
            ("sekolah dasar utara", [school]),
            ("school", [school]),
            ("rehabilitasi sd", [school]),
            ("jalan merdeka", [road]),
            ("jl.merdeka", [road]),
            ("jln merdeka", [road]),
            ("road merdeka", [road]),
            ("rsud", [health]),
            ("merdeka sekolah", []),
        ):
            assert asked(town, said) == expected, said
        assert asked(town, "sekolah", exact=True) == []
        assert asked(town, "jl merdeka", exact=True) == [road]
        assert queries.search(town.index, "sekolah", exact=True) == []
        assert asking.search(town.index, "jalan").also[:2] == ("jl", "jln")
        assert asking.search(town.index, "jalan", exact=True).also == ()


def test_a_slip_leads_to_words_that_are_there(database_url: str, tmp_path: Path):
    """Where nothing is found: near words, the most used first, or the query without one word."""
    with closing(found_town(tmp_path, url=database_url)) as town:
        for number, title in enumerate(("Jembatan Besar", "Jembatan Lama", "Jembaton Lama")):
            tendered(town, number, title)
        town.follow()

        def proposed(said: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
            found = asking.search(town.index, said)
            assert not found.found
            return found.near, found.shorter

        assert proposed("jembatin") == (("jembatan", "jembaton"), ())
        assert proposed("jmebatan besar") == (("jembatan besar",), ("besar",))
        assert proposed("ejmbatan") == (("jembatan",), ())
        assert proposed("jembatan besar zzzz") == ((), ("jembatan besar",))
        assert proposed("besr lame") == ((), ("lama", "besar"))
        assert proposed("brigde lama") == (("bridge lama", "bridges lama"), ("lama",))
        assert proposed("jembatin lame zzzz") == ((), ("jembatan lama",))
        assert proposed("jembatan.zzzz") == ((), ("jembatan",))
        assert proposed("zzzz yyyy lama xxxx") == ((), ("lama",))
        assert proposed("sekolah") == ((), ())
        assert proposed("qqqq") == proposed("123456") == ((), ())
        assert asking.search(town.index, "jembatan").near == ()


def test_words_go_with_the_last_title_that_has_them(database_url: str, tmp_path: Path):
    """Renamed, erased, followed in any groups or built again: the words are those of titles."""
    with closing(found_town(tmp_path, url=database_url)) as town:
        first = town.appropriate(LINE, "1.00")
        about = town.log.record(first).leaf_hash.hex()
        note = {"salt": SALT, "about": [about], "text": "Rahasia tetangga"}
        secret = town.publish("budget", "note", about, note)
        tendered(town, 1, "Jembatan lama")
        town.follow(1)
        assert {"rahasia", "tetangga", "jembatan", "lama"} <= {
            word for word, _ in known_words(town)
        }
        tendered(town, 1, "Jembatan baru", day=2)
        town.erase(secret)
        town.follow(1)
        followed = known_words(town)
        assert not {"rahasia", "tetangga", "lama"} & {word for word, _ in followed}
        assert {("jembatan", 1), ("baru", 1)} <= set(followed)
        assert asking.search(town.index, "rahasai tetangga").near == ()
        town.again()
        assert known_words(town) == followed


def test_looking_for_near_words_is_bounded(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """However many words begin alike, only so many are looked at, the same on each database."""
    monkeypatch.setattr(suggesting, "LOOKED_AT", 2)
    with closing(found_town(tmp_path, url=database_url)) as town:
        tendered(town, 1, "abcdea abcdeb abcdec abcded ybcdez")
        town.follow()
        assert asking.search(town.index, "abcdez").near == ("abcdea", "abcdeb", "ybcdez")


@pytest.mark.parametrize(
    "said",
    [
        " ".join(["sekolah"] * 200),
        "sekolah dasar " * 60,
        "sekolah* NEAR(jalan) AND -x ^y {words}: z",
        "' | '\\",
        "\ue000jalan",
        "jl." * 200,
        "a" * 5000,
        "ﬃ ẞ ǆ ١٢",
        "kindprocess OR kindline",
        "😀 jalan 😀",
    ],
)
def test_odd_queries_are_harmless(database_url: str, tmp_path: Path, said: str):
    """Operators, marks and long texts are words or nothing, and stop no database."""
    with closing(found_town(tmp_path, url=database_url)) as town:
        tendered(town, 1, "Jalan baru", "sekolah lama")
        town.follow()
        for exact in (False, True):
            page = asking.search(town.index, said, exact=exact)
            assert len(page.near) <= suggesting.SHOWN
            assert len(page.shorter) <= suggesting.SHOWN
        assert asked(town, "jalan") == ["ocds-town00-0001"]
