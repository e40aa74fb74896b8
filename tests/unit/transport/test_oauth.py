import sys

import pytest

from mailroom.errors import Permanent, Temporary, Unauthorised
from mailroom.transport.oauth import _access_token, exchange_online

pytestmark = pytest.mark.fast


def test_without_the_extra_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "msal", None)
    with pytest.raises(Permanent, match=r'pip install "mailroom\[m365\]"'):
        exchange_online("example.org", "client", lambda: "invented")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"error": "invalid_client", "error_description": "AADSTS7000215: wrong secret"}, Unauthorised),
        ({"error": "temporarily_unavailable"}, Temporary),
        ({}, Unauthorised),
    ],
)
def test_a_refused_token_says_whether_to_try_again(answer: dict[str, str], expected: type[Exception]):
    with pytest.raises(expected):
        _access_token(answer)


def test_a_token_is_handed_on_as_it_came():
    assert _access_token({"access_token": "ey.invented", "expires_in": 3599}) == "ey.invented"
