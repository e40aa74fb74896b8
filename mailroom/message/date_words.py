"""Months and weekdays as people write them in a date, in some twenty languages: data, one language to a line."""

_MONTHS = """
    january february march april may june july august september october november december
    jan feb mar apr may jun jul aug sep oct nov dec
    jan feb mar apr may jun jul aug sept oct nov dec
    januar februar märz april mai juni juli august september oktober november dezember
    jan feb mrz apr mai jun jul aug sep okt nov dez
    jänner feber maerz april mai juni juli august september oktober november dezember
    janvier février mars avril mai juin juillet août septembre octobre novembre décembre
    janv févr mars avr mai juin juil aout sept oct nov déc
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    ene feb mar abr may jun jul ago set oct nov dic
    gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
    gen feb mar apr mag giu lug ago sett ott nov dic
    janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro
    jan fev mar abr mai jun jul ago set out nov dez
    januari februari maart april mei juni juli augustus september oktober november december
    januari februari mars april maj juni juli augusti september oktober november december
    januar februar marts april maj juni juli august september oktober november december
    januar februar mars april mai juni juli august september oktober november desember
    tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta marraskuuta joulukuuta
    stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia
    ledna února března dubna května června července srpna září října listopadu prosince
    januára februára marca apríla mája júna júla augusta septembra októbra novembra decembra
    január február március április május június július augusztus szeptember október november december
    ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie
    ionawr chwefror mawrth ebrill mai mehefin gorffennaf awst medi hydref tachwedd rhagfyr
    января февраля марта апреля мая июня июля августа сентября октября ноября декабря
    янв фев мар апр май июн июл авг сен окт ноя дек
    січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня
    ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık
    ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου σεπτεμβρίου οκτωβρίου νοεμβρίου δεκεμβρίου
"""  # noqa: E501 - a language a line
_WEEKDAYS = """
    monday tuesday wednesday thursday friday saturday sunday
    mon tue wed thu fri sat sun
    mon tues wed thurs fri sat sun
    montag dienstag mittwoch donnerstag freitag samstag sonntag
    lundi mardi mercredi jeudi vendredi samedi dimanche
    lunes martes miércoles jueves viernes sábado domingo
    lunedì martedì mercoledì giovedì venerdì sabato domenica
    segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo
    maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
    måndag tisdag onsdag torsdag fredag lördag söndag
    mandag tirsdag onsdag torsdag fredag lørdag søndag
    maanantaina tiistaina keskiviikkona torstaina perjantaina lauantaina sunnuntaina
    poniedziałek wtorek środę czwartek piątek sobotę niedzielę
    pondělí úterý středu čtvrtek pátek sobotu neděli
    hétfő kedd szerda csütörtök péntek szombat vasárnap
    luni marți miercuri joi vineri sâmbătă duminică
    llun mawrth mercher iau gwener sadwrn sul
    понедельник вторник среду четверг пятницу субботу воскресенье
    понеділок вівторок середу четвер п'ятницю суботу неділю
    pazartesi salı çarşamba perşembe cuma cumartesi pazar
    δευτέρα τρίτη τετάρτη πέμπτη παρασκευή σάββατο κυριακή
"""


def _numbered(table: str, start: int) -> dict[str, int]:
    rows = (line.split() for line in table.strip().split("\n"))
    return {name: number for row in rows for number, name in enumerate(row, start)}


MONTHS = _numbered(_MONTHS, 1)
"""Lower-case name: 1 to 12."""
WEEKDAYS = _numbered(_WEEKDAYS, 0)
"""Lower-case name: 0 (Monday) to 6."""
