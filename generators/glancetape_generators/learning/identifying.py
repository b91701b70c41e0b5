"""Texts that say who: ids of a capture, what has the form of an id, and secrets.

    proj_0f3c5b0e9a7d4c1f8e2b6a5d4c3b2a19    has the form of an id
    acme-prod, where a project is so called  is an id of the capture
    0f3c5b0e, where a project's id has it    is a piece of one
    k_gAAAAAB...                             has the form of a secret
    db07.acme.internal, acme.de              is the name of a host
    ada@acme.example, 10.4.7.12, fd00::/48   is an address

None leaves a capture, however many images have it.
"""

import re

from glancetape_cassettes.redaction.scan import has_secret
from glancetape_generators.learning.capture import MEMBER, Capture
from glancetape_generators.learning.ordinary_words import is_known_text, words_of

LEAST_PIECE = 6
"""A text with fewer characters is not a piece of an id."""
FIELDS_OF_IDS = frozenset(["id", "owner", MEMBER])
_ID = re.compile(
    r"(?<![0-9a-f])(?:[0-9a-f]{32,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![0-9a-f])"
)
_LABEL = r"[^\W_](?:[^\W_]|-){0,62}"
_COUNTRIES = (
    "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs"
    " bt bv bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec"
    " ee eg er es et eu fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy"
    " hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz"
    " la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx"
    " my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re"
    " ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th"
    " tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw"
)
_GENERAL = (  # of IANA's list: those that services and firms use
    "academy aero agency app art asia associates bank bar berlin best bio biz blog build builders"
    " business cab cafe capital care cash cat center chat church city click clinic cloud club codes"
    " coffee com community company computer consulting contractors coop corsica cymru dance data"
    " deals dental design dev digital direct directory dog domains earth eco edu education email"
    " energy engineer engineering enterprises estate eus events exchange expert express family"
    " farm fashion finance financial fit foundation fun fund fyi gal gallery game games garden gay"
    " global gmbh gold gov graphics green group guide guru hamburg health help holdings host"
    " hosting house icu immo inc info ink insure int international investments jobs kim koeln"
    " kiwi land law legal life limited link live loan lol london ltd ltda luxe management market"
    " marketing mba media miami mil mobi moe money monster museum name net network news ngo ninja"
    " nrw nyc one ong online org page paris partners parts party photo photography pics pictures"
    " pizza plus post press pro productions properties pub quebec realty red rehab reise ren rent"
    " repair report rest review rio rip rocks ruhr run saarland sale salon sarl school science"
    " scot security services sexy shop shopping show site ski social software solar solutions"
    " space storage store stream studio style supply support surf swiss systems tax team tech"
    " technology tel tienda tips tirol today tokyo tools top tours town trade trading training"
    " travel tube university ventures versicherung video vin vip vision vlaanderen voto wales"
    " watch web website wien wiki win wine work works world wtf xxx xyz yoga yokohama zone"
)
_PRIVATE = (  # which no registry gives out
    "arpa corp domain example home internal intern intra intranet invalid lan local localdomain"
    " localhost onion"
)
_LAST = "|".join((*f"{_COUNTRIES} {_GENERAL} {_PRIVATE}".split(), r"xn--[a-z0-9-]+", "рф", "中国"))
_VERSION = (  # a number, and a word that says which: `22.04.3.lts`, `hw.v1.large`
    r"(?:[^\W_]|[.-]){0,64}?\.v?\d+\."
    r"(?:alpha|beta|desktop|final|full|ga|large|lts|medium|micro|minimal|nano|rc|release|server"
    r"|small|stable|tiny|xlarge)(?![\w.-])"
)
_SCRIPTS = r"(?:express|next|node|nuxt|react|vue)\.js(?:\.[a-z]+)?(?![\w.-])"
_NO_HOST = rf"(?!{_VERSION}|{_SCRIPTS})"
_BEFORE, _AFTER = r"(?<![^\W_])(?<!\.)", r"(?![^\W_])"
ADDRESS = "|".join(
    (
        r"[\w.+-]+@[\w-]+\.[\w.-]+",  # of a person
        r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.])",
        r"(?<![\w:])(?:[0-9a-f]{1,4}:){5,7}[0-9a-f]{1,4}(?![\w:])",
        # Of IPv6, also a network: `2001:db8::`, `fd00::/48`, `::1`; `std::string` is none.
        r"(?<![\w:])(?:[0-9a-f]{1,4}:)+:(?![g-z:])",
        r"(?<![\w:])::[0-9a-f]{1,4}(?!\w)",
        r"(?<![a-z])[a-z][a-z0-9+.-]*://[^\s,;]*",
        # The name of a host: three labels, of which two have letters; or a well-known last one.
        rf"{_BEFORE}{_NO_HOST}(?:{_LABEL}\.)*[0-9-]*[^\W\d_]{{2}}(?:[^\W_]|-)*\.(?:{_LABEL}\.)+"
        rf"[^\W\d_]{{2,24}}{_AFTER}",
        rf"{_BEFORE}{_NO_HOST}(?:{_LABEL}\.)+(?:{_LAST}){_AFTER}",
    )
)
"""A pattern of addresses in small letters: of people, hosts, networks and pages.

Where a text may be an address or not (`setup.sh`, `env.dev`), it counts as one.
"""
_ADDRESS = re.compile(ADDRESS)
_HEX = re.compile(r"[0-9a-f](?:-?[0-9a-f]){7,}")  # by chance, no id has eight of them
_LEAST_SECRET = 16
_LONGEST = 255


def without_ids(text: str) -> str:
    """Return a text in small letters without what has the form of an id."""
    return _ID.sub("\0", text)


class Identifying:
    """What identifies an image, a project or a secret of a capture."""

    def __init__(self, capture: Capture) -> None:
        """Collect the ids of images, owners and members."""
        values = {
            str(value).casefold()
            for values in (
                capture.column("id").values,
                capture.column("owner").values,
                capture.several(MEMBER).values,
            )
            for value in values
            if value is not None
        }
        of_form = {value for value in values if _ID.fullmatch(value)}
        self._digits = "\0".join(sorted(of_form)).replace("-", "")
        self._others = frozenset(
            one for one in values - of_form if one != "none" and not is_known_text(one)
        )
        self._lengths = sorted({len(one) for one in self._others if len(one) >= LEAST_PIECE})

    def is_in(self, text: str) -> bool:
        """Whether a text is or has an id, a piece of one, a secret, or an address."""
        folded = text.casefold()
        if has_address(folded):
            return True
        return not is_known_text(folded) and (self._has_id(folded) or _has_secret(text))

    def _has_id(self, text: str) -> bool:
        if _ID.search(text) or any(one in self._others for one in (text, *words_of(text))):
            return True
        if any(found[0].replace("-", "") in self._digits for found in _HEX.finditer(text)):
            return True
        return any(
            text[first : first + length] in self._others
            for length in self._lengths
            for first in range(len(text) - length + 1)
        )


def has_address(text: str) -> bool:
    """Whether a text in small letters has the name of a host, an address, or a URL."""
    return _ADDRESS.search(text) is not None


def _has_secret(text: str) -> bool:
    """Whether a text has a secret, also right after other letters: `k_gAAAAAB...`."""
    starts = range(1, min(len(text), _LONGEST) - _LEAST_SECRET + 1)
    return has_secret(text) or any(has_secret(text[one:]) for one in starts)
