"""Our own receiving server's verdict on the From address (RFC 8601), read so that nobody else's counts.

Believed is only the topmost Authentication-Results header that bears a configured identity, and only
when no server but ours has handled the message since: every Received above it must be "by" our domain.
What a server says about DMARC decides; without DMARC, a DKIM or SPF pass counts only when aligned with
the From domain. Nothing configured means nobody is authenticated. ARC is ignored (RFC 8617).
"""

import re

from mailroom.message.headers import Headers
from mailroom.message.model import Authentication, Border, Verdict

# A longer header is not our server's.
_LENGTH = 16 * 1024
_RESULT = re.compile(r"(?i)\A\s*(spf|dkim|dmarc|compauth)\s*=\s*([a-z]{1,20})")
_PROPERTY = re.compile(r"(?i)(header\.from|header\.d|header\.i|smtp\.mailfrom|action)\s*=\s*\"?([^\s;\"]{1,256})")
_BY = re.compile(r"(?i)(?:\A|[\s)])by\s+([a-z0-9.\-]{1,253})")
# A hop that gives a number or a bare word for itself is inside somebody's own system.
_NAMED = re.compile(r"(?=.*[a-zA-Z]).*\.")
_MICROSOFT = (".outlook.com", ".protection.outlook.com")
# Registries below which anybody may register: two labels are not an organisation there.
_SECOND_LEVEL = frozenset({"co", "org", "ac", "gov", "police", "nhs", "sch", "net", "com", "edu", "ltd", "plc", "me"})

NOBODY = Authentication()


def authentication(headers: Headers, from_domain: str, border: Border) -> Authentication:
    """Return the verdict on `from_domain`, "" being no usable From (or several), which nobody can vouch for."""
    value = _exchange_header(headers) if border.mode == "exchange-online" else _our_header(headers, border)
    if not value or len(value) > _LENGTH or not from_domain:
        return NOBODY
    results: dict[str, list[tuple[str, dict[str, str]]]] = {}
    for clause in _without_comments(value).split(";"):
        found = _RESULT.match(clause)
        if found:
            properties = {name.lower(): item.lower() for name, item in _PROPERTY.findall(clause)}
            results.setdefault(found[1].lower(), []).append((found[2].lower(), properties))
    spf, dkim, dmarc = (_best(results.get(method, [])) for method in ("spf", "dkim", "dmarc"))
    return Authentication(_verdict(results, from_domain), spf, dkim, dmarc)


def _verdict(results: dict[str, list[tuple[str, dict[str, str]]]], from_domain: str) -> Verdict:
    for method in ("dmarc", "compauth"):
        for result, properties in results.get(method, [])[:1]:
            if properties.get("header.from", from_domain) != from_domain:
                return "none"
            if result in ("pass", "fail"):
                return "pass" if result == "pass" else "fail"
    vouched = [
        properties.get("header.d") or properties.get("header.i", "").rpartition("@")[2]
        for result, properties in results.get("dkim", [])
        if result == "pass"
    ] + [
        properties.get("smtp.mailfrom", "").rpartition("@")[2]
        for result, properties in results.get("spf", [])
        if result == "pass"
    ]
    if any(_aligned(domain, from_domain) for domain in vouched if domain):
        return "pass"
    failed = any(result in ("fail", "hardfail") for method in ("spf", "dkim") for result, _ in results.get(method, []))
    return "fail" if failed else "none"


def _our_header(headers: Headers, border: Border) -> str:
    ours = {identity.lower().rstrip(".") for identity in border.authserv_ids if identity}
    homes = {_organisation(identity) for identity in ours}
    for name, value in headers:
        if name == "received":
            by = _BY.search(value)
            if by and _NAMED.match(by[1]) and _organisation(by[1]) not in homes:
                return ""
        elif name == "authentication-results":
            identity, _, rest = _without_comments(value).strip().partition(";")
            words = identity.split()
            # An optional version may follow the identity (RFC 8601 section 2.2).
            if words and words[0].lower().rstrip(".") in ours and words[1:] in ([], ["1"]):
                return rest
    return ""


def _exchange_header(headers: Headers) -> str:
    """Return the topmost results where the topmost Received was written by Exchange Online; it signs no name."""
    received = next((value for name, value in headers if name == "received"), "")
    by = _BY.search(received)
    if by is None or not by[1].lower().rstrip(".").endswith(_MICROSOFT):
        return ""
    value = next((value for name, value in headers if name == "authentication-results"), "")
    return value if _RESULT.match(value) else ""


def _best(results: list[tuple[str, dict[str, str]]]) -> str:
    values = [result for result, _ in results]
    return "pass" if "pass" in values else (values[0] if values else "")


def _aligned(domain: str, from_domain: str) -> bool:
    """Relaxed alignment (RFC 7489 section 3.1): the same organisation's domain."""
    return _organisation(domain) == _organisation(from_domain)


def _organisation(domain: str) -> str:
    *below, second, top = ["", "", *domain.lower().strip(".").split(".")]
    # Two letters are a country, and most countries register below "co" and the like.
    if len(top) == len("uk") and second in _SECOND_LEVEL:
        return f"{below[-1]}.{second}.{top}"
    return f"{second}.{top}"


def _without_comments(value: str) -> str:
    """Drop (comments), which may nest and hold anything."""
    if "(" not in value:
        return value
    out: list[str] = []
    depth = 0
    for char in value[:_LENGTH]:
        if char == "(":
            depth += 1
        elif char == ")":
            depth = max(depth - 1, 0)
        elif not depth:
            out.append(char)
    return "".join(out)
