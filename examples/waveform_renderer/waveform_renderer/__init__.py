"""The portrait as it is, with a moving waveform of the speech over its lower part.

This module only declares the renderer: whoever checks or quotes a manifest imports it, so it
loads nothing that draws. What draws is in `waveform_renderer.renderer`.
"""

from __future__ import annotations

from pipeline.guests.guest import Guest

__all__ = ["GUEST"]

# Raise the number in `version` with every change that gives other pixels.
GUEST = Guest(
    protocol=1,
    version="waveform/1",
    loader="waveform_renderer.renderer:load_waveform",
    segment_s=0.5,
)
