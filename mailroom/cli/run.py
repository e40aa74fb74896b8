"""`mailroom run`: the daemon, until it is told to stop; `--once` does what there is to do and ends."""

import asyncio
import logging
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailroom.cli.frame import config_option

if TYPE_CHECKING:
    from mailroom.daemon import Daemon


@click.command(epilog="Example:  mailroom run --config office/config.toml")
@config_option
@click.option("--once", is_flag=True, help="Read, decide, answer and file what is there now, then end.")
@click.option("-v", "--verbose", is_flag=True, help="Log connections and counts, too.")
def run(config_path: Path, *, once: bool, verbose: bool) -> None:
    """Run the office: read the mailbox, sort and answer, send what is due.

    Ends in order within 10 seconds of SIGTERM or Ctrl-C. Only one may run for an office. On a terminal a bar shows how
    far each sending has come.
    """
    # The libraries of the wire take a fifth of a second to import; only this verb needs them all.
    from mailroom import clock, config, daemon, lock
    from mailroom.store import open_store

    settings = config.load(config_path)
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    if not verbose:
        for chatty in ("imapclient.imapclient", "imapclient.imaplib", "apscheduler"):
            logging.getLogger(chatty).setLevel(logging.WARNING)
    with lock.only_instance(settings.office.database):
        store = open_store(settings.office.database)
        try:
            decided = asyncio.run(_run(daemon.Daemon(settings, store, clock.from_environment()), once=once))
        finally:
            store.close()
    if once:
        click.echo(f"{decided} messages decided.")


async def _run(office: "Daemon", *, once: bool) -> int:
    if once:
        try:
            await office.connect()
            return await office.once()
        finally:
            await office.close()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, office.stop)
    from mailroom.cli import progress
    from mailroom.store import batches

    bars = asyncio.create_task(progress.shown(lambda: batches.unfinished(office.office.store.db)), name="bars")
    try:
        await office.run()
    finally:
        bars.cancel()
        await asyncio.gather(bars, return_exceptions=True)
    return 0
