"""`mailroom demo`: the main job on this machine, over real IMAP and SMTP, without any account."""

from pathlib import Path

import click


@click.command(epilog="Example: mailroom demo --until I07")
@click.option("--story", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Play another story.")
@click.option("--until", metavar="ROW", help="Stop after this row, such as I07.")
@click.option(
    "--office",
    type=click.Path(path_type=Path),
    default="demo-office",
    show_default=True,
    help="The folder the office is founded in; made anew each time.",
)
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Write what happened to this JSON file."
)
def demo(story: Path | None, until: str | None, office: Path, report: Path | None) -> int:
    """Play some weeks of an invented office: mail comes in, is sorted, answered and filed.

    Starts a mail server on this machine only, needs no account and sends nothing anywhere. The office
    stays in its folder to be looked at. Exit code 1 when a message did not become what it should.
    """
    import asyncio

    from mailroom.defaults import shipped
    from mailroom.story.player import play

    result = asyncio.run(play(story or shipped("story"), office, until=until, report=report, out=click.echo))
    first = next((played.message.id for played, _ in result.verdicts), 1)
    click.echo(
        f"\nThe office stays in {office}: rules, templates, config.toml and office.db.\n"
        f"  mailroom status --config {result.config} --now {result.ended:%Y-%m-%dT%H:%M}\n"
        f"  mailroom why '#{first}' --config {result.config}\n"
        f"Any SQLite tool opens {office / 'office.db'}."
    )
    return 0 if result.ok else 1
