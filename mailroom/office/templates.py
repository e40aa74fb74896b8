"""Templates: the texts of every mail, checked whole when they are loaded, and filled one mail at a time.

A set with a fault never goes live: `load` raises every fault at once. A mail is a subject, a plain
text and an HTML page, both bodies made from the same Markdown, each ended by the one shared footer, in
the form its reader asked for (`variants`).
"""

import functools
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from jinja2 import Template

from mailroom.errors import Problem, Problems
from mailroom.message.picture import Picture
from mailroom.office import layout, lint, markdown, sandbox, template_file, variables
from mailroom.office.lint import Context
from mailroom.office.rendered import Rendered
from mailroom.office.sandbox import Sandbox
from mailroom.office.template_file import PLAIN_MARKING, TemplateFile, is_part, name_of
from mailroom.office.variables import SHARED_COMMANDS, SHARED_FOOTER
from mailroom.office.variants import FORMATS, Format
from mailroom.rules.vocabulary import nearest

__all__ = ["Rendered", "Templates", "check", "load", "name_of", "render"]

MOST_SUBJECT = 150
"""Characters; phones show about 40, and no subject of ours needs a second line of a header."""

KEPT = 256
"""Templates kept ready by their bytes: a set is built anew at every change, and few of its templates have changed."""

_HTML = re.compile(r"</?[a-zA-Z][^>]{0,60}>|<!--")

_BODY = Sandbox(markdown.escape, lambda picture: markdown.picture(picture.alt, picture.cid))
_SUBJECT = Sandbox(markdown.plain)


@dataclass(frozen=True, slots=True)
class Compiled:
    """One template, ready to be filled."""

    source: TemplateFile
    subject: Template
    body: Template


@dataclass(frozen=True, slots=True)
class Templates:
    """The set in force, by name: incident/received. `footer` ends every mail, `commands` one that takes a command."""

    mails: Mapping[str, Compiled]
    footer: Compiled
    commands: Compiled | None = None


def load(files: Mapping[str, bytes]) -> Templates:
    """Read templates; keys are such as "templates/incident/received.md".

    Raises:
        Problems: every fault of every file, with its line.

    """
    found, problems = _load(files)
    if problems or found is None:
        raise Problems(problems)
    return found


def check(files: Mapping[str, bytes]) -> list[Problem]:
    """Return every fault of every file, in the order of files and lines."""
    return _load(files)[1]


def render(templates: Templates, name: str, given: Mapping[str, object], form: Format = "standard") -> Rendered:
    """Write one mail. What the mail has of its published variables is `given`; the rest is empty.

    Raises:
        Problems: there is no such template, or it cannot be filled with these values.

    """
    mail = templates.mails.get(name)
    if mail is None:
        raise Problems(
            [Problem(f"templates/{name}.md", 0, "there is no such template.", nearest(name, templates.mails))]
        )
    return _written(mail, templates.footer, given, form, templates.commands)


def only_shows(templates: Templates, name: str, those: Collection[str]) -> bool:
    """Tell whether a mail does no more with these variables than show them or ask whether they are there."""
    mail, footer = templates.mails[name].source, templates.footer.source
    sources = ((_SUBJECT, mail.subject), (_BODY, mail.body), (_BODY, footer.body))
    return all(sandbox.only_shows(environment, source, those) for environment, source in sources)


def own_words(templates: Templates, name: str) -> tuple[str, ...]:
    """Return what the office itself wrote of a mail: its template's words, and the lines that end every mail."""
    mail = templates.mails.get(name)
    return (*((mail.source.subject, mail.source.body) if mail is not None else ()), templates.footer.source.body)


def _load(files: Mapping[str, bytes]) -> tuple[Templates | None, list[Problem]]:
    problems: list[Problem] = []
    ready: dict[str, Compiled] = {}
    for file in sorted(files):
        made, faults = _made(file, files[file])
        if made is not None:
            ready[made.source.name] = made
        problems += faults
    footer = ready.get(SHARED_FOOTER)
    own_name = f"templates/{SHARED_FOOTER}.md"
    if own_name not in files:
        problems.append(Problem(own_name, 0, "is missing. Expected the lines that end every mail."))
    mails = {name: one for name, one in ready.items() if not is_part(name)}
    if footer is not None:
        for mail in mails.values():
            problems += _trial(mail, footer)
    problems.sort(key=lambda problem: (problem.file, problem.line))
    if problems or footer is None:
        return None, problems
    return Templates(mails, footer, ready.get(SHARED_COMMANDS)), []


@functools.lru_cache(maxsize=KEPT)
def _made(file: str, data: bytes) -> tuple[Compiled | None, tuple[Problem, ...]]:
    """Read and compile one file; the same bytes are the same template, whatever other file has changed."""
    source, faults = template_file.read(file, data)
    if source is None or (found := tuple(_faults(source))):
        return None, tuple(faults) if source is None else found
    return _compiled(source), ()


def _faults(source: TemplateFile) -> Iterator[Problem]:
    """Give what can be told wrong without filling the template."""
    table = {variable.name: variable for variable in variables.of(source.name, source.kind)}
    yield from _foreign(source)
    for environment, text in ((_SUBJECT, _padded_subject(source)), (_BODY, _padded_body(source))):
        broken = sandbox.faults(environment, text)
        yield from (Problem(source.file, fault.line, fault.text, fault.hint) for fault in broken)
        if broken:
            continue
        for name, line in sandbox.names(environment, text):
            if name not in table:
                words = f"there is no “{name}” in a mail of kind {source.kind}. docs/templates.md lists what there is."
                yield Problem(source.file, line, words, nearest(name, table))
            elif environment is _SUBJECT and table[name].private:
                words = f"“{name}” may not stand in a subject: lock screens show it."
                yield Problem(source.file, line, words)


