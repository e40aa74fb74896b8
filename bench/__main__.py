"""The benchmarks: `python -m bench ingest`. Ratios within one run count; single figures drift by half."""

import argparse
import sys

from bench import answer, cases, deliver, ingest, message, replay, rules


def main() -> int:
    """Run the benchmark named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("ingest", help="messages a second from a Dovecot mailbox to committed and filed")
    verb.add_argument("--messages", type=int, default=2000, help="how many messages the mailbox holds (2000)")
    verb.add_argument("--seed", type=int, default=1, help="which mailbox is invented (1)")
    verb.add_argument("--rounds", type=int, default=3, help="how often each fetch is timed; the median counts (3)")
    verb.add_argument("--keep", action="store_true", help="keep the office's folder, and print where it is")
    verb = verbs.add_parser("answer", help="how long after the server's announcement an answer has left")
    verb.add_argument("--messages", type=int, default=20, help="how many messages are sent, one at a time (20)")
    verb = verbs.add_parser("message", help="messages read a second, beside bare mail-parser and standard library")
    verb.add_argument("--messages", type=int, default=400, help="how many messages are invented (400)")
    verb.add_argument("--seed", type=int, default=1, help="which mailbox is invented (1)")
    verb.add_argument("--rounds", type=int, default=5, help="how often each reader takes its turn (5)")
    verb = verbs.add_parser("try", help="how long edited rules take over stored messages")
    verb.add_argument("--messages", type=int, default=10_000, help="how many messages are stored (10000)")
    verb.add_argument("--seed", type=int, default=1, help="which mailbox is invented (1)")
    verb = verbs.add_parser("cases", help="how long a look at the clocks of many open cases takes")
    verb.add_argument("--cases", type=int, default=10_000, help="how many cases are open (10000)")
    verb.add_argument("--seed", type=int, default=1, help="which cases are invented (1)")
    verb.add_argument("--rounds", type=int, default=5, help="how often each question is timed (5)")
    verb = verbs.add_parser("rules", help="how long many rules take over one message, beside one regular expression")
    verb.add_argument("--rules", type=int, default=500, help="how many rules are asked (500)")
    verb.add_argument("--seed", type=int, default=1, help="which rules are invented (1)")
    verb.add_argument("--rounds", type=int, default=5, help="how often each takes its turn (5)")
    verb = verbs.add_parser("deliver", help="mails a second through the outbox, beside smtp-source and bare aiosmtplib")
    verb.add_argument("--messages", type=int, default=2000, help="how many mails are sent in a round (2000)")
    verb.add_argument("--sessions", type=int, default=1, help="how many connections each uses, 1 to 4 (1)")
    verb.add_argument("--rounds", type=int, default=5, help="how often each takes its turn; the median counts (5)")
    arguments = parser.parse_args()
    if arguments.verb == "deliver":
        return deliver.main(arguments.messages, arguments.sessions, arguments.rounds)
    if arguments.verb == "answer":
        return answer.main(arguments.messages)
    if arguments.verb == "message":
        return message.main(arguments.messages, arguments.seed, arguments.rounds)
    if arguments.verb == "rules":
        return rules.main(arguments.rules, arguments.seed, arguments.rounds)
    if arguments.verb == "cases":
        return cases.main(arguments.cases, arguments.seed, arguments.rounds)
    if arguments.verb == "try":
        return replay.main(arguments.messages, arguments.seed)
    return ingest.main(arguments.messages, arguments.seed, arguments.rounds, keep=arguments.keep)


if __name__ == "__main__":
    sys.exit(main())
