"""Language tags of manifests (BCP-47) as the three letters that MP4 stores (ISO 639-2/T)."""

from __future__ import annotations

UNKNOWN = "und"

_PAIRS = """
af:afr am:amh ar:ara as:asm az:aze be:bel bg:bul bn:ben bo:bod br:bre bs:bos ca:cat cs:ces
cy:cym da:dan de:deu dz:dzo el:ell en:eng eo:epo es:spa et:est eu:eus fa:fas fi:fin fo:fao
fr:fra fy:fry ga:gle gd:gla gl:glg gn:grn gu:guj ha:hau he:heb hi:hin hr:hrv ht:hat hu:hun
hy:hye id:ind ig:ibo is:isl it:ita ja:jpn jv:jav ka:kat kk:kaz km:khm kn:kan ko:kor ku:kur
ky:kir la:lat lb:ltz lo:lao lt:lit lv:lav mg:mlg mi:mri mk:mkd ml:mal mn:mon mr:mar ms:msa
mt:mlt my:mya nb:nob ne:nep nl:nld nn:nno no:nor ny:nya oc:oci or:ori pa:pan pl:pol ps:pus
pt:por qu:que rm:roh ro:ron ru:rus rw:kin sa:san sd:snd si:sin sk:slk sl:slv sm:smo sn:sna
so:som sq:sqi sr:srp st:sot su:sun sv:swe sw:swa ta:tam te:tel tg:tgk th:tha ti:tir tk:tuk
tl:tgl tn:tsn tr:tur ts:tso tt:tat ug:uig uk:ukr ur:urd uz:uzb vi:vie wo:wol xh:xho yi:yid
yo:yor zh:zho zu:zul
"""

_TWO_TO_THREE = dict(pair.split(":") for pair in _PAIRS.split())


def iso639_2(tag: str) -> str:
    """`en-GB` -> `eng`; a three-letter language stays, an unknown one is `und`."""
    language = tag.replace("_", "-").split("-")[0].lower()
    if len(language) == 3 and language.isascii() and language.isalpha():  # noqa: PLR2004
        return language
    return _TWO_TO_THREE.get(language, UNKNOWN)
