"""The fonts that pip brings, and which package has the letters of which script."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class FontPackage:
    """A package (`name`, as pip installs it) with the font `file` in its `module`.

    All of these fonts stand under the SIL Open Font License 1.1. `scripts` are those for which it
    is named in a refusal, as the Unicode names of their letters begin.
    """

    name: str
    module: str
    file: str
    sha256: str
    scripts: tuple[str, ...]

    def path(self) -> Path | None:
        """Where the file lies; None where the package is not installed."""
        spec = find_spec(self.module)
        if spec is None or not spec.submodule_search_locations:
            return None
        path = Path(spec.submodule_search_locations[0]) / self.file
        return path if path.exists() else None


PACKAGES = (
    FontPackage(
        name="fontpkg-noto-sans==2.15",
        module="fontpkg_noto_sans",
        file="files/NotoSans[wdth,wght].ttf",
        sha256="bfb7bb691513f12e734dc346c03a03f784912432d7e3fa8e56efcf906fe86b3d",
        scripts=("LATIN", "GREEK", "CYRILLIC", "DEVANAGARI"),
    ),
    FontPackage(
        name="fontpkg-noto-sans-arabic==2.12",
        module="fontpkg_noto_sans_arabic",
        file="files/NotoSansArabic[wdth,wght].ttf",
        sha256="63111b5b2e074dd48cc67692e0a2726d86ee94c1c37fe8598257b7b4e87e869e",
        scripts=("ARABIC", "EXTENDED"),
    ),
    FontPackage(
        name="fontpkg-noto-sans-thai==2.2",
        module="fontpkg_noto_sans_thai",
        file="files/NotoSansThai[wdth,wght].ttf",
        sha256="5a1c559bb539583c8a1fd99d1c5b9491e5e14478c9cd2bd0970d5c3096cc9ef8",
        scripts=("THAI",),
    ),
    FontPackage(
        name="cvttf-notosanscjk-regular==1.0",
        module="cvttf_NotoSansCJK_Regular",
        file="NotoSansCJKtc-Regular.otf",
        sha256="f57e46120a3dd025ac993801981849622405d1359b32093b1f046490f7885711",
        scripts=("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"),
    ),
    FontPackage(
        name="fontpkg-noto-sans-tamil==2.4",
        module="fontpkg_noto_sans_tamil",
        file="files/NotoSansTamil[wdth,wght].ttf",
        sha256="aa3a9b321f4b0bb2c40203ffbde9af89713227866e0e13f76e5b9eeea727cf88",
        scripts=("TAMIL",),
    ),
    FontPackage(
        name="fontpkg-noto-sans-telugu==2.5",
        module="fontpkg_noto_sans_telugu",
        file="files/NotoSansTelugu[wdth,wght].ttf",
        sha256="e618af7bf999df192ed4f388eba2e563f2b5015034e9cbb317b5bd793bd7334d",
        scripts=("TELUGU",),
    ),
    FontPackage(
        name="fontpkg-noto-sans-khmer==2.4",
        module="fontpkg_noto_sans_khmer",
        file="files/NotoSansKhmer[wdth,wght].ttf",
        sha256="f37a8431a0c5d5ed2f81a767417546aca576a81fb7eff9c924d46aecf828f2ca",
        scripts=("KHMER",),
    ),
    FontPackage(
        name="justmytype-intl-rtl==0.1.0",
        module="justmytype_intl_rtl",
        file="fonts/ofl/notosanshebrew/NotoSansHebrew[wdth,wght].ttf",
        sha256="7ef36a2c3593758cdb622e1bdef4f84523e92fbc3ccc667438dd80ff54c2de88",
        scripts=("HEBREW",),
    ),
    FontPackage(
        name="justmytype-intl-south-asia==0.1.0",
        module="justmytype_intl_south_asia",
        file="fonts/ofl/notosansbengali/NotoSansBengali[wdth,wght].ttf",
        sha256="dcd42978094e584a849c84a51450eeac40c8826057d566ea6d4b9627a403a05a",
        scripts=("BENGALI",),
    ),
    FontPackage(
        name="justmytype-intl-sea==0.1.0",
        module="justmytype_intl_sea",
        file="fonts/ofl/notosanslao/NotoSansLao[wdth,wght].ttf",
        sha256="9608b94603a82d09a8038946f9775242f99e3b3459b7f1e4d5b335b578cd7ab3",
        scripts=("LAO",),
    ),
    FontPackage(
        name="justmytype-intl-sea==0.1.0",
        module="justmytype_intl_sea",
        file="fonts/ofl/notosansmyanmar/NotoSansMyanmar[wdth,wght].ttf",
        sha256="7abbbfbe2514105d7ce94937aee3feb2ba89b73a256c8b77b5866bd9b83e32ec",
        scripts=("MYANMAR",),
    ),
    FontPackage(
        name="justmytype-intl-africa==0.1.0",
        module="justmytype_intl_africa",
        file="fonts/ofl/notosansethiopic/NotoSansEthiopic[wdth,wght].ttf",
        sha256="0dbccc00b22d180ebd6a4bd8a733918a29e709fa6798023adc3e6cd40da65077",
        scripts=("ETHIOPIC",),
    ),
)
"""In the order in which they are tried. The extra `captions` brings the first four; the others are
taken up where they are installed."""


def packages_for(letters: Iterable[str]) -> list[str]:
    """The packages, not installed here, that bring fonts for the scripts of these letters."""
    scripts = set(scripts_named(letters))
    found = [each.name for each in PACKAGES if {*each.scripts} & scripts and each.path() is None]
    return [*dict.fromkeys(found)]


def scripts_named(letters: Iterable[str]) -> list[str]:
    """Their scripts, as the Unicode names of the letters begin."""
    names = (unicodedata.name(letter, "unnamed").partition(" ")[0] for letter in sorted(letters))
    return [*dict.fromkeys(names)]
