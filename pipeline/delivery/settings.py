"""The settings of delivery, as they travel from a run to its workers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.delivery.naming import NameTemplate
from pipeline.delivery.profile_files import carried_profiles
from pipeline.delivery.profiles import CAPTION_FILES, COMPANIONS, DeliveryProfile
from pipeline.delivery.provenance.signing import SigningSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """What is delivered, and how it is named and marked; `profiles` are all that there are,
    `signing` names what signs the files, and `watermark_key_env` the environment variable that
    holds the key of their watermarks ("": the public key)."""

    profiles: tuple[DeliveryProfile, ...] = field(default_factory=carried_profiles)
    template: NameTemplate = NameTemplate()
    signing: SigningSettings = field(default_factory=SigningSettings)
    watermark_key_env: str = ""

    @property
    def table(self) -> Mapping[str, DeliveryProfile]:
        """The profiles by name."""
        return {profile.name: profile for profile in self.profiles}

    @property
    def names(self) -> tuple[str, ...]:
        """What a row may ask for."""
        return (*self.table, *CAPTION_FILES, *COMPANIONS)

    @property
    def captioned(self) -> tuple[str, ...]:
        """The profiles that draw captions into their pictures."""
        return tuple(profile.name for profile in self.profiles if profile.captions)

    @property
    def plates(self) -> tuple[str, ...]:
        """The profiles that show the whole source picture."""
        return tuple(profile.name for profile in self.profiles if profile.fit == "plate")
