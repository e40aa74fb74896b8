"""The directory: an import may add and retire addresses, but never undo what bounces or a person decided."""

import sqlite3

import pytest

from mailroom.store import Store, people
from mailroom.store.people import Person

ADA = Person("M01", "Ada Winter", "member", ("ada@mail.example.org", "ada@work.example.org"))


def save(store: Store, person: Person) -> None:
    with store.immediate() as db:
        people.save(db, person)


def statuses(store: Store) -> dict[str, tuple[str, int]]:
    return {
        email: (status, primary)
        for email, status, primary in store.db.execute("SELECT email, status, is_primary FROM addresses")
    }


def test_an_import_never_wakes_an_address_that_was_suspended(store: Store):
    save(store, ADA)
    with store.immediate() as db:
        db.execute("UPDATE addresses SET status = 'suspended' WHERE email = 'ada@mail.example.org'")

    save(store, ADA)

    assert statuses(store)["ada@mail.example.org"] == ("suspended", 1)
    assert people.address_of(store.db, "M01") is None


def test_an_address_no_longer_given_is_retired_and_comes_back_when_given_again(store: Store):
    save(store, ADA)
    save(store, Person("M01", "Ada Winter", "member", ("ada@work.example.org",)))

    assert statuses(store) == {"ada@mail.example.org": ("retired", 0), "ada@work.example.org": ("ok", 1)}
    assert people.known(store.db, "ada@mail.example.org") is None

    save(store, ADA)

    assert statuses(store) == {"ada@mail.example.org": ("ok", 1), "ada@work.example.org": ("ok", 0)}


def test_whoever_has_left_holds_no_role(store: Store):
    save(store, Person("robin", "Robin Hale", "officer", ("robin@btp.example.org",), ("coordinator",)))
    assert people.holders(store.db, "coordinator") == ("robin",)

    save(store, Person("robin", "Robin Hale", "officer", ("robin@btp.example.org",), ("coordinator",), state="left"))
    assert people.holders(store.db, "coordinator") == ()


def test_an_address_of_somebody_else_is_refused(store: Store):
    save(store, ADA)

    with pytest.raises(sqlite3.IntegrityError):
        save(store, Person("M02", "Ben Ortiz", "member", ("ada@mail.example.org",)))
    assert people.owner(store.db, "ada@mail.example.org") == "M01"
