"""Markings where they stand, in the many ways people write them, and the prose that only sounds like one."""

import pytest

from mailroom.message import read

pytestmark = pytest.mark.fast


def marking(subject: str = "x", text: str = "x", headers: str = "") -> str:
    return read(f"From: a@example.org\r\nSubject: {subject}\r\n{headers}\r\n{text}\r\n".encode()).marking


@pytest.mark.parametrize(
    "subject",
    [
        "OFFICIAL-SENSITIVE: IAG advice", "OFFICIAL SENSITIVE: IAG advice", "OFFICIAL - SENSITIVE: advice",
        "FW: OFFICIAL – SENSITIVE - advice", "OFFICIAL—SENSITIVE advice".replace(" advice", " - advice"),
        "OFFICIAL_SENSITIVE advice".replace(" advice", ": advice"), "OFFICIAL/SENSITIVE: advice",
        "OFFICIAL:SENSITIVE advice".replace(" advice", " | advice"), "OFFICIALSENSITIVE: advice",
        "OFFICIAL (SENSITIVE): advice", "OFFICIAL [SENSITIVE] - advice", "[OFFICIAL SENSITIVE] advice",
        "(OFFICIAL-SENSITIVE) advice", "{OFFICIAL-SENSITIVE} advice", "**OFFICIAL-SENSITIVE** advice",
        "advice [OFFICIAL-SENSITIVE]", "advice - OFFICIAL-SENSITIVE", "advice | OFFICIAL SENSITIVE",
        "advice (Official-Sensitive) for Tuesday", "Official-Sensitive: advice", "official sensitive - advice",
        "Re: Fw: [EXTERNAL] OFFICIAL-SENSITIVE: advice", "AW: OFFICIAL-SENSITIVE - PERSONAL - advice",
        "OFFICIAL-SENSITIVE COMMERCIAL: fees", "OFFICIAL-SENSITIVE [LOCSEN] advice", "UK OFFICIAL-SENSITIVE: advice",
        "OFF-SENS: advice", "OFFICIAL-SENS: advice", "[O-S] advice", "Classification: Official-Sensitive advice",
        "Protective marking: OFFICIAL SENSITIVE", "ＯＦＦＩＣＩＡＬ-ＳＥＮＳＩＴＩＶＥ: advice",
        "OFFICIAL\N{NO-BREAK SPACE}SENSITIVE: advice", "OFFICIAL\N{SOFT HYPHEN}-SENSITIVE: advice",
        "OFFICIAL\N{NON-BREAKING HYPHEN}SENSITIVE: advice", "OFFICIAL-SENSITIVE (when completed)",
        "OFFICIAL-SENSITIVE", "official-sensitive", "OFFICIAL-SENSITIVE, advice", "#OFFICIAL-SENSITIVE advice #1"
        .replace("advice #1", "- advice"), "Advice: OFFICIAL-SENSITIVE", "RE: RE: OFFICIAL  -  SENSITIVE: advice",
    ],
)  # fmt: skip
def test_official_sensitive_is_known_however_it_is_spelt_in_a_subject(subject: str):
    assert marking(subject) == "OFFICIAL-SENSITIVE"


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("OFFICIAL: rota", "OFFICIAL"),
        ("advice [OFFICIAL]", "OFFICIAL"),
        ("advice [Official]", "OFFICIAL"),
        ("GSC: official", "OFFICIAL"),
        ("SECRET: briefing", "SECRET"),
        ("SECRET UK EYES ONLY briefing", "SECRET"),
        ("Classification: secret", "SECRET"),
        ("TOP SECRET - briefing", "TOP SECRET"),
        ("[TOP-SECRET] briefing", "TOP SECRET"),
        ("Fwd: TOPSECRET: briefing", "TOP SECRET"),
    ],
)
def test_the_other_markings_are_known_in_a_subject(subject: str, expected: str):
    assert marking(subject) == expected


@pytest.mark.parametrize(
    "prose",
    [
        "SECRET SANTA", "top secret recipe", "Top secret recipe for cake", "TOP SECRET RECIPE", "Top secret: recipe",
        "Secret: what we do on Fridays", "(secret) party", "OFFICIAL opening of the stand", "Official: we are moving",
        "Re: Official-Sensitive thoughts", "Is it OFFICIAL yet?", "It is no SECRET that lifts break",
        "The official sensitive to noise", "Victoria's Secret sale", "Officially open", "UNOFFICIAL: rota", "Secret",
        "The Official Secrets Act", "OFFICIALS: rota", "SECRETARY: minutes", "secret", "official opening",
        "SECRETS: a talk",
    ],
)  # fmt: skip
def test_prose_that_sounds_like_a_marking_is_none(prose: str):
    assert marking(prose) == ""
    assert marking(text=f"Hello,\r\n{prose} and so on, as we said.\r\nAda") == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\r\nOFFICIAL-SENSITIVE\r\n\r\nRowan,", "OFFICIAL-SENSITIVE"),
        ("OFFICIAL-SENSITIVE - do not forward.\r\nRowan,", "OFFICIAL-SENSITIVE"),
        ("*OFFICIAL*\r\n\r\nRowan,", "OFFICIAL"),
        ("Rowan,\r\nPlease see.\r\n\r\nOFFICIAL SENSITIVE", "OFFICIAL-SENSITIVE"),
        (
            "Rowan,\r\nPlease see.\r\n-- \r\nInsp Hale\r\n[Official-Sensitive]\r\nThis mail is for you.",
            "OFFICIAL-SENSITIVE",
        ),
        ("Rowan,\r\nClassification: Secret\r\nPlease see.", "SECRET"),
        ("Noted.\r\n\r\n> OFFICIAL-SENSITIVE\r\n> Please see.", "OFFICIAL-SENSITIVE"),
        ("Rowan,\r\n=== TOP SECRET ===\r\nbye", "TOP SECRET"),
        ("It is no SECRET that lifts break.", ""),
        ("Our club:\r\nsecret\r\nbye", ""),
    ],
)
def test_a_marking_on_the_first_or_last_line_or_a_line_of_its_own(text: str, expected: str):
    assert marking(text=text) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("X-Protective-Marking: OFFICIAL-SENSITIVE", "OFFICIAL-SENSITIVE"),
        ("X-Protective-Marking: VER=2018.3, NS=example, SEC=OFFICIAL:Sensitive", "OFFICIAL-SENSITIVE"),
        ("msip_labels: MSIP_Label_1_Name=OFFICIAL;MSIP_Label_1_Enabled=true", "OFFICIAL"),
        (
            "msip_labels: MSIP_Label_1a-2b_Enabled=True; MSIP_Label_1a-2b_Name=Official - Sensitive",
            "OFFICIAL-SENSITIVE",
        ),
        ("msip_labels: MSIP_Label_1_Name=SECRET;MSIP_Label_1_Enabled=false", ""),
        ("msip_labels: MSIP_Label_1_Name=Non-OFFICIAL;MSIP_Label_1_Enabled=true", ""),
        ("X-Classification: TOP-SECRET", "TOP SECRET"),
        ("X-Example-Classification: Official", "OFFICIAL"),
        ("X-Spam-Classification: ham", ""),
        ("X-Other: OFFICIAL", ""),
    ],
)
def test_a_marking_in_a_header(header: str, expected: str):
    assert marking(headers=f"{header}\r\n") == expected


def test_the_highest_of_several_markings_counts():
    assert marking("OFFICIAL: x", "SECRET\r\n") == "SECRET"
