"""Prompts through a real, small T5 with a real tokenizer."""

from __future__ import annotations

import gc
import io
import json
import weakref
from pathlib import Path

import pytest
import sentencepiece
import torch
from transformers import T5Config, T5EncoderModel

from model.conditions import text
from model.conditions.text import (
    TextEncoderFiles,
    encode_prompts,
    prompt_key,
    unconditional,
)

SENTENCES = (
    "a person speaks to the camera in a bright studio",
    "the woman smiles and nods while she talks",
    "a man looks at the camera",
)
PROMPT, OTHER = "a man talks", "the woman smiles at the camera"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> TextEncoderFiles:
    torch.set_num_threads(1)
    torch.manual_seed(2)
    folder = tmp_path_factory.mktemp("t5")
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES * 20), model_writer=model, vocab_size=60, pad_id=0,
        eos_id=1, unk_id=2, bos_id=-1, hard_vocab_limit=False, minloglevel=2,
    )  # fmt: skip
    (folder / "spiece.model").write_bytes(model.getvalue())
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "T5Tokenizer", "extra_ids": 0})
    )
    config = T5Config(
        vocab_size=100, d_model=16, d_kv=4, d_ff=32, num_layers=2, num_heads=4,
        feed_forward_proj="gated-gelu",
    )  # fmt: skip
    T5EncoderModel(config).save_pretrained(folder)
    return TextEncoderFiles(encoder=folder, tokenizer=folder, weights="tiny")


def encoded(files: TextEncoderFiles, *prompts: str, tokens: int = 12) -> tuple[torch.Tensor, ...]:
    return encode_prompts(files, prompts, max_tokens=tokens, dtype=torch.float32)


def test_a_prompt_is_padded_to_the_full_length(files: TextEncoderFiles) -> None:
    (short,), (long,) = encoded(files, PROMPT), encoded(files, " ".join(SENTENCES))
    assert short.shape == long.shape == (1, 12, 16)


def test_the_padding_is_read_like_words(files: TextEncoderFiles) -> None:
    """No attention mask: a word's state depends on how much padding is behind it."""
    (short,), (long,) = encoded(files, PROMPT), encoded(files, PROMPT, tokens=24)
    assert not torch.allclose(short[:, :8], long[:, :8], atol=1e-3)
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(files.tokenizer / "spiece.model"))
    ids = [*pieces.encode(PROMPT), 1]
    encoder = T5EncoderModel.from_pretrained(files.encoder, dtype=torch.float32)
    everything = encoder(torch.tensor([ids + [0] * (12 - len(ids))])).last_hidden_state
    torch.testing.assert_close(short, everything)


def test_a_prompt_has_the_same_bits_beside_any_other(files: TextEncoderFiles) -> None:
    (alone,), (_, beside) = encoded(files, PROMPT), encoded(files, OTHER, PROMPT)
    assert torch.equal(alone, beside)
    assert not torch.equal(alone, encoded(files, OTHER)[0])


def test_the_unconditional_half_is_zeros(files: TextEncoderFiles) -> None:
    (states,) = encoded(files, PROMPT)
    assert torch.equal(unconditional(states), torch.zeros(1, 12, 16))


def test_the_encoder_is_let_go(files: TextEncoderFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[weakref.ref[T5EncoderModel]] = []
    states = text.states

    def watched(encoder: T5EncoderModel, *rest: object) -> torch.Tensor:
        seen.append(weakref.ref(encoder))
        return states(encoder, *rest)  # type: ignore[arg-type]  # passed on as they are

    monkeypatch.setattr(text, "states", watched)
    encoded(files, PROMPT)
    gc.collect()
    assert seen
    assert seen[0]() is None


def test_a_folder_that_is_not_there_is_not_looked_for_on_a_hub(tmp_path: Path) -> None:
    nowhere = TextEncoderFiles(
        encoder=tmp_path / "none", tokenizer=tmp_path / "none", weights="tiny"
    )
    with pytest.raises(FileNotFoundError, match=r"tokenizer_config\.json"):
        encode_prompts(nowhere, [PROMPT])


def test_a_key_names_all_that_the_states_depend_on() -> None:
    keys = {
        prompt_key(prompt, weights, dtype, tokens)
        for prompt in (PROMPT, OTHER)
        for weights in ("a", "b")
        for dtype in (torch.float32, torch.bfloat16)
        for tokens in (12, 226)
    }
    assert len(keys) == 16
    assert prompt_key(PROMPT, "a", torch.float32) == prompt_key(PROMPT, "a", torch.float32, 226)
