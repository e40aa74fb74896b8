"""Our own receiving server's verdict on the From address (RFC 8601), read so that nobody else's counts.

Believed is only the topmost Authentication-Results header that bears a configured identity, stands
among the trace headers, above all that the sender wrote, and has no foreign server's Received over it.
What a server says about DMARC decides; without DMARC, a DKIM or SPF pass counts only when aligned with
the From domain. Nothing configured means nobody is authenticated. A chain of ARC seals (RFC 8617)
counts when our server found it whole and a sealer that is listed closed it.
"""

import re
from collections.abc import Collection, Iterator

from mailroom.message import authres
from mailroom.message.authres import Result, Results
from mailroom.message.headers import Headers, every
from mailroom.message.model import Authentication, Border, Verdict
from mailroom.message.resemblance import shown_domain

_BY = re.compile(r"(?i)(?:\A|[\s)])by\s+([a-z0-9.\-]{1,253})")
# A hop that gives a number or a bare word for itself is inside somebody's own system.
_NAMED = re.compile(r"(?=.*[a-zA-Z]).*\.")
# What the sender writes: servers put their trace headers above it (RFC 5321 section 4.4).
_ORIGINAL = frozenset({"from", "sender", "to", "cc", "subject", "date", "message-id"})
_MICROSOFT = (".outlook.com", ".protection.outlook.com")
# Written by Exchange for a sender of the same organisation, and taken off all mail that enters from outside.
_INTERNAL = "x-ms-exchange-organization-authas"
_SEAL = re.compile(r"(?i)(?:\A|;)\s*i\s*=\s*(\d{1,3})\s*(?=;|\Z)")
_SEALER = re.compile(r"(?i)(?:\A|;)\s*d\s*=\s*([a-z0-9.\-]{1,253})\s*(?=;|\Z)")
# Registries below which anybody may register: two labels are not an organisation there.
_SECOND_LEVEL = frozenset({"co", "org", "ac", "gov", "police", "nhs", "sch", "net", "com", "edu", "ltd", "plc", "me"})

NOBODY = Authentication()


def authentication(headers: Headers, from_domain: str, border: Border) -> Authentication:
    """Return the verdict on `from_domain`, "" being no usable From (or several), which nobody can vouch for."""
    exchange = border.mode == "exchange-online"
    value = _exchange_header(headers) if exchange else _our_header(headers, border)
    if not from_domain or not (value or exchange):
        return NOBODY
    found = authres.results(value)
    verdict = _verdict(found, from_domain)
    if verdict == "none" and exchange and _internal(headers, found):
        verdict = "pass"
    if verdict != "pass" and _values(found, "arc") == ["pass"]:
        sealed = authres.results(_sealed_header(headers, border.arc_sealers))
        verdict = "pass" if _verdict(sealed, from_domain) == "pass" else verdict
    return Authentication(verdict, _best(found, "spf"), _best(found, "dkim"), _best(found, "dmarc"))


def _verdict(found: Results, from_domain: str) -> Verdict:
    for method in ("dmarc", "compauth"):
        said = found.get(method, ())
        if any(not _same(result.header_from or from_domain, from_domain) for result in said):
            return "none"
        # One answer is the rule; where there are two, the worse one is the server's, not the sender's.
        if any(result.value == "fail" for result in said):
            return "fail"
        if said and all(result.value == "pass" for result in said):
            return "pass"
    signed: list[Result] = [*found.get("dkim", ()), *found.get("spf", ())]
    if any(result.value == "pass" and _aligned(result.vouched, from_domain) for result in signed):
        return "pass"
    return "fail" if any(result.value in ("fail", "hardfail") for result in signed) else "none"


def _trace(headers: Headers) -> Iterator[tuple[str, str]]:
    """Give the headers that servers wrote on top, down to the first of the sender's own."""
    for name, value in headers:
        if name in _ORIGINAL:
            return
        yield name, value


def _our_header(headers: Headers, border: Border) -> str:
    ours = {identity.lower().rstrip(".") for identity in border.authserv_ids if identity}
    homes = {_organisation(identity) for identity in ours}
    for name, value in _trace(headers):
        if name == "received":
            by = _BY.search(value)
            if by and _NAMED.match(by[1]) and _organisation(by[1]) not in homes:
                return ""
        elif name == "authentication-results":
            identity, rest = authres.identity(value)
            if identity in ours:
                return rest
    return ""


def _exchange_header(headers: Headers) -> str:
    """Return the topmost results where the topmost Received was written by Exchange Online; it signs no name."""
    value = next((value for name, value in _trace(headers) if name == "authentication-results"), "")
    plain = authres.plain(value)
    return plain if _received_by_exchange(headers) and authres.results(plain.partition(";")[0]) else ""


def _received_by_exchange(headers: Headers) -> bool:
    received = next((value for name, value in _trace(headers) if name == "received"), "")
    by = _BY.search(received)
    return by is not None and by[1].lower().rstrip(".").endswith(_MICROSOFT)


def _internal(headers: Headers, found: Results) -> bool:
    """Say whether Exchange itself vouches for a sender within: mail from outside always gets an SPF result."""
    marks = [value.lower() for value in every(headers, _INTERNAL)]
    return marks == ["internal"] and "spf" not in found and _received_by_exchange(headers)


def _sealed_header(headers: Headers, sealers: Collection[str]) -> str:
    """Return what the last sealer of the ARC chain had found, if it is listed."""
    seals = {int(number[1]): value for value in every(headers, "arc-seal") if (number := _SEAL.search(value))}
    if not seals or not sealers:
        return ""
    last = max(seals)
    sealer = _SEALER.search(seals[last])
    if sealer is None or not any(_same(sealer[1], listed) for listed in sealers):
        return ""
    for value in every(headers, "arc-authentication-results"):
        instance, _, rest = value.partition(";")
        if (match := _SEAL.match(instance)) and int(match[1]) == last:
            return authres.identity(rest)[1]
    return ""


def _values(found: Results, method: str) -> list[str]:
    return [result.value for result in found.get(method, ())]


def _best(found: Results, method: str) -> str:
    values = _values(found, method)
    return "pass" if "pass" in values and method != "dmarc" else (values[0] if values else "")


def _same(one: str, other: str) -> bool:
    return shown_domain(one.lower().rstrip(".")) == shown_domain(other.lower().rstrip("."))


def _aligned(domain: str, from_domain: str) -> bool:
    """Relaxed alignment (RFC 7489 section 3.1), and narrower: the same domain, or one above or below it."""
    one, other = shown_domain(domain), shown_domain(from_domain)
    if not one or _organisation(one) != _organisation(other):
        return False
    return one == other or one.endswith("." + other) or other.endswith("." + one)


def _organisation(domain: str) -> str:
    *below, second, top = ["", "", *domain.lower().strip(".").split(".")]
    # Two letters are a country, and most countries register below "co" and the like.
    if len(top) == len("uk") and second in _SECOND_LEVEL:
        return f"{below[-1]}.{second}.{top}"
    return f"{second}.{top}"
