import pytest

from mailroom.message import Border, read
from mailroom.message.model import Authentication

pytestmark = pytest.mark.fast
OURS = Border(authserv_ids=("mx.btp.example.org",))
EXCHANGE = Border(mode="exchange-online")
RECEIVED = "Received: from out.example.org by mx.btp.example.org with ESMTPS id 1; Mon, 04 Jan 2027 09:00:00 +0000\r\n"
PASS = "Authentication-Results: mx.btp.example.org; dmarc=pass header.from=example.org\r\n"


def verdict(headers: str, border: Border = OURS, sender: str = "ada@example.org") -> Authentication:
    return read(f"{headers}From: Ada <{sender}>\r\nSubject: x\r\n\r\nx\r\n".encode(), border).authentication


def test_our_servers_pass_is_believed():
    assert verdict(PASS + RECEIVED).verdict == "pass"
    assert verdict(RECEIVED + PASS).verdict == "pass"


def test_without_configuration_nobody_is_authenticated():
    assert verdict(PASS, Border()) == Authentication()
    assert verdict("Authentication-Results: ; dmarc=pass\r\n", Border(authserv_ids=("",))).verdict == "none"


@pytest.mark.parametrize(
    "identity",
    ["MX.BTP.EXAMPLE.ORG.evil.example", "evil.example", "mx.btp.example.org.", "(mx.btp.example.org) evil.example",
     "mx.btp.example.org evil", "xmx.btp.example.org"],
)  # fmt: skip
def test_an_identity_counts_only_when_it_is_ours(identity: str):
    expected = "pass" if identity == "mx.btp.example.org." else "none"

    assert verdict(f"Authentication-Results: {identity}; dmarc=pass\r\n").verdict == expected


def test_the_topmost_of_our_headers_decides_and_a_forged_one_below_does_not():
    fail = "Authentication-Results: mx.btp.example.org; dmarc=fail\r\n"

    assert verdict(fail + PASS).verdict == "fail"


def test_a_header_that_came_through_a_foreign_server_is_not_ours():
    foreign = RECEIVED.replace("mx.btp.example.org", "mx.evil.net")

    assert verdict(foreign + PASS).verdict == "none"


def test_an_aligned_dkim_pass_counts_where_dmarc_says_nothing():
    head = "Authentication-Results: mx.btp.example.org; dkim=pass header.d={0}; spf=none\r\n"

    assert verdict(head.format("mail.example.org")).verdict == "pass"
    assert verdict(head.format("evil.net")).verdict == "none"
    assert verdict(head.format("evil.co.uk"), sender="ada@good.co.uk").verdict == "none"


def test_a_dmarc_failure_outranks_a_dkim_pass():
    head = "Authentication-Results: mx.btp.example.org; dkim=pass header.d=example.org; dmarc=fail\r\n"

    assert verdict(head) == Authentication("fail", "", "pass", "fail")


def test_a_pass_for_another_domain_is_no_pass():
    assert verdict(PASS.replace("header.from=example.org", "header.from=evil.net")).verdict == "none"


def test_words_in_comments_count_for_nothing():
    head = "Authentication-Results: mx.btp.example.org; spf=fail (x; dmarc=pass ((;dmarc=pass)))\r\n"

    assert verdict(head).verdict == "fail"


def test_two_senders_are_vouched_for_by_nobody():
    message = read(f"{PASS}From: ada@example.org\r\nFrom: chief@example.org\r\n\r\nx\r\n".encode(), OURS)

    assert message.authentication.verdict == "none"
    assert "more than one From header" in message.defects


def test_arc_is_ignored():
    assert verdict("ARC-Authentication-Results: i=1; mx.btp.example.org; dmarc=pass\r\n").verdict == "none"


def test_exchange_online_signs_no_name_and_only_its_topmost_header_counts():
    hop = (
        "Received: from a.example.org by LO1.eurprd01.prod.outlook.com with HTTPS; Mon, 04 Jan 2027 09:00:00 +0000\r\n"
    )
    good = (
        "Authentication-Results: spf=pass smtp.mailfrom=example.org; dmarc=pass action=none header.from=example.org\r\n"
    )
    bad = (
        "Authentication-Results: spf=fail; dmarc=fail action=none header.from=example.org;compauth=fail reason=000\r\n"
    )

    assert verdict(hop + good, EXCHANGE).verdict == "pass"
    assert verdict(hop + bad + good, EXCHANGE).verdict == "fail"
    assert verdict(good, EXCHANGE).verdict == "none"
    assert verdict(hop.replace("outlook.com", "outlook.com.evil.net") + good, EXCHANGE).verdict == "none"
    assert verdict(hop + good, OURS).verdict == "none"
