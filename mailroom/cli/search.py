"""`mailroom search`: find messages, cases and people by words."""

import json
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

import click

from mailroom.cli.frame import FIRST_YEAR, LAST_YEAR, colour, config_option, json_option, now_option

if TYPE_CHECKING:
    from sqlite_utils import Database

    from mailroom.store.search import Filters, FoundMessage

KINDS = ("messages", "cases", "people")
Kind = Literal["messages", "cases", "people"]

_ADDRESS = re.compile(r"\S*@\S*")
_CONTROL = re.compile(r"[\x00-\x01\x04-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_LEFT_OUT = {
    "quarantined": "in quarantine",
    "restricted": "restricted",
    "received": "not read yet",
    "stuck": "not read yet",
    "undone": "taken back",
    "confided": "in a case that is hidden from somebody",
    "hidden": "kept out of the search by what they hold",
}


class Day(click.ParamType[date]):
    """A day on the command line."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read `2027-01-31` or `31/01/2027`."""
        if isinstance(value, date):
            return value
        for form in ("%Y-%m-%d", "%d/%m/%Y"):
            try:
                found = datetime.strptime(str(value), form).date()  # noqa: DTZ007 - a day on the office's wall
            except ValueError:
                continue
            if FIRST_YEAR <= found.year <= LAST_YEAR:
                return found
        return self.fail(f"“{value}” should be a day such as 2027-01-31 or 31/01/2027", param, ctx)


@click.command(epilog="Examples:  mailroom search footbridge    mailroom search --case INC-2031-004 patrols stairs")
@click.argument("words", nargs=-1, required=True, metavar="WORDS...")
@config_option
@click.option("--kind", type=click.Choice(KINDS), help="Only these. All three where nothing else narrows the search.")
@click.option("--from", "sender", metavar="WHO", help="Only messages from them: a name, M10, or an address.")
@click.option("--case", "ref", metavar="REF", help="Only messages of this case, proposed ones too.")
@click.option("--person", metavar="M10", help="Only messages from this person or about them.")
@click.option("--class", "class_", metavar="CLASS", help="Only messages of this class, such as concern.")
@click.option("--since", type=Day(), help="Only messages that came on this day or later.")
@click.option("--until", type=Day(), help="Only messages that came on this day or before.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Show so many of each.")
@click.option("--prefix", is_flag=True, help="Let the last word be the beginning of one: foot finds footbridge.")
@now_option
@json_option
def search(  # noqa: PLR0913 - as many as there are ways to narrow a search
    words: tuple[str, ...],
    config_path: Path,
    *,
    kind: Kind | None,
    sender: str | None,
    ref: str | None,
    person: str | None,
    class_: str | None,
    since: date | None,
    until: date | None,
    limit: int,
    now: datetime,
    prefix: bool,
    as_json: bool,
) -> int:
    """Find messages, cases and people that hold all of WORDS.

    Capitals and accents make no difference, and whatever you type is only words: no sign has a meaning of its own.
    Messages that are restricted, in quarantine, taken back or kept out by a rule are not found; how many there are is
    said below. Addresses are never shown.
    """
    from mailroom import config
    from mailroom.store import looking
    from mailroom.store import search as store

    settings = config.load(config_path)
    zone = settings.office.zone
    question = store.query(" ".join(words), prefix=prefix)
    with looking(settings.office.database) as db:
        filters = _filters(db, zone, sender, ref, person, class_, since, until)
        wanted = (kind,) if kind else ("messages",) if filters.given else KINDS
        if filters.given and kind not in (None, "messages"):
            message = "--from, --case, --person, --class, --since and --until are for messages"
            raise click.UsageError(message)
        found: dict[str, list[Any]] = {
            "messages": store.messages(db, question, filters, limit, now) if question and "messages" in wanted else [],
            "cases": store.cases(db, question, limit) if question and "cases" in wanted else [],
            "people": store.people(db, question, limit) if question and "people" in wanted else [],
        }
        left_out = store.left_out(db, filters) if "messages" in wanted else {}
    if as_json:
        click.echo(json.dumps(_as_json(words, found, left_out), ensure_ascii=False))
    else:
        _show(found, zone)
        _say(words, question, found, wanted, left_out, limit)
    return 0 if any(found.values()) else 1


