"""In which language somebody writes, told by its alphabet and by the small words nobody can do without.

An alphabet that one language alone uses settles it. Among the others, the words below are counted: articles,
pronouns, and forms of “to be” are a third of what anybody writes, and hardly two languages share many. A text of a
few words, or one that two languages could have written, is of no language: nobody is sorted by a guess.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

LEAST_WORDS: Final = 6
"""Fewer words than these are a greeting or a name."""

_MOST_WORDS = 400
_MOST_CHARACTERS = 20_000

# Of all words, how many must be small words of the language, and how far ahead of the next language it must be.
_SHARE = 0.12
_AHEAD = 1.5
_LEAST_SMALL = 3
_SHOWN = 3

# Of all letters, how many must be of an alphabet.
_MOSTLY = 0.5

_SMALL_WORDS: Final[Mapping[str, str]] = {
    "English": "the and you that for are with have this was not but what can from your they will would there been is"
    " it we my me i of to in on at be if as or so do he she his her has had who please hi hello thanks im dont its",
    "Welsh": "yn yr mae ac ei fod wedi gan sydd hynny roedd chi bydd nid ond fel eich oedd ar am hefyd mewn gyda fy"
    " ni ydw i o gwelwch rwy rydw os gyfer dydd diolch",
    "Polish": "nie się jest na że do to jak ale czy mnie mi o za od był była są przez tak ja przy tym dla ze bardzo"
    " proszę mam ich jego może już być po dzień dobry tylko pan pani moja mój",
    "Romanian": "este și în la nu că pentru cu care sunt din mai ca am pe un o fost dar ce vă să mi mă ne al ale dacă"
    " sau foarte după bună ziua se ar fi iar către acest",
    "Spanish": "que de la el en los por con para una las es se del no un su me mi lo está pero como muy más yo le ha"
    " hay si he usted gracias porque estoy soy al sus fue",
    "Portuguese": "que não de para com uma os é em da do por mas eu meu minha se na no as foi muito você como mais"
    " está isso ao um são dos pelo também tem o a obrigado estou",
    "French": "le la les des est et que pour dans je vous une pas sur avec nous qui ce il au du mais mon ma de un en"
    " sont elle votre ont bonjour merci être était ne ai suis plus",
    "Italian": "che di il la per non è con sono una del un mi si ho gli della le in da ma come più questo anche lo al"
    " buongiorno grazie vi ci hanno mio mia alla nel",
    "German": "der die und das ist nicht ich sie mit ein zu auf für es den wir von eine haben im dem auch wie aber bei"
    " mir war sind bitte werden guten danke habe uns ihre",
    "Dutch": "de het een van en ik niet dat is op te zijn met voor er maar aan ook mijn ze naar bij wat heb dit uit we"
    " wij jullie graag bedankt hebben wordt u nog",
    "Lithuanian": "ir yra kad ne aš su bet tai man per mane jis jie kaip buvo labas ačiū dėl prašau mano jau apie tik"
    " nes arba labai laba diena",
    "Latvian": "un ir ka ne es ar bet tas man par viņš kā bija labdien paldies lūdzu mans jau tikai vai ļoti no uz",
    "Hungarian": "a az és hogy nem egy is van meg ez de már csak volt mint kell én vagy szeretném köszönöm jó napot"
    " nekem majd lesz még vagyok ezt",
    "Slovak": "je sa na že nie som to ako ale pre mi by sú aj bol bola ktoré ďakujem dobrý deň prosím mám môj už len",
    "Czech": "je se na že není jsem to jak ale pro mi by jsou aby byl byla které děkuji dobrý den prosím mám můj už",
    "Albanian": "dhe është në të për një nuk që me unë po nga jam kam ju së ka do mund faleminderit përshëndetje",
    "Turkish": "bir ve bu için ben çok var ne da de mi gibi ama daha olarak değil bana benim lütfen merhaba teşekkür"
    " ederim ile kadar oldu olan sonra",
    "Kurdish": "û li ji di de bi ku ez em min ne jî ev bo wî dikim heye gelek spas silav xwe",
    "Somali": "waa oo iyo ku ka in uu ay la soo waxaan aan si u waxa mahadsanid fadlan badan hadii haa ahay leh",
    "Arabic": "في من على إلى أن هذا التي الذي لا ما مع عن هل كان هو هي شكرا أنا لقد قد هذه بعد",
    "Persian": "و در به از که این است را با برای من ما شما آن یک می است. هم تا سلام ممنون بود",
    "Urdu": "ہے کے میں کی اور سے کو کا نہیں ہیں یہ ہم آپ نے پر تھا ہوں شکریہ کیا بھی تو",
    "Pashto": "د په چې او له دی ته سره یو زه هم نه دا مې کې",
    "Russian": "и в не на я что с это как но у меня он она мы вы по за так для был есть все его спасибо от",
    "Ukrainian": "і в не на я що з це як але у мене він вона ми ви по за так для був є все його та до дякую",
    "Bulgarian": "и в не на да се че е с за от това как но си са по ще аз той ние благодаря здравейте много",
    "Hebrew": "של את לא על זה אני הוא מה עם כי יש אבל גם היא אנחנו שלום תודה",
}

# The beginnings of Unicode's names of letters, and whose they are; "" where several languages share them.
_ALPHABETS: Final[Mapping[str, str]] = {
    "LATIN": "", "ARABIC": "", "CYRILLIC": "", "HEBREW": "Hebrew", "GREEK": "Greek", "DEVANAGARI": "Hindi",
    "BENGALI": "Bengali", "GURMUKHI": "Punjabi", "GUJARATI": "Gujarati", "TAMIL": "Tamil", "TELUGU": "Telugu",
    "MALAYALAM": "Malayalam", "SINHALA": "Sinhala", "THAI": "Thai", "ETHIOPIC": "Amharic", "GEORGIAN": "Georgian",
    "ARMENIAN": "Armenian", "CJK": "Chinese", "HIRAGANA": "Japanese", "KATAKANA": "Japanese", "HANGUL": "Korean",
}  # fmt: skip

LANGUAGES: Final = tuple(sorted({*_SMALL_WORDS, *(name for name in _ALPHABETS.values() if name)}))
"""Every language that can be told."""

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_UNACCENTED = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "ı": "i", "ß": "ss", "'": None, "\u2019": None})


def _bare(word: str) -> str:
    """Write a word without its accents, as people do on a telephone."""
    plain = unicodedata.normalize("NFKD", word.translate(_UNACCENTED))
    return "".join(char for char in plain if unicodedata.category(char) != "Mn")


def _owners() -> dict[str, tuple[str, ...]]:
    owners: dict[str, tuple[str, ...]] = {}
    for name, words in _SMALL_WORDS.items():
        for word in {_bare(word) for word in words.split()}:
            owners[word] = (*owners.get(word, ()), name)
    return owners


_OWNERS: Final[Mapping[str, tuple[str, ...]]] = _owners()
"""Whose small word each is, without accents."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language by its English name, and the words that told it ("its letters" where the alphabet did)."""

    name: str
    words: tuple[str, ...]


