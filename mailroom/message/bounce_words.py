"""What mail servers say when they refuse a mail, by reason: data, in the order in which it is believed.

Lower-case regular expressions for lower-cased text, written as alternatives.py says, each beginning with a letter.
The narrower reasons come before the wider.
"""

import re
from typing import Literal

from mailroom.message.alternatives import quick

Reason = Literal[
    "no such user", "no such host", "moved", "takes no mail",
    "mailbox full", "too large", "suspended", "filtered", "sender refused", "authentication", "relaying", "spam",
    "content", "blocked", "too many", "policy", "network", "expired", "system", "syntax", "unknown",
]  # fmt: skip

_WORDS: dict[Reason, str] = {
    "syntax": r"""
        syntax error|malformed|bad address syntax|command (?:not|un)recognized|illegal character
    """,
    "mailbox full": r"""
        \b(?:mail ?box|inbox|mail ?folder|account|user|maildir|mail ?drop|recipient)~
            (?:too |over |almost |already )?(?:full\b|over ?quota)
        mailbox ?full|full mailbox|quota (?:is )?(?:exceed|full|violat|reached)|over ?quota|quota(?:tion)? exceed
        (?:over|exceed\w*|out of)~(?:disk |mail |storage )?(?:quota|storage|space)|disk quota|no space left
        storage (?:limit|quota|allocation)|exceeded storage
        (?:insufficient|not enough) (?:disk |system )?(?:storage|space)
        (?:mailbox|folder|mailfolder|maildir|storage|account|size)~exceed|mailbox size limit|would exceed
        exceeds? (?:the |its |allowed |maximum |mailbox ){0,4}(?:mailbox |storage |allowed )(?:size|limit|quota)
        boîte (?:aux lettres |de réception )?(?:est )?pleine|bo[iî]te du destinataire pleine|postfach (?:ist )?voll
        casella piena|buzón lleno|caixa (?:de correio )?cheia|postvak (?:is )?vol|skrzynka ~pełna|ящик ~переполнен
        メールボックスが一杯|容量|邮箱已满|信箱已滿
    """,
    "too large": r"""
        (?:message|mail|size)~(?:too (?:large|big|long)|exceed\w*|larger than)|too (?:large|big) (?:message|mail)
        exceed\w* (?:\S{1,20} ){0,4}(?:message|fixed) ?(?:maximum )?size|message size|max(?:imum)? size|size limit
    """,
    "authentication": r"""
        \bspf\b|\bdkim\b|dmarc|(?:un|not )authenticated|sender id\b|domain.?keys
        authenticat\w+ (?:fail|check|result|requir)|(?:fail|pass)\w*~authenticat
    """,
    "sender refused": r"""
        \b(?:sender|envelope from|mail from|return path|originator|from (?:address|header)|reverse.path|backscatter|
            your (?:address|domain))~(?:reject|invalid|unknown|den(?:y|ied)|block|refus|unverif|does|must|is not|bad|
            no valid|prohibit|restrict|not (?:exist|allow|accept|verif|valid|found|have|permit))
        (?:reject|invalid|unknown|bad|unresolvable|unroutable|unverif\w+|illegal|not authorized)
             (?:\S{1,20} ){0,2}?sender
        sender verify failed|domain of sender|call(?:back|out)~fail
        cannot (?:resolve|verify) (?:your|the) (?:sender|address|domain)
        not (?:permitted|allowed|authorized|able|a member)~(?:to )?(?:post|send)\b|permission to (?:post|send)
        only accepts? (?:mail|messages) from|restricted (?:to|from)|pas autorisé|nicht berechtigt|non autorizzat
        no (?:está|tiene) (?:autorizad|permis)
    """,
    "spam": r"""
        spam|unsolicited|\bub[em]\b|\bu[bc]e\b|junk|phish|virus|infected|malware|suspicious|trojan
    """,
    "too many": r"""
        too many|rate.?limit|throttl|deferred due to|limit exceeded|try again slower
        (?:user|recipient)s?~(?:receiving mail|messages?) (?:too|at a rate)
        (?:sending|message|mail|hourly|daily|connection|recipient|session)s? (?:\S{1,20} ){0,2}?(?:limit|rate)s?\b
    """,
    "blocked": r"""
        block(?:ed|ing|ed? ?list)?\b|black.?list|deny.?list|\brbl\b|dnsbl|spamhaus|reputation|banned|gr[ea]y.?list
        listed(?<!not listed) (?:in|on|at|by)|reverse (?:dns|lookup|host|mapping)|\bptr\b|\brdns\b
        refused to (?:talk|accept)
        dynamic(?:ally)? (?:\S{1,20} )?(?:ip|address|assigned|alloc)|access denied\.? (?:your )?ip|residential
        \b(?:ip|client|host|connections?|helo|ehlo)~(?:reject|refused|denied|
            not (?:allowed|accepted|permitted|authorized))
        helo command rejected|bad helo|not accept(?:ing|ed)? (?:mail|connections?|email) from
        do not accept mail from|recipient preferences
    """,
    "relaying": r"""
        relay|not (?:a )?(?:local|permitted) (?:domain|host)|rcpthosts|not one of our|not hosted here
        we do not (?:handle|accept) mail for|address is not verified|verify a domain
    """,
    "suspended": r"""
        suspend|disabled|inactiv|de-?activat|frozen|locked|not (?:been )?activ|dormant|discontinued|closed
        terminated account|bloqu|gesperrt|deaktiv|not currently (?:accepting|receiving)|mailbox currently
        temporar\w+ (?:un|not )available|(?:account|domain)~expired|been (?:cancel|terminat)
    """,
    "moved": r"""
        has moved|no longer (?:on|at|here|employed|with|works?|available at)|has changed|new (?:e-?mail )?address
        moved to|address change|no forwarding|left the
    """,
    "takes no mail": r"""
        null ?mx|host does not accept|no mx (?:record |host )?(?:found|exist)|no (?:valid )?mx|no smtp service
        (?:do|does|will|can) ?(?:not|n.t) (?:currently )?accept
             (?:any |e-?|inbound |incoming |internet |network ){0,4}(?:mail|messages?)\b(?! from)
        not accepting (?:network |any |e-?){0,3}(?:mail|messages?)\b(?! from)|only (?:sends|used for sending)
        smtp protocol (?:\S{1,10} )?(?:not|disabled)|mail (?:is )?not (?:supported|handled)
    """,
    "no such host": r"""
        \b(?:host|domain|server|name)(?: name)?~(?:not found|unknown|does(?: not|n.t) exist|not exist|invalid|not known|
            could(?: not|n.t) be found|is not reachable|non-?existent)
        (?:unknown|bad|invalid|illegal|non-?existent|unresolvable) (?:\S{1,20} )?(?:host|domain)
        no such (?:host|domain)|nxdomain|name or service not known|unrouteable (?:mail )?domain|no route to domain
        (?:unable to|cannot|can.t|couldn.t) (?:find|resolve|locate) (?!your)(?:\S{1,20} )?(?:host|domain|mx)
        dns (?:\S{1,20} ){0,3}(?:lookup failure|does not exist)
    """,
    "no such user": r"""
        \b(?:user|recipient|mail ?box|account|address|alias|local.?part|person|destination|customer|subscriber|name|id|
            addressee|e-?mail|handle)s?~
            (?:wasn.t found|not (?:be )?(?:found|exist|listed|recogni[sz]ed|available|here|defined|local)|
            not (?:a )?(?:valid|known)|
            un(?:known|available|deliverable|routeable|recogni[sz]ed)|invalid|illegal|ambiguous|incorrect|non-?exist\w*|
            rejected\W{0,9}\Z|rejected: (?:access denied|undeliverable|user)|removed|deleted|
            (?:cannot|could not|couldn.t) be found|inexist\w*|not our customer|did not exist|
            do(?:es)? ?(?:not|n.t) ?(?:exist|have|like)|
            no longer (?:valid|available|exists?|active|in use|accept))
        (?:unknown|no such|invalid|illegal|non-?existent|unrouteable|unrecogni[sz]ed|undeliverable|bad|wrong|missing|
            no(?:t a)? (?:valid|known)|unable to find|(?:unknown or )?illegal|incorrect|not our|inexistent|nonexist\w*)
            [ _:](?:\S{1,20} ){0,2}?(?:user|recipient|mail ?box|account|address|alias|local.?part|person|name|customer|
            subscriber|destination|rcpt|e-?mail|id)
        no mailbox (?:here )?by that name|recip(?:ient)?notfound|addressee unknown|no active mailbox|never heard of
        no (?:such )?(?:account|user|mailbox|recipient|one) (?:here|by that|with that|named|for|found)|\bnouser\b
        user doesn.t|doesn.t have an? (?:\S{1,20} ){0,2}account|not listed in|no match
        unknown in (?:local|virtual|relay)
        cannot find (?:the )?(?:user|recipient|address|mailbox)|can.t (?:find|locate|verify)|mailbox unavailable
        recipient (?:\S{1,5} )?not ok|not found (?:in|on this server)|does not exist|is not a (?:valid|known)
        no existe|n.existe pas|existiert nicht|non esiste|não existe|unbekannt|inconnu|sconosciuto|desconocid
        bestaat niet|finns inte|findes ikke|finnes ikke|nie istnieje|neexistuje|nem létezik|nu există
        invalide\b|несуществ|не существует|見つかりません|存在しません|あて先不明|宛先不明|不存在
    """,
    "filtered": r"""
        recipient(?: address)?(?: was)? (?:rejected|refused)|because the recipient is not accepting|whitelist
        (?:refused|rejected|declined|not accepted|blocked) by (?:the )?(?:recipient|user|addressee)
        recipient (?:has )?(?:blocked|refused)|user (?:\S{1,10} )?re(?:fus|ject)
        is (?:only )?accepting mail (?:only )?from
        受信拒否|account is disabled
    """,
    "content": r"""
        content|attachment|header|subject|message (?:was |has been )?(?:reject|refus|content)|mime|format|charset|body
        line (?:\S{1,10} )?too long|not.{1,12}compliant|5322|2822|duplicate|transaction failed
        missing (?:\S{1,10} )?(?:from|date|message-id)
    """,
    "policy": r"""
        polic(?:y|ies)|prohibit|not (?:permitted|allowed|authori[sz]ed)|denied|forbidden|violat|restrict|security|tls
        certificate|encrypt|reject(?:ed)? (?:by|for)|administrative|rule|filter
    """,
    "network": r"""
        timed? ?out|timeout|connection (?:refused|reset|lost|dropped|closed|failed|attempt)|no route|unreachable
        network (?:is )?(?:unreachable|error|down)|not (?:reachable|responding)|did not respond|socket|connect
        loop|too many hops|hop count|dns|lookup
    """,
    "expired": r"""
        expir|retry time|could not be delivered for|delivery time|queue (?:too|lifetime)|too long|gave up|given up
        for \d{1,3} (?:days?|hours?)|still being retried|will (?:be )?retr|retries|delay|deferred|try (?:again|later)
        temporar|try a different|later
    """,
    "system": r"""
        (?:system|internal|local|server|mailer|writing)~(?:error|config|problem|resource|full|busy|down)|i/o error
        service (?:currently |temporarily )?(?:un|not )available|disk|out of memory|can.t create|resources|config
        command (?:died|output)|unknown mailer|pipe|process
    """,
}  # fmt: skip

READERS: tuple[tuple[Reason, re.Pattern[str]], ...] = tuple((name, quick(block)) for name, block in _WORDS.items())
"""Every reason and the words for it, most telling first."""
