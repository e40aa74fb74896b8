import pytest

from mailroom.message.language import LANGUAGES, language

pytestmark = pytest.mark.fast

TEXTS = {
    "English": "im on the last train from kingsmead coach 3 same man as last week is sat behind me",
    "Welsh": "Mae gen i gwestiwn am y cyfarfod, ac nid wyf yn siŵr os ydw i yn gallu dod",
    "Polish": "Dzień dobry, chciałbym się dowiedzieć, czy mogę dołączyć do grupy",
    "Romanian": "Bună ziua, mă numesc Ana și aș vrea să știu dacă pot să vin la întâlnire",
    "Spanish": "Me quiero quejar de lo que pasó ayer en la estación porque no es justo",
    "Portuguese": "Bom dia, não sei se é para mim, mas eu gostava de falar com vocês sobre isso",
    "French": "Bonjour, je suis très inquiète, on m'a suivie dans le train et personne n'est venu",
    "Italian": "Buongiorno, sono stata alla stazione e non ho trovato il vostro ufficio, come si fa?",
    "German": "Guten Tag, ich habe eine Frage zu der Sitzung und kann leider nicht kommen",
    "Dutch": "Goedemorgen, ik wil graag weten of het mogelijk is om bij jullie langs te komen",
    "Hungarian": "Jó napot, szeretném megkérdezni, hogy van még hely a csoportban, és kell-e valami",
    "Turkish": "Merhaba, ben bu konuda çok endişeliyim ve sizinle görüşmek için ne yapmam gerekiyor",
    "Somali": "Waxaan ka cabsanayaa in ay dhib ku timaado caruurta iyo waa in la sameeyo wax",
    "Russian": "Здравствуйте, я хотел бы узнать, как вступить в группу и что для этого нужно",
    "Ukrainian": "Добрий день, я хотіла б дізнатися, що треба зробити, щоб це було у нас",
    "Arabic": "السلام عليكم أنا خائف من هذا الرجل الذي كان في القطار ولا أعرف ما العمل",
    "Urdu": "سلام، میں آپ کی مدد چاہتا ہوں، یہ میرے لئے بہت ضروری ہے اور میں نہیں جانتا",
    "Punjabi": "ਮੈਨੂੰ ਤੁਹਾਡੀ ਮਦਦ ਚਾਹੀਦੀ ਹੈ",
    "Bengali": "আমি আপনাদের দলে যোগ দিতে চাই",
    "Chinese": "你好，我想加入你们的小组",
    "Japanese": "こんにちは、参加したいです",
    "Greek": "Γεια σας, θα ήθελα να μάθω",
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_mail_tells_its_language_and_by_which_words(name: str):
    found = language(TEXTS[name])

    assert found is not None
    assert (found.name, name in LANGUAGES, bool(found.words)) == (name, True, True)


@pytest.mark.parametrize(
    "text",
    ["", "Prosit!", "Lovely issue, happy new year!", "OK", "1 2 3 4 5 6 7 8 9", "\u0301" * 50, "Al Pacino in La Roma"],
)
def test_of_a_few_words_nobody_can_tell(text: str):
    assert language(text) is None


def test_accents_left_out_on_a_telephone_make_no_difference():
    found = language("dzien dobry chcialbym sie dowiedziec czy moge dolaczyc do grupy bo nie mam auta")

    assert found is not None
    assert found.name == "Polish"


def test_a_quotation_does_not_make_a_mail_foreign():
    text = (
        "Please add the title “La vie en rose est une chanson de la ville” to the programme, it is what they asked for"
    )
    found = language(text)

    assert found is None or found.name == "English"
