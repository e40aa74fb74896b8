import pytest

from mailroom.message import read

pytestmark = pytest.mark.fast


def marking(subject: str = "x", text: str = "x", headers: str = "") -> str:
    return read(f"From: a@example.org\r\nSubject: {subject}\r\n{headers}\r\n{text}\r\n".encode()).marking


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("OFFICIAL: rota", "OFFICIAL"),
        ("OFFICIAL-SENSITIVE: IAG advice", "OFFICIAL-SENSITIVE"),
        ("Re: Official-Sensitive thoughts", ""),
        ("FW: OFFICIAL – SENSITIVE - advice", "OFFICIAL-SENSITIVE"),
        ("[OFFICIAL SENSITIVE] advice", "OFFICIAL-SENSITIVE"),
        ("advice [OFFICIAL]", "OFFICIAL"),
        ("SECRET: briefing", "SECRET"),
        ("TOP SECRET - briefing", "TOP SECRET"),
        ("SECRET SANTA", ""),
        ("top secret recipe", ""),
        ("Top secret recipe for cake", ""),
        ("OFFICIAL opening of the stand", ""),
    ],
)
def test_a_marking_in_the_subject(subject: str, expected: str):
    assert marking(subject) == expected


def test_a_marking_on_the_first_line():
    assert marking(text="\r\nOFFICIAL-SENSITIVE\r\n\r\nRowan,") == "OFFICIAL-SENSITIVE"
    assert marking(text="It is no SECRET that lifts break.") == ""


def test_a_marking_in_a_header():
    assert marking(headers="X-Protective-Marking: OFFICIAL-SENSITIVE\r\n") == "OFFICIAL-SENSITIVE"
    assert marking(headers="msip_labels: MSIP_Label_1_Name=OFFICIAL;MSIP_Label_1_Enabled=true\r\n") == "OFFICIAL"


def test_the_highest_of_several_markings_counts():
    assert marking("OFFICIAL: x", "SECRET\r\n") == "SECRET"
