"""The newsletter as readers see it: `python -m tests.long.looks FOLDER` writes pictures of it, for a person to look at.

Headless Chromium shows an issue with every part, a photo and a long name, in standard and large print, as wide as a
telephone and as a desk, in light and in dark; the text part is written beside them. Nothing where there is no Chromium.
"""

import argparse
import base64
import io
import shutil
import subprocess
import sys
from pathlib import Path

from PIL import Image, ImageDraw

from mailroom.message.picture import Picture
from mailroom.office import photos, templates, variables
from mailroom.office.newsletter_sections import DATES, FROM_ME, PLACES, REACH, SAID
from mailroom.office.rendered import Rendered
from mailroom.office.variants import FORMATS
from tests.office import shipped_set

WIDTHS = {"telephone": 390, "desk": 1000}
LIGHTS = {"light": "0", "dark": "1"}
TALL = 4200
ISSUE = "newsletter/issue"


def main() -> int:
    """Write the pictures; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    for form in FORMATS:
        mail = _issue(form)
        (folder / f"{form}.txt").write_text(mail.text, encoding="utf-8")
        if mail.html and browser is not None:
            _look(browser, folder, form, mail)
    print(f"{folder}: " + (", ".join(sorted(one.name for one in folder.glob("*.png"))) or "no Chromium, so text alone"))
    return 0


def _issue(form: str) -> Rendered:
    made = Image.new("RGB", (2400, 1600), "#7a93ad")
    pen = ImageDraw.Draw(made)
    for n in range(6):
        pen.ellipse((200 + 340 * n, 500, 400 + 340 * n, 700), fill="#e8c9a8")
        pen.rectangle((170 + 340 * n, 700, 430 + 340 * n, 1400), fill="#20304a")
    file = io.BytesIO()
    made.save(file, "JPEG")
    photo = photos.small(file.getvalue())
    shown = Picture("team", "six officers stand behind a row of posters", photo.data, "jpeg", photo.width)
    words = "The neighbourhood team met three hundred pupils and talked about the yellow line. " * 5
    rows: list[dict[str, object]] = [
        {"n": "1", "heading": "Platform safety week", "words": words, "picture": shown.alt, "images": [shown]},
        {"n": "2", "heading": "Sound & “vision”: <loops> at every ticket office in the whole of the division",
         "words": words, "picture": "", "images": []},
    ]  # fmt: skip
    given = variables.samples(variables.of(ISSUE, "mail")) | {
        "recipient_first_name": "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh", "items": rows,
        "contents": [FROM_ME, SAID, *(str(row["heading"]) for row in rows), DATES, PLACES, REACH],
        "intro": ["A happy new year to you all. " * 4, "Thank you for your views on the winter timetable."],
        "said": [
            {"you_said": "The announcements on the far platform cannot be heard when a train stands there.",
             "we_did": "The loudspeakers were moved, and staff now repeat what matters by voice. " * 2},
            {"you_said": "", "we_did": "The leaflet about hate crime is at every ticket office in six languages."},
        ],
        "dates": [
            "Saturday 6 February 2027: open day at the museum",
            "Wednesday 10 February 2027, 18:00 to 20:00: meeting of our members",
            "Friday 19 February 2027, 17:00: last moment for your news for the next newsletter",
        ],
        "places": ["Somebody with links to Deaf travellers in the north west", "A place to observe a night shift"],
        "ref": "NEWS-2027-01",
    }  # fmt: skip
    return templates.render(shipped_set()[1], ISSUE, given, form)  # type: ignore[arg-type]


def _look(browser: str, folder: Path, form: str, mail: Rendered) -> None:
    page = mail.html
    for one in mail.pictures:
        data = base64.b64encode(one.data).decode("ascii")
        page = page.replace(f"cid:{one.cid}", f"data:image/{one.type};base64,{data}")
    letter = folder / f"{form}.html"
    letter.write_text(page, encoding="utf-8")
    for place, width in WIDTHS.items():
        # Chromium's window is never as narrow as a telephone: a frame is.
        frame = folder / f"{form}-{place}.html"
        frame.write_text(
            f'<body style="margin:0"><iframe src="{letter.name}" width={width} height={TALL} frameborder=0></iframe>',
            encoding="utf-8",
        )
        for light, scheme in LIGHTS.items():
            picture = folder / f"{form}-{place}-{light}.png"
            subprocess.run(
                [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                 f"--blink-settings=preferredColorScheme={1 - int(scheme)}", f"--window-size={width},{TALL}",
                 "--allow-file-access-from-files", f"--screenshot={picture}", frame.resolve().as_uri()],
                check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120,
            )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