def _filters(
    db: "Database",
    zone: ZoneInfo,
    sender: str | None,
    ref: str | None,
    person: str | None,
    class_: str | None,
    since: date | None,
    until: date | None,
) -> "Filters":
    """Read the options against the office. Raises BadParameter for who, what or which there is not."""
    from mailroom.rules import vocabulary
    from mailroom.store import cases, people
    from mailroom.store.search import Filters, folded

    case = cases.by_ref(db, ref.strip().upper()) if ref else None
    if ref and case is None:
        message = f"there is no case {ref.upper()} in this office"
        raise click.BadParameter(message, param_hint="--case")
    names = people.names(db) if sender or person else []
    about = next((one.id for one in names if person and one.id.casefold() == person.casefold()), "")
    if person and not about:
        message = f"there is nobody {person} in this office"
        raise click.BadParameter(message, param_hint="--person")
    if class_ and class_ not in vocabulary.CLASSES:
        near = vocabulary.nearest(class_, vocabulary.CLASSES)
        message = f"there is no class {class_}." + (f" Did you mean {near}?" if near else "")
        raise click.BadParameter(message, param_hint="--class")
    if since and until and until < since:
        message = "it lies before --since, so nothing could be found"
        raise click.BadParameter(message, param_hint="--until")
    who = folded(sender) if sender else ""
    return Filters(
        people=tuple(one.id for one in names if who and (who in folded(one.name) or one.id.casefold() == who)),
        name=sender.strip() if sender and "@" not in sender else "",
        address=sender.strip() if sender and "@" in sender else "",
        case=case.id if case else None,
        about=about,
        class_=class_ or "",
        since=datetime(since.year, since.month, since.day, tzinfo=zone) if since else None,
        until=_after(until, zone) if until else None,
    )


def _after(day: date, zone: ZoneInfo) -> datetime:
    following = day + timedelta(days=1)
    return datetime(following.year, following.month, following.day, tzinfo=zone)


def _show(found: dict[str, list[Any]], zone: ZoneInfo) -> None:
    for message in found["messages"]:
        click.echo(_line(message, zone))
        click.echo(f"      {_marked(message.subject) or '(no subject)'}", color=colour())
        if shown := _marked(message.snippet):
            click.echo(f"      {shown}", color=colour())
    for case in found["cases"]:
        stage = case.stage.replace("_", " ")
        parts = (case.ref, case.kind, "closed" if case.final and stage != "merged" else stage, case.place)
        click.echo("  ".join(part for part in parts if part))
        if shown := _marked(case.snippet):
            click.echo(f"      {shown}", color=colour())
    for person in found["people"]:
        named = (person.id, _marked(person.name), person.kind, person.organisation, person.state)
        click.echo("  ".join(part for part in named if part), color=colour())


def _line(message: "FoundMessage", zone: ZoneInfo) -> str:
    from mailroom.clock import moment

    at = moment(message.at).astimezone(zone)
    who = f"{message.name} ({message.person})" if message.person else message.name or "somebody unknown"
    parts = (
        f"#{message.id}", f"{at:%a} {at.day} {at:%b %Y, %H:%M}", message.class_ or "no class", _plain(who),
        " ".join(message.refs),
    )  # fmt: skip
    return "  ".join(part for part in parts if part)


def _plain(text: str) -> str:
    """Return a text without addresses, and without what would steer a terminal or turn its words round."""
    return _ADDRESS.sub("[address]", _CONTROL.sub(" ", text))


def _marked(text: str) -> str:
    """Return a text on one line with its hits in bold; click leaves that out where nobody would see it."""
    from mailroom.store.search import END, HIT

    shown = " ".join(_plain(text).split())
    return shown.replace(HIT, "\x1b[1m").replace(END, "\x1b[0m")


def _say(
    words: tuple[str, ...],
    question: str,
    found: dict[str, list[Any]],
    wanted: tuple[str, ...],
    left_out: dict[str, int],
    limit: int,
) -> None:
    """Say what is to be known beside what was found."""
    if not question:
        click.echo("There is no word to search for. Please type at least one letter or digit.", err=True)
        return
    if not any(found.values()):
        said = _plain(" ".join(words))
        click.echo(f"Nothing was found for “{said}” among {' and '.join(wanted)}.", err=True)
    for kind in wanted:
        if len(found[kind]) == limit:
            click.echo(f"These are the first {limit} {kind}; --limit shows more.", err=True)
    if left_out:
        parts = ", ".join(f"{n} {_LEFT_OUT[why]}" for why, n in left_out.items())
        total = sum(left_out.values())
        are = "message is" if total == 1 else "messages are"
        click.echo(f"{total} {are} never searched: {parts}.", err=True)


def _as_json(words: tuple[str, ...], found: dict[str, list[Any]], left_out: dict[str, int]) -> dict[str, Any]:
    from mailroom.store.search import END, HIT

    def clean(text: str) -> str:
        return _plain(text).replace(HIT, "**").replace(END, "**")

    return {
        "words": " ".join(words).encode("utf-8", "replace").decode(),
        "messages": [
            {
                "message": f"#{one.id}", "at": one.at, "person": one.person or None, "name": _plain(one.name),
                "class": one.class_ or None, "folder": one.folder, "cases": list(one.refs),
                "subject": clean(one.subject), "snippet": clean(one.snippet),
            }
            for one in found["messages"]
        ],
        "cases": [
            {
                "ref": one.ref, "kind": one.kind, "stage": one.stage, "open": not one.final, "place": one.place or None,
                "opened_at": one.opened_at, "snippet": clean(one.snippet),
            }
            for one in found["cases"]
        ],
        "people": [
            {
                "id": one.id, "name": one.name.replace(HIT, "").replace(END, ""), "kind": one.kind,
                "organisation": one.organisation or None, "state": one.state or None,
            }
            for one in found["people"]
        ],
        "left_out": left_out,
    }  # fmt: skip