def language(text: str) -> Language | None:
    """Return the language of a text, or None where nobody could be sure."""
    written = _WORD.findall(unicodedata.normalize("NFC", text[:_MOST_CHARACTERS]).casefold())[:_MOST_WORDS]
    alphabet = _alphabet(written)
    if (name := _ALPHABETS.get(alphabet, "")) and name not in _SMALL_WORDS:
        return Language(name, ("its letters",))
    if len(written) < LEAST_WORDS:
        return None
    counts = Counter[str]()
    bare = [_bare(word) for word in written]
    for word in bare:
        for owner in _OWNERS.get(word, ()):
            counts[owner] += 1
    best = counts.most_common(2)
    if not best or best[0][1] < max(_LEAST_SMALL, _SHARE * len(written)):
        return None
    if len(best) > 1 and best[0][1] < _AHEAD * best[1][1]:
        return None
    name = best[0][0]
    own = [word for word, plain in zip(written, bare, strict=True) if name in _OWNERS.get(plain, ())]
    return Language(name, tuple(dict.fromkeys(own))[:_SHOWN])


def _alphabet(words: list[str]) -> str:
    """Return the alphabet that most letters are of, "" when none has half of them."""
    letters = Counter(unicodedata.name(char, "?").split(" ", 1)[0] for word in words for char in word)
    if not letters:
        return ""
    # Japanese mixes three alphabets; its own two are never found in Chinese.
    if letters["HIRAGANA"] + letters["KATAKANA"] > letters["CJK"] / 4:
        letters["HIRAGANA"] += letters["KATAKANA"] + letters["CJK"]
        letters["CJK"] = 0
    alphabet, count = letters.most_common(1)[0]
    return alphabet if count > _MOSTLY * letters.total() else ""
