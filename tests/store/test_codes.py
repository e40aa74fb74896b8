"""A code is one person's word on one text, once, for a week."""

from datetime import UTC, datetime, timedelta
from random import Random

from sqlite_utils import Database

from mailroom.store import Store, codes, people
from mailroom.store.codes import Code, Refused
from mailroom.store.people import Person

NOW = datetime(2027, 1, 12, 10, 40, tzinfo=UTC)


def issued(db: Database, person: str = "robin", seed: int = 1) -> str:
    for one, name in (("robin", "Robin Hale"), ("casey", "Casey Moran")):
        people.save(db, Person(one, name, "officer"))
    return codes.issue(db, person, "rules", 7, "abc", NOW, Random(seed))


def refused(db: Database, code: str, person: str = "robin", at: datetime = NOW) -> str:
    found = codes.redeem(db, code, person, at, "approved")
    assert isinstance(found, Refused)
    return found.sentence


def test_a_code_is_used_once_and_says_what_it_was_for(store: Store):
    with store.immediate() as db:
        code = issued(db)
        found = codes.redeem(db, code, "robin", NOW, "approved")

        assert isinstance(found, Code)
        assert (found.about, found.subject, found.sha256) == ("rules", 7, "abc")
        assert "used already (approved)" in refused(db, code)


def test_it_works_for_nobody_else_and_says_whose_it_is(store: Store):
    with store.immediate() as db:
        code = issued(db)

        assert "was sent to Robin Hale and works for nobody else" in refused(db, code, "casey")
        assert isinstance(codes.redeem(db, code, "robin", NOW, "approved"), Code), "nothing was used up"


def test_it_expires_after_a_week_to_the_second(store: Store):
    with store.immediate() as db:
        code = issued(db)

        assert "has expired" in refused(db, code, at=NOW + timedelta(days=7))
        last = NOW + timedelta(days=7, seconds=-1)
        assert isinstance(codes.redeem(db, code, "robin", last, "approved"), Code)


def test_an_unknown_code_is_told_so(store: Store):
    with store.immediate() as db:
        issued(db)

        assert "There is no code 2222-AAAA" in refused(db, "2222-AAAA")


def test_codes_differ_and_hold_a_letter_and_a_digit_and_nothing_that_looks_like_another(store: Store):
    with store.immediate() as db:
        issued(db)
        rnd = Random(0)
        found = {codes.issue(db, "robin", "mail", n, "abc", NOW, rnd) for n in range(2000)}

    assert len(found) == 2000
    assert all(len(code) == 9 and code[4] == "-" for code in found)
    assert not {"0", "1", "O", "I"} & set("".join(found))
    assert all(any(one.isdigit() for one in code) and any(one.isalpha() for one in code) for code in found)


def test_the_same_chance_twice_gives_two_codes(store: Store):
    with store.immediate() as db:
        assert issued(db, seed=5) != issued(db, seed=5)
