"""What a machine computes with: devices of one class give the same bits."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SETTINGS = (
    "MKL_ENABLE_INSTRUCTIONS",
    "MKL_CBWR",
    "ONEDNN_MAX_CPU_ISA",
    "DNNL_MAX_CPU_ISA",
)
"""Variables of the environment by which MKL and oneDNN choose other kernels, which they tell
nobody; torch tells what it chose by its own, `ATEN_CPU_CAPABILITY`."""

WIDER = ("avx512_bf16", "avx512_fp16", "amx_bf16", "amx_fp16")
"""Instructions that torch's own three steps do not tell and that change what oneDNN computes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceClass:
    """The card, if there is one, the kind of processor, the instruction set that torch, MKL and
    oneDNN use of it, the version of torch, which carries these libraries, and, where a CPU decodes
    with layers of our own, theirs.

    A processor is named by its maker, family and model, not by what it is sold as: MKL chooses by
    the maker, and both choose the order of sums by the caches, which the model has. Beside a card
    it counts too: the face's features are made there.
    """

    card: str = ""
    processor: str
    instructions: str
    torch: str
    layers: str = ""

    @property
    def name(self) -> str:
        """As it stands in records, results and sidecars."""
        parts = (self.card, self.processor, self.instructions, f"torch {self.torch}", self.layers)
        return ", ".join(part for part in parts if part)


@cache
def device_here() -> DeviceClass:
    """The class of this process's device."""
    import torch  # noqa: PLC0415 - the driver reads nouns without it

    from model.networks.onednn import EXACT_LAYERS, onednn_convolves  # noqa: PLC0415 - it loads torch too

    facts = torch.cpu.get_capabilities()
    card = ""
    if torch.cuda.is_available():
        card = f"{torch.cuda.get_device_name()} CUDA {torch.version.cuda}"
    return DeviceClass(
        card=card,
        processor=processor_of(cpu_info()) or str(facts.get("cpu_name") or platform.machine()),
        instructions=instructions_of(
            torch.backends.cpu.get_cpu_capability(), facts, dict(os.environ)
        ),
        torch=torch.__version__,
        layers=EXACT_LAYERS if onednn_convolves() and not card else "",
    )


def cpu_info() -> str:
    """What Linux tells of the processors; "" elsewhere."""
    facts = Path("/proc/cpuinfo")
    return facts.read_text(encoding="utf-8") if facts.exists() else ""


def processor_of(told: str) -> str:
    """Maker, family and model of the first processor; "" where they are not told."""
    lines = (line.partition(":") for line in told.partition("\n\n")[0].splitlines())
    facts = {name.strip(): value.strip() for name, _, value in lines}
    if "vendor_id" in facts:
        return f"{facts['vendor_id']} {facts.get('cpu family', '?')}/{facts.get('model', '?')}"
    if "CPU implementer" in facts:
        return f"ARM {facts['CPU implementer']}/{facts.get('CPU part', '?')}"
    return ""


def instructions_of(
    capability: str, facts: Mapping[str, object], environment: Mapping[str, str]
) -> str:
    """What torch dispatches to, what oneDNN may use beyond it, and what the environment limits."""
    wider = [name for name in WIDER if facts.get(name)]
    limits = [f"{name}={environment[name]}" for name in SETTINGS if environment.get(name)]
    return " ".join([capability, *wider, *limits])
