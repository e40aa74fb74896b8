"""`mailroom preview`: one mail as its readers would get it, written with the samples of its kind."""

from pathlib import Path

import click

from mailroom.cli.frame import config_option
from mailroom.office.variants import FORMATS, Format


@click.command(epilog="Example: mailroom preview incident/received --format large --html letter.html")
@config_option
@click.argument("template")
@click.option("--format", "form", type=click.Choice(FORMATS), default="standard", show_default=True,
              help="As a reader gets it who asked for this.")  # fmt: skip
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write the page to this file.")
def preview(config_path: Path, template: str, form: Format, html: Path | None) -> int:
    """Show a mail as it would be sent, with invented values in it.

    TEMPLATE is such as incident/received. Prints the subject and the text, and what lint has to say; with --html the
    page is written to a file, to be opened in a browser. Exit code 1 when lint would stop the mail. Sends nothing.
    """
    from mailroom import config
    from mailroom.office import files, lint, templates, variables
    from mailroom.office.lint import Context

    settings = config.load(config_path)
    found = files.read_office(settings).templates
    name = templates.name_of(template)
    # A fault in another mail is no reason not to show this one.
    own, footer = f"templates/{name}.md", f"templates/{variables.SHARED_FOOTER}.md"
    loaded = templates.load({key: found[key] for key in (own, footer) if key in found} if own in found else found)
    kind = loaded.mails[name].source.kind if name in loaded.mails else "mail"
    given = variables.samples(variables.of(name, kind))
    published = (str(given["mailbox"]), str(given["cover_phone"]))
    mail = templates.render(loaded, name, given, form)
    click.echo(f"Subject: {mail.subject}\nMarking: {mail.marking}\n\n{mail.text}", nl=False)
    if html is not None:
        if not mail.html:
            message = f"a mail in the format “{form}” has no page"
            raise click.UsageError(message)
        try:
            html.write_text(mail.html, encoding="utf-8")
        except OSError as error:
            raise click.FileError(str(html), error.strerror) from error
        click.echo(f"The page is in {html} ({len(mail.html.encode()) / 1024:.0f} KB).", err=True)
    context = Context(variables.DAY, own=(*templates.own_words(loaded, name), *published), ceiling=mail.marking)
    findings = lint.lint(mail, context)
    for one in findings:
        click.echo(f"{'Stop' if one.severity == 'stop' else 'Ask'}: {one.text}", err=True)
    return int(lint.stops(findings))
