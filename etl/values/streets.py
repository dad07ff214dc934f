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

_UNIT_WORDS = "APARTMENT|APT|UNIT|SUITE|STE|ROOM|RM|FLOOR|FLR|FL|LOT|BUILDING|BLDG|TRAILER|TRLR|BASEMENT|BSMT|PENTHOUSE"
_UNIT = rf"^(.*?\S)(?:[\s,]+(?:\d+(?:ST|ND|RD|TH)\s+)?(?:{_UNIT_WORDS})\b|\s*#)(.*)$"
_ORDINAL_IN_TWO = r"^(\S+ (?:[NSEW]{1,2} )?)(\d+) (ST|ND|RD|TH) "
_UNIT_WORD = rf"\b(?:{_UNIT_WORDS}|NUMBER|NO|NUM)\b"


def street_expr(address: pl.Expr) -> pl.Expr:
    """The key of a street address: upper case, abbreviated, without punctuation, unit, city; null where none is left.

    Normalizing a key gives the key again.
    """
    street = _plain_upper(address).str.replace(r",.*$", "").str.replace(_UNIT, "${1}")
    tidy = street.str.replace_all(r"[.']", "").str.replace_all(r"[^A-Z0-9/&-]+", " ").str.strip_chars()
    words = tidy.str.split(" ").list.eval(pl.element().replace(WORDS)).list.join(" ")
    house = words.str.replace(r"^0+(\d)", "${1}").str.replace(_ORDINAL_IN_TWO, "${1}${2}${3} ")
    return pl.when(house.str.contains("[A-Z0-9]")).then(house)


def loose_expr(key: pl.Expr) -> pl.Expr:
    """The key without the endings of ordinal numbers: `68 AVE` and `68TH AVE` are one street."""
    return key.str.replace_all(r"\b(\d+)(?:ST|ND|RD|TH)\b", "${1}")


def apartment_expr(apartment: pl.Expr, address: pl.Expr) -> pl.Expr:
    """The key of an apartment, from its own column or else from the end of the address; null where there is none."""
    in_address = _plain_upper(address).str.extract(_UNIT, 2).str.replace(r",.*$", "")
    return pl.coalesce(_apartment_key(_plain_upper(apartment)), _apartment_key(in_address))


def _apartment_key(text: pl.Expr) -> pl.Expr:
    plain = text.str.replace_all(_UNIT_WORD, "").str.replace_all(r"[^A-Z0-9]", "").str.replace(r"^0+(.)", "${1}")
    return pl.when(plain != "").then(plain)


def _plain_upper(text: pl.Expr) -> pl.Expr:
    return text.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_uppercase().str.strip_chars()
