"""The prompt as the transformer reads it: T5 v1.1's last states, padding included."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor
from transformers import AutoTokenizer, PreTrainedTokenizerBase, T5EncoderModel

MAX_TOKENS = 226


@dataclass(frozen=True, slots=True, kw_only=True)
class TextEncoderFiles:
    """Local folders in transformers' format; `weights` names their content, for cache keys."""

    encoder: Path
    tokenizer: Path
    weights: str


def prompt_key(prompt: str, weights: str, dtype: torch.dtype, max_tokens: int = MAX_TOKENS) -> str:
    """Names the states of a prompt: 40 hex digits over all that they depend on."""
    parts = ("t5", weights, str(dtype), str(max_tokens), prompt)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:40]


def encode_prompts(
    files: TextEncoderFiles,
    prompts: Sequence[str],
    *,
    max_tokens: int = MAX_TOKENS,
    device: str | torch.device = "cpu",
    dtype: torch.dtype = torch.bfloat16,
) -> tuple[Tensor, ...]:
    """Each prompt's states on the host, [1, max_tokens, channels]; one at a time, so that a prompt
    has the same bits whatever is encoded beside it.

    The encoder is loaded for this call and let go after it: T5 v1.1-xxl is 9.5 GB in bfloat16.
    """
    tokenizer = _tokenizer(files.tokenizer)
    _wanted(files.encoder, "config.json")
    encoder = T5EncoderModel.from_pretrained(files.encoder, local_files_only=True, dtype=dtype)
    encoder.train(mode=False).to(torch.device(device))
    try:
        return tuple(states(encoder, tokenizer, prompt, max_tokens) for prompt in prompts)
    finally:
        del encoder
        gc.collect()
        if torch.device(device).type == "cuda":
            torch.cuda.empty_cache()


@torch.inference_mode()
def states(
    encoder: T5EncoderModel, tokenizer: PreTrainedTokenizerBase, prompt: str, max_tokens: int
) -> Tensor:
    """One prompt's states, [1, max_tokens, channels].

    No attention mask is passed: Hallo3 was trained on what T5 makes of the padding too.
    """
    tokens = tokenizer(
        prompt, padding="max_length", truncation=True, max_length=max_tokens, return_tensors="pt"
    )
    encoded = encoder(input_ids=tokens["input_ids"].to(encoder.device))
    last: Tensor = encoded.last_hidden_state
    return last.cpu()


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptReader:
    """Makes a pipeline's prompts into what its transformer reads, [1, length, channels]."""

    encoder: T5EncoderModel | None
    tokenizer: PreTrainedTokenizerBase | None
    length: int
    channels: int
    unprompted: bool  # the networks were trained without prompts, and read zeros

    @classmethod
    def of_components(cls, components: Any) -> Self:  # noqa: ANN401  # of any kind of pipeline
        """Whether there are prompts is the processor's to say, how long the transformer's."""
        config, processor = components.transformer.config, components.processor
        return cls(
            encoder=components.text_encoder,
            tokenizer=components.tokenizer,
            length=config.max_text_seq_length,
            channels=config.text_embed_dim,
            unprompted=processor is not None and not processor.prompted,
        )

    def read(self, prompt: str | None, prompt_embeds: Tensor | None) -> Tensor:
        """The prompt's states, or those given."""
        if prompt is None and prompt_embeds is None and self.unprompted:
            return torch.zeros(1, self.length, self.channels)
        if prompt is not None and prompt_embeds is not None:
            raise ValueError("give either `prompt` or `prompt_embeds`")
        if prompt_embeds is not None:
            return prompt_embeds
        if self.encoder is None or self.tokenizer is None:
            without = "leave `prompt` out, or " if self.unprompted else ""
            raise ValueError(
                "`prompt` needs a text encoder, which this pipeline does not have: "
                f"{without}give `prompt_embeds`, [1, {self.length}, {self.channels}]"
            )
        if not isinstance(prompt, str):
            raise TypeError("give `prompt`, one text, or `prompt_embeds`: a call makes one clip")
        return states(self.encoder, self.tokenizer, prompt, self.length)


def unconditional(states: Tensor) -> Tensor:
    """The other half of the guidance pair: zeros, not the states of an empty prompt."""
    return torch.zeros_like(states)


def _tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    _wanted(folder, "tokenizer_config.json")
    return AutoTokenizer.from_pretrained(folder, local_files_only=True)


def _wanted(folder: Path, name: str) -> None:
    """transformers would take a missing folder for the name of a model on its hub."""
    if not (folder / name).is_file():
        raise FileNotFoundError(f"{folder} has no {name}; give a folder in transformers' format")
