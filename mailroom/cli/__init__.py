"""The command line: `main` is the process, each verb is a file of its own.

Exit codes: 0 done, 1 a problem was found, 2 used wrongly, 3 a fault in mailroom itself; 130 after Ctrl-C.
A verb is imported when it is used, so that `mailroom --help` answers at once.
"""

import importlib
import sys
from collections.abc import Sequence

import click

from mailroom import __version__
from mailroom.cli.frame import colour
from mailroom.errors import MailroomError, Problems

# Each verb, the module of mailroom.cli that holds it, and its line in the overview, in the order of a first day.
VERBS = {
    "init": ("init", "Write a new office: config, rules, templates."),
    "check": ("check", "Find every fault in config, rules and templates."),
    "people": ("people", "Import, list or show the people of the office."),
    "import": ("import_", "Bring in open work from cases.csv or actions.csv."),
    "run": ("run", "Run the office: read, sort, answer, remind."),
    "status": ("status", "How the office is: last read, queues, alarms."),
    "cases": ("cases", "Open cases, how one went, how a process goes on."),
    "due": ("due", "What comes next, and when."),
    "send": ("send", "Who would get what the clock sends, and how it looks."),
    "preview": ("preview", "A mail as its readers would get it."),
    "why": ("why", "Why a message is sorted as it is."),
    "search": ("search", "Find messages, cases and people by words."),
    "try": ("try_", "What edited rules would do with the stored mail."),
    "undo": ("undo", "Take back a change of rules, or what was last done."),
    "parse": ("parse", "What a message says, as mailroom reads it."),
    "demo": ("demo", "Play the main job on this machine, no accounts."),
}

OVERVIEW = """mailroom runs a shared police-community mailbox: reads, sorts, answers, reminds.

\b
A first day:
  mailroom demo                     see it work, without any account
  mailroom init office              write the files of a new office
  mailroom check --config office/config.toml
  mailroom run --config office/config.toml

\b
Exit codes: 0 done, 1 a problem was found, 2 used wrongly,
3 a fault in mailroom itself."""


class Verbs(click.Group):
    """The verbs, each imported only when it is called for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every verb, in the order of a first day."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a verb. Raises UsageError where this version has none of that name yet."""
        if cmd_name not in VERBS:
            # click looks here for the nearest verb when it says that there is no such command
            self.commands.update(dict.fromkeys(VERBS, click.Command("")))
            return None
        module = f"mailroom.cli.{VERBS[cmd_name][0]}"
        try:
            verb = getattr(importlib.import_module(module), VERBS[cmd_name][0])
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
            message = f"“mailroom {cmd_name}” is not part of this version ({__version__}) yet."
            raise click.UsageError(message, ctx) from None
        return verb if isinstance(verb, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs without importing one."""
        del ctx
        with formatter.section("Verbs"):
            formatter.write_dl([(verb, line) for verb, (_, line) in VERBS.items()])


mailroom = Verbs(
    name="mailroom",
    help=OVERVIEW,
    params=[],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
mailroom = click.version_option(__version__, prog_name="mailroom")(mailroom)


def main() -> None:
    """Run the process and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(args: Sequence[str]) -> int:
    """Carry out one command line and return its exit code; whatever goes wrong ends in one sentence."""
    try:
        code = mailroom.main(list(args), "mailroom", standalone_mode=False, color=colour())
        return code if isinstance(code, int) else 0
    except Problems as error:
        from mailroom.cli import show

        show.problems(error.problems)
        return 1
    except MailroomError as error:
        click.echo(f"{error}", err=True)
        return 1
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        return 130
    except Exception as error:  # noqa: BLE001 - the process: a report file and one sentence
        from mailroom.cli import report

        click.echo(report.sentence(error, args), err=True)
        return 3