def _foreign(source: TemplateFile) -> Iterator[Problem]:
    """Give what other editors would make a picture or a form of; here it would only be seen as text."""
    for line, row in enumerate(source.body.split("\n"), start=source.body_line):
        if "![" in row:
            yield Problem(source.file, line, "a mail has no pictures: many programs block them. Expected words.")
        if found := _HTML.search(row):
            yield Problem(source.file, line, f"“{found[0]}” looks like HTML. Expected Markdown, such as **bold**.")


def _compiled(source: TemplateFile) -> Compiled:
    return Compiled(
        source,
        sandbox.compiled(_SUBJECT, _padded_subject(source), source.file),
        sandbox.compiled(_BODY, _padded_body(source), source.file),
    )


def _padded_subject(source: TemplateFile) -> str:
    # Empty lines in front give every fault the line it has in the file; Markdown and subjects drop them.
    return "\n" * (source.subject_line - 1) + source.subject


def _padded_body(source: TemplateFile) -> str:
    return "\n" * (source.body_line - 1) + source.body


@functools.lru_cache(maxsize=KEPT)
def _trial(mail: Compiled, footer: Compiled) -> tuple[Problem, ...]:
    """Fill a template with the published samples and with nothing, and look at what comes out."""
    return tuple(_tried(mail, footer))


def _tried(mail: Compiled, footer: Compiled) -> Iterator[Problem]:
    file, line = mail.source.file, mail.source.subject_line
    table = variables.of(mail.source.name, mail.source.kind)
    samples = variables.samples(table)
    try:
        # Whatever form its reader wants: nothing is left to fail as it is sent.
        written, *others = (_written(mail, footer, samples, form) for form in FORMATS)
        bare = _written(mail, footer, variables.empties(table))
    except Problems as error:
        yield from error.problems
        return
    if not written.subject or not bare.subject:
        yield Problem(file, line, "the subject is empty when its values are. Expected words of its own.")
    if len(written.subject) > MOST_SUBJECT:
        yield Problem(file, line, f"the subject is over {MOST_SUBJECT} characters. Expected a line a phone can show.")
    links = markdown.links(_filled(mail.source, mail.body, samples))
    for address in links:
        if not address.startswith(markdown.LINKS):
            text = f"the link to “{address}” begins with none of {', '.join(markdown.LINKS)}"
            yield Problem(file, _line_with(mail.source, address), f"{text}; expected a whole address.")
    found = dict.fromkeys(one for each in (written, *others) for one in lint.lint(each, _on_trial(each, samples)))
    for one in found:
        if one.severity == "stop" and (one.what != "link" or all(link.startswith(markdown.LINKS) for link in links)):
            yield Problem(file, line, f"no such mail may leave. Filled with its samples: {one.text}")


def _on_trial(mail: Rendered, samples: Mapping[str, object]) -> Context:
    """Return what is known of a mail that is written to nobody: the day of its samples, and what they publish."""
    own = (str(samples["mailbox"]), str(samples["cover_phone"]))
    return Context(variables.DAY, own=own, ceiling=mail.marking, attachments=1)


def _line_with(source: TemplateFile, words: str) -> int:
    rows = enumerate(source.body.split("\n"), start=source.body_line)
    return next((line for line, row in rows if words in row), source.body_line)


def _written(
    mail: Compiled,
    footer: Compiled,
    given: Mapping[str, object],
    form: Format = "standard",
    commands: Compiled | None = None,
) -> Rendered:
    source = mail.source
    values = variables.values(variables.of(source.name, source.kind), given)
    subject = markdown.plain(_filled(source, mail.subject, values))
    body = _filled(source, mail.body, values)
    if commands is not None and given.get("offers"):
        offered = variables.values(variables.of(SHARED_COMMANDS, ""), given)
        body += "\n\n" + _filled(commands.source, commands.body, offered)
    end = _filled(footer.source, footer.body, variables.values(variables.COMMON, given))
    below, ending = _ending(end, one_column=form == "large")
    html, pictures = "", tuple[Picture, ...]()
    if form == "plain":
        words = markdown.to_text(body)
    else:
        words, inside = markdown.both(body, one_column=form == "large")
        pictures = _shown(markdown.pictures(body), values)
        html = layout.page(
            layout.sized(inside, pictures, form), title=subject, marking=source.marking, footer=ending, form=form
        )
    # "-- " alone on a line begins a signature for mail programs, ours too: what follows is never taken for new text.
    text = "\n\n".join(part for part in (source.marking, words) if part)
    return Rendered(
        subject,
        f"{text}\n\n-- \n{below}\n",
        html,
        source.marking or PLAIN_MARKING,
        source.kind,
        source.any_hour,
        pictures,
    )


@functools.lru_cache(maxsize=KEPT)
def _ending(end: str, *, one_column: bool) -> tuple[str, str]:
    """Render the lines that end every mail; they are the same in nearly all."""
    return markdown.both(end, one_column=one_column)


def _shown(cids: list[str], values: Mapping[str, object]) -> tuple[Picture, ...]:
    """Return the pictures of these Content-IDs, in the order in which they are shown."""
    if not cids:
        return ()
    given = {picture.cid: picture for picture in _pictures(tuple(values.values()))}
    return tuple(given[cid] for cid in dict.fromkeys(cids))


def _pictures(value: object) -> Iterator[Picture]:
    if isinstance(value, Picture):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _pictures(part)


def _filled(source: TemplateFile, template: Template, values: Mapping[str, object]) -> str:
    try:
        return sandbox.fill(template, values)
    except sandbox.FAULTS as error:
        fault = Problem(source.file, sandbox.line_of(error, source.file), sandbox.words_of(error))
        raise Problems([fault]) from error
