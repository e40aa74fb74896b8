"""Who sent a message, and how far that is believed."""

import pytest

from mailroom.message.resemblance import lookalike, mixes_scripts, namesake
from mailroom.store.people import Named

pytestmark = pytest.mark.fast

DIRECTORY = [
    Named("robin", "Robin Hale", "officer"),
    Named("M01", "Ada Winter", "member"),
    Named("foi", "FOI Unit", "desk"),
]


@pytest.mark.parametrize(
    "shown",
    ["Robin Hale", "Hale, Robin", "ROBIN HALE", "Insp Robin Hale", "Ch Insp Hale", "Róbin Hale",
     "Robin J. Hale", "PC 4521 Robin Hale", "DS Hale 4521", "T/Supt Hale", "Robin Hale (BTP)", "Robin Hale - Riverside",
     "Robin Hale via Files", "R\N{CYRILLIC SMALL LETTER O}bin Hale", "R0bin Ha1e", "Ro\N{ZERO WIDTH SPACE}bin Hale",
     '"Robin Hale" <robin@example.org>', "Dr Robin Hale MBE"],
)  # fmt: skip
def test_a_stranger_under_a_known_name_is_noticed(shown: str):
    found = namesake(shown, DIRECTORY)
    assert found is not None
    assert found.id == "robin"


@pytest.mark.parametrize("shown", ["Hale", "Robin", "Robin Hales", "Robina Hale-Winter", "", "Sgt", "Ada Hale"])
def test_part_of_a_name_is_nobody_in_particular(shown: str):
    assert namesake(shown, DIRECTORY) is None


@pytest.mark.parametrize(
    "domain",
    [
        "btp-police.invalid",
        "btp.example.org.invalid",
        "btp.examp1e.org",
        "btp.exarnple.org",
        "btp.example.net",
        "xn--bt-xyz.btp.invalid",
        "btp.exampl\N{CYRILLIC SMALL LETTER IE}.org",
        "xn--tp-lnc.example.org",
        "btp.xn--exampl-8of.org",
    ],
)
def test_a_domain_that_only_looks_like_ours_is_noticed(domain: str):
    assert lookalike(domain, ["btp.example.org"]) == "btp.example.org"


@pytest.mark.parametrize(
    "domain",
    [
        "btp.example.org",
        "mail.btp.example.org",
        "mail.example.org",
        "met.example.org",
        "web.example.net",
        "btp.gov.uk",
        "xn--.example.org",
        "xn--\N{SNOWMAN}.example.org",
        "",
        ".",
    ],
)
def test_our_own_domain_and_other_peoples_are_no_pretenders(domain: str):
    assert lookalike(domain, ["btp.example.org"]) == ""


@pytest.mark.parametrize(
    ("domain", "mixed"),
    [
        ("ex\N{CYRILLIC SMALL LETTER A}mple.org", True),
        ("xn--exmple-4nf.org", True),
        ("m\N{LATIN SMALL LETTER U WITH DIAERESIS}nchen.example.org", False),
        ("\N{CYRILLIC SMALL LETTER A}\N{CYRILLIC SMALL LETTER BE}.example.org", False),
        ("example-2.org", False),
    ],
)
def test_a_label_in_two_alphabets_is_noticed(domain: str, mixed: bool):
    assert mixes_scripts(domain) is mixed
