"""What people write short: thumbs on a phone, and contractions. Both sides of every comparison are written out.

“cld u pls” is “could you please”, “dont” is “do not”: so a list needs each phrase once, and finds it in the mail of
those who write formally and of those who do not. Only what can mean nothing else stands here.
"""

from collections.abc import Iterable, Mapping
from typing import Final

LONG: Final[Mapping[str, str]] = {
    # Thumbs.
    "u": "you", "ur": "your", "r": "are", "pls": "please", "plz": "please", "plse": "please", "cld": "could",
    "wld": "would", "wud": "would", "cud": "could", "shd": "should", "shud": "should", "b4": "before",
    "abt": "about", "ppl": "people", "peeps": "people", "some1": "someone", "any1": "anyone", "every1": "everyone",
    "no1": "nobody", "tmrw": "tomorrow", "tmr": "tomorrow", "tomoz": "tomorrow", "2moro": "tomorrow",
    "2nite": "tonight", "2day": "today", "gd": "good", "thx": "thanks", "thnx": "thanks", "hav": "have",
    "kno": "know", "wanna": "want to", "gonna": "going to", "gotta": "got to", "dunno": "do not know",
    "cos": "because", "cuz": "because", "coz": "because", "bc": "because", "thru": "through", "tho": "though",
    "til": "until", "till": "until", "ta": "thanks", "wk": "week", "wks": "weeks", "wkend": "weekend",
    "stn": "station", "platfm": "platform", "mtg": "meeting", "mtgs": "meetings", "msg": "message",
    "msgs": "messages", "addr": "address", "pics": "photos", "pic": "photo", "pix": "photos", "mins": "minutes",
    "hrs": "hours", "yrs": "years", "w": "with", "n": "and", "wot": "what", "sry": "sorry", "soz": "sorry",
    "ofc": "of course", "rly": "really", "sth": "something", "govt": "government", "info": "information",
    "infos": "information", "informations": "information", "ref": "reference", "nxt": "next", "prev": "previous",
    "yday": "yesterday", "ydays": "yesterdays", "apols": "apologies", "sgt": "sergeant", "attd": "attached",
    "fone": "phone", "evry": "every",
    # Contractions, the apostrophe gone.
    "dont": "do not", "doesnt": "does not", "didnt": "did not", "isnt": "is not", "arent": "are not",
    "wasnt": "was not", "werent": "were not", "cant": "can not", "cannot": "can not", "wont": "will not",
    "wouldnt": "would not", "couldnt": "could not", "shouldnt": "should not", "havent": "have not",
    "hasnt": "has not", "hadnt": "had not", "mustnt": "must not", "neednt": "need not", "aint": "is not",
    "im": "i am", "ive": "i have", "youre": "you are", "youve": "you have", "youll": "you will", "hes": "he is",
    "shes": "she is", "theyre": "they are", "theyve": "they have", "theyll": "they will", "weve": "we have",
    "thats": "that is", "theres": "there is", "whats": "what is", "whos": "who is", "wheres": "where is",
    "wouldve": "would have", "couldve": "could have", "shouldve": "should have",
}  # fmt: skip


def written_out(words: Iterable[str]) -> list[str]:
    """Return the words with what is short written out."""
    found: list[str] = []
    for word in words:
        if (long := LONG.get(word)) is None:
            found.append(word)
        else:
            found += long.split(" ")
    return found
