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


@pytest.mark.parametrize(
    "forged",
    [
        'spf=pass smtp.mailfrom="x; dmarc=pass header.from=example.org"@evil.net; dmarc=fail',
        "spf=pass smtp.mailfrom=x;dmarc=pass@evil.net; dmarc=fail header.from=example.org",
        'dkim=pass (d="example.org; dmarc=pass") header.d=evil.net; dmarc=fail',
        'dkim=fail reason="\\"; dmarc=pass; x=\\"" header.d=evil.net; dmarc=none',
        "dmarc=pass header.from=example.org; dmarc=fail header.from=example.org",
        "dkim=pass header.d=example.org.evil.net; dmarc=fail",
        "(unclosed; dmarc=pass",
        "dmarc=passed header.from=example.org; spf=fail smtp.mailfrom=example.org",
    ],
)
def test_what_a_stranger_chose_cannot_pass_for_a_result(forged: str):
    assert verdict(f"Authentication-Results: mx.btp.example.org; {forged}\r\n").verdict != "pass"


def test_a_header_below_what_the_sender_wrote_is_the_senders_own():
    raw = f"{RECEIVED}From: Ada <ada@example.org>\r\nSubject: x\r\n{PASS}\r\nx\r\n".encode()

    assert read(raw, OURS).authentication.verdict == "none"


@pytest.mark.parametrize(
    "identity", ["mx.btp.example.org 1", '"mx.btp.example.org"', "MX.btp.example.org", "(x) mx.btp.example.org (y) 2"]
)
def test_our_name_is_known_however_it_is_written(identity: str):
    assert verdict(f"Authentication-Results: {identity}; dmarc=pass\r\n").verdict == "pass"


def test_a_domain_is_the_same_in_unicode_and_as_an_a_label():
    head = "Authentication-Results: mx.btp.example.org; dmarc=pass header.from=xn--bcher-kva.example.org\r\n"

    assert verdict(head, sender="ada@bücher.example.org").verdict == "pass"


def test_a_signature_counts_for_domains_above_and_below_it_but_not_beside_it():
    head = "Authentication-Results: mx.btp.example.org; dkim=pass header.d={0}\r\n"

    assert verdict(head.format("example.org"), sender="ada@mail.example.org").verdict == "pass"
    assert verdict(head.format("mail.example.org")).verdict == "pass"
    assert verdict(head.format("ben.example.org"), sender="ada@ada.example.org").verdict == "none"


SEALED = (
    "Authentication-Results: mx.btp.example.org; dmarc=fail header.from=example.org; arc={0}\r\n"
    "ARC-Seal: i=1; a=rsa-sha256; d=list.example.net; s=x; b=x\r\n"
    "ARC-Authentication-Results: i=1; mx.list.example.net; dmarc=pass header.from=example.org\r\n"
)


def test_a_sealed_chain_counts_only_when_its_last_sealer_is_listed_and_our_server_found_it_whole():
    trusting = Border(OURS.authserv_ids, arc_sealers=("list.example.net",))
    resealed = SEALED + "ARC-Seal: i=2; d=evil.net\r\nARC-Authentication-Results: i=2; evil.net; dmarc=pass\r\n"

    assert verdict(SEALED.format("pass"), trusting).verdict == "pass"
    assert verdict(SEALED.format("fail"), trusting).verdict == "fail"
    assert verdict(SEALED.format("pass"), OURS).verdict == "fail"
    assert verdict(resealed.format("pass"), trusting).verdict == "fail"


def test_exchange_vouches_for_its_own_people_but_not_for_whoever_writes_its_mark():
    hop = "Received: from A.eurprd01.prod.outlook.com by B.eurprd01.prod.outlook.com with HTTPS; x\r\n"
    mark = "X-MS-Exchange-Organization-AuthAs: Internal\r\n"
    within = "Authentication-Results: dkim=none (message not signed) header.d=none;dmarc=none action=none\r\n"
    outside = "Authentication-Results: spf=none smtp.mailfrom=example.org; dmarc=none\r\n"

    assert verdict(hop + within + mark, EXCHANGE).verdict == "pass"
    assert verdict(hop + outside + mark, EXCHANGE).verdict == "none"
    assert verdict(hop + within + mark + mark, EXCHANGE).verdict == "none"
    assert verdict(hop + within, EXCHANGE).verdict == "none"
    assert verdict(within + mark, EXCHANGE).verdict == "none"
    assert verdict(hop + within + mark, OURS).verdict == "none"
