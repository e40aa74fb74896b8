"""The newsletter's pictures: kept beside their item as they are shown, and put where an issue names them.

An item's picture is in an issue only where somebody said that all who can be recognised agree, and what it shows.
"""

from collections.abc import Mapping
from dataclasses import replace

from sqlite_utils import Database

from mailroom.message.picture import Picture
from mailroom.office import photos
from mailroom.office.news_item import NewsItem
from mailroom.store import messages, newsletter
from mailroom.store.newsletter import Item, Kept


def received(db: Database, message: int, item: NewsItem, before: NewsItem | None) -> tuple[NewsItem, list[Kept]]:
    """Open the pictures that came with a message; the item then knows how many of them cannot be shown.

    A picture that can be opened takes the place of one before it that could not.
    """
    came = item.pictures - (before.pictures if before else 0)
    if not came:
        return item, []
    found = [_kept(one) for one in photos.of_mail(messages.raw(db, message), came)]
    broken = sum(not one.data for one in found)
    return replace(item, pictures=item.pictures - (before.broken if before else 0), broken=broken), found


def of_items(db: Database, items: list[Item]) -> dict[int, list[dict[str, str]]]:
    """Return what an issue says of each item's pictures: which they are, and what each shows."""
    return {
        item.id: [
            {"cid": cid, "alt": alt}
            for cid, alt in zip(newsletter.pictures_of(db, item.id), item.alt.splitlines(), strict=False)
        ]
        for item in items
    }


def shown(db: Database, variables: Mapping[str, object]) -> dict[str, object]:
    """Put the pictures themselves where an issue's words name them."""
    items = variables.get("items", ())
    if not isinstance(items, list):
        return dict(variables)
    return {
        **variables,
        "items": [{**one, "images": [_picture(db, said) for said in one.get("images", ())]} for one in items],
    }


def _kept(photo: photos.Photo) -> Kept:
    cid = Picture("", "a picture", photo.data, "jpeg").cid if photo.data else ""
    return Kept(cid, photo.width, photo.data)


def _picture(db: Database, said: Mapping[str, str]) -> Picture:
    kept = newsletter.picture(db, said["cid"])
    return Picture("picture", said["alt"], kept.data, "jpeg", kept.width)
