"""CLASS: a person says what a message is. A number picks one of the suggestions she was sent."""

from mailroom.office import corrections
from mailroom.office.commands.given import Given, Outcome, choices, not_done
from mailroom.store import messages, views


def correct(given: Given) -> Outcome:
    """Give a message the class the command names."""
    number = given.about.message
    if number is None:
        return not_done("CLASS about which message? Please name it, such as CLASS concern #412.")
    class_ = given.command.class_ or _chosen(given, number)
    if not class_:
        return not_done(f"#{number} has no suggestion {given.command.choice}. Please answer with the class itself.")
    before = views.message(given.db, number).folder
    done = corrections.reclassify(given.office, given.db, given.now, number, class_, given.sender.person, "by mail")
    if done.refused:
        return not_done(done.refused)
    if done.act is None:
        return Outcome((f"#{number} stays {class_}, as you have confirmed.",))
    folder = views.message(given.db, number).folder
    moved = (f"It goes to the folder {folder}.",) if folder and folder != before else ()
    said = f"#{number} is {class_} now; it was {done.before or 'not known to any rule'}."
    return Outcome((said, *moved, *done.reversed, *done.to_do), kept=done.kept, undo=f"UNDO #{number}")


def _chosen(given: Given, number: int) -> str:
    stored = messages.stored(given.db, number)
    offered = choices(one["class_"] for one in stored.decision.get("suggestions", ())) if stored else []
    choice = given.command.choice
    return offered[choice - 1] if 0 < choice <= len(offered) else ""
