"""Street addresses as a key: the same house gives the same text, however it was typed.

Abbreviations follow the postal service's for directions, street kinds and units.
"""

from collections.abc import Mapping

import polars as pl

_DIRECTIONS: Mapping[str, str] = {
    "NORTH": "N",
    "SOUTH": "S",
    "EAST": "E",
    "WEST": "W",
    "NORTHEAST": "NE",
    "NORTHWEST": "NW",
    "SOUTHEAST": "SE",
    "SOUTHWEST": "SW",
}

_KINDS: Mapping[str, tuple[str, ...]] = {
    "ALY": ("ALLEY", "ALLY"),
    "AVE": ("AVENUE", "AV", "AVEN", "AVENU", "AVN"),
    "BLVD": ("BOULEVARD", "BOUL", "BLV", "BLVRD"),
    "BR": ("BRANCH",),
    "BRG": ("BRIDGE", "BRDGE"),
    "CIR": ("CIRCLE", "CIRC", "CRCL", "CRCLE"),
    "COR": ("CORNER",),
    "CT": ("COURT", "CRT"),
    "CTS": ("COURTS",),
    "CV": ("COVE",),
    "CRES": ("CRESCENT", "CRSENT", "CRSNT"),
    "XING": ("CROSSING", "CRSSNG"),
    "DR": ("DRIVE", "DRV", "DRIV"),
    "EXPY": ("EXPRESSWAY", "EXPWY", "EXP"),
    "EXT": ("EXTENSION", "EXTN"),
    "FWY": ("FREEWAY", "FRWY"),
    "GDNS": ("GARDENS", "GRDNS"),
    "GRV": ("GROVE", "GROV"),
    "HBR": ("HARBOR", "HARB"),
    "HTS": ("HEIGHTS", "HT"),
    "HWY": ("HIGHWAY", "HIWAY", "HIWY", "HWAY"),
    "HL": ("HILL",),
    "HLS": ("HILLS",),
    "HOLW": ("HOLLOW", "HLLW"),
    "LN": ("LANE",),
    "LNDG": ("LANDING",),
    "LOOP": ("LOOPS",),
    "MDWS": ("MEADOWS",),
    "MNR": ("MANOR",),
    "MT": ("MOUNT", "MNT"),
    "PARK": ("PRK",),
    "PKWY": ("PARKWAY", "PARKWY", "PKY", "PKWAY"),
    "PL": ("PLACE",),
    "PLZ": ("PLAZA", "PLZA"),
    "PT": ("POINT",),
    "RD": ("ROAD",),
    "RDG": ("RIDGE", "RDGE"),
    "RTE": ("ROUTE",),
    "SPG": ("SPRING", "SPNG"),
    "SQ": ("SQUARE", "SQR", "SQRE"),
    "ST": ("STREET", "STR", "STRT", "SAINT"),
    "STA": ("STATION",),
    "TER": ("TERRACE", "TERR"),
    "TPKE": ("TURNPIKE", "TRNPK"),
    "TRCE": ("TRACE",),
    "TRL": ("TRAIL", "TRAILS"),
    "VLG": ("VILLAGE", "VILL"),
    "VW": ("VIEW",),
    "WAY": ("WY",),
}

_ORDINALS: Mapping[str, str] = {
    "FIRST": "1ST",
    "SECOND": "2ND",
    "THIRD": "3RD",
    "FOURTH": "4TH",
    "FIFTH": "5TH",
    "SIXTH": "6TH",
    "SEVENTH": "7TH",
    "EIGHTH": "8TH",
    "NINTH": "9TH",
    "TENTH": "10TH",
    "ELEVENTH": "11TH",
    "TWELFTH": "12TH",
}

WORDS: Mapping[str, str] = {
    **_DIRECTIONS,
    **_ORDINALS,
    **{word: short for short, words in _KINDS.items() for word in words},
}
"""Long word to short. A short word is never a long one, so that normalizing twice changes nothing."""

_WHOLE = ("LOOP", "PARK", "WAY")
STREET_KINDS: Mapping[str, str] = {short: short if short in _WHOLE else words[0] for short, words in _KINDS.items()}
"""Short word of each kind of street, and the whole one."""

_UNIT_WORDS = "APARTMENT|APT|UNIT|SUITE|STE|ROOM|RM|FLOOR|FLR|FL|LOT|BUILDING|BLDG|TRAILER|TRLR|BASEMENT|BSMT|PENTHOUSE"
_UNIT = rf"^(.*?\S)(?:[\s,]+(?:\d+(?:ST|ND|RD|TH)\s+)?(?:{_UNIT_WORDS})\b|\s*#)(.*)$"
_UNIT_WORD = rf"\b(?:{_UNIT_WORDS}|NUMBER|NO|NUM)\b"

Rules = tuple[tuple[str, str], ...]
"""Patterns and what replaces each of their matches, in the order in which they are applied."""

TIDY: Rules = (
    (r",.*$", ""),
    (_UNIT, "${1}"),
    (r"[.']", ""),
    (r"[^A-Z0-9/&-]+", " "),
    (r"^ +| +$", ""),
)
"""Makes words, with one space between them, of an address in capitals without marks. Then WORDS shortens each."""
JOIN: Rules = ((r"^0+(\d)", "${1}"), (r"^(\S+ (?:[NSEW]{1,2} )?)(\d+) (ST|ND|RD|TH) ", "${1}${2}${3} "))
"""Makes the key of the shortened words."""
LOOSE: Rules = ((r"\b(\d+)(?:ST|ND|RD|TH)\b", "${1}"),)
"""Makes a key loose. All rules also mean the same in a browser, where the portal's search writes what is typed."""


def street_expr(address: pl.Expr) -> pl.Expr:
    """The key of a street address: upper case, abbreviated, without punctuation, unit, city; null where none is left.

    Normalizing a key gives the key again.
    """
    tidy = _ruled(_plain_upper(address), TIDY)
    words = tidy.str.split(" ").list.eval(pl.element().replace(WORDS)).list.join(" ")
    house = _ruled(words, JOIN)
    return pl.when(house.str.contains("[A-Z0-9]")).then(house)


def loose_expr(key: pl.Expr) -> pl.Expr:
    """The key without the endings of ordinal numbers: `68 AVE` and `68TH AVE` are one street."""
    return _ruled(key, LOOSE)


def _ruled(text: pl.Expr, rules: Rules) -> pl.Expr:
    for pattern, put in rules:
        text = text.str.replace_all(pattern, put)
    return text


def apartment_expr(apartment: pl.Expr, address: pl.Expr) -> pl.Expr:
    """The key of an apartment, from its own column or else from the end of the address; null where there is none."""
    in_address = _plain_upper(address).str.extract(_UNIT, 2).str.replace(r",.*$", "")
    return pl.coalesce(_apartment_key(_plain_upper(apartment)), _apartment_key(in_address))


def _apartment_key(text: pl.Expr) -> pl.Expr:
    plain = text.str.replace_all(_UNIT_WORD, "").str.replace_all(r"[^A-Z0-9]", "").str.replace(r"^0+(.)", "${1}")
    return pl.when(plain != "").then(plain)


def _plain_upper(text: pl.Expr) -> pl.Expr:
    return text.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_uppercase().str.strip_chars()
