"""Whether a take fits a card, and whether what makes it fit keeps the bits."""

from __future__ import annotations

from collections import deque
from dataclasses import fields, replace
from types import SimpleNamespace

import pytest
import torch
from diffusers import AutoencoderKLCogVideoX
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from transformers import T5Config, T5EncoderModel, Wav2Vec2Config, Wav2Vec2Model

from model.memory.footprint import (
    ModelSize,
    audio_cache_bytes,
    decode_bytes,
    denoise_bytes,
    reference_cache_bytes,
    transformer_bytes,
)
from model.memory.offload import apply_profile, passing_layers, stored_as_float8, visiting
from model.memory.profiles import (
    FLOAT8,
    FREED,
    HALLO3_5B,
    OFFLOADED,
    PROFILES,
    ROOMY,
    need,
    profile_for,
    thrifty,
)
from model.networks.conditioning import SegmentConditions, TakeConditions
from model.networks.reference import Hallo3ReferenceModel
from model.networks.transformer import Hallo3Transformer3DModel
from model.vae import decode_frames
from tests.model.live_bytes import LiveBytes

GIB = 1024**3


def count(network: nn.Module) -> int:
    return sum(tensor.numel() for tensor in network.parameters())


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


# The table


def test_the_table_counts_what_the_networks_hold_at_full_size() -> None:
    with torch.device("meta"):
        transformer, reference = Hallo3Transformer3DModel(), Hallo3ReferenceModel()
    assert count(transformer) == HALLO3_5B.transformer
    assert count(reference) == HALLO3_5B.reference
    layers = list(passing_layers(transformer))
    assert max(map(count, layers)) == HALLO3_5B.largest_layer
    assert count(transformer) - sum(map(count, layers)) == HALLO3_5B.resident


def test_float8_takes_the_bytes_that_the_table_says() -> None:
    with torch.device("meta"):
        transformer = Hallo3Transformer3DModel().to(torch.bfloat16)
    stored_as_float8(transformer)
    stored = sum(t.numel() * t.element_size() for t in transformer.parameters())
    assert stored == transformer_bytes(HALLO3_5B, offloaded=False, float8=True)


def test_the_table_counts_the_encoders_at_full_size() -> None:
    xxl = T5Config(
        vocab_size=32128, d_model=4096, d_kv=64, d_ff=10240, num_layers=24, num_heads=64,
        feed_forward_proj="gated-gelu",
    )  # fmt: skip
    with torch.device("meta"):
        assert count(T5EncoderModel(xxl)) == HALLO3_5B.text_encoder
        assert count(Wav2Vec2Model(Wav2Vec2Config())) == HALLO3_5B.speech_encoder
        assert count(_full_size_vae()) == HALLO3_5B.vae


def test_the_reference_cache_is_697_mb_at_full_size() -> None:
    assert reference_cache_bytes(HALLO3_5B) == pytest.approx(697e6, rel=1e-3)


# Activations, measured without data


def _full_size_vae() -> AutoencoderKLCogVideoX:
    return AutoencoderKLCogVideoX(
        down_block_types=("CogVideoXDownBlock3D",) * 4,
        up_block_types=("CogVideoXUpBlock3D",) * 4,
        block_out_channels=(128, 256, 256, 512),
        layers_per_block=3,
        latent_channels=16,
        sample_height=480,
        sample_width=720,
    )


@pytest.mark.parametrize("tiled", [False, True])
def test_decoding_at_full_size_needs_what_the_table_says(*, tiled: bool) -> None:
    with torch.device("meta"):
        vae = _full_size_vae().eval()
        latents = torch.empty(1, 5, 16, 60, 90)
    vae.use_tiling = tiled
    with LiveBytes([*vae.parameters(), latents]) as live, torch.inference_mode():
        deque(decode_frames(vae, latents), maxlen=0)
    needed = decode_bytes(HALLO3_5B, tiled=tiled) * 2  # this one ran in float32
    assert 0.9 * needed < live.peak <= needed


def _conditions(network: Hallo3Transformer3DModel) -> tuple[TakeConditions, SegmentConditions]:
    bank = [torch.empty(1, 1350, 3072) for _ in network.transformer_blocks]
    take = network.take_conditions(torch.empty(2, 226, 4096), torch.empty(1, 512), bank)
    return take, network.segment_conditions(torch.empty(2, 49, 5, 12, 768))


def _tensors(take: TakeConditions, segment: SegmentConditions) -> list[Tensor]:
    cross = [*take.faces, *segment.audios]
    return [take.text, *(t for pair in take.references for t in pair),
            *(t for one in cross for t in (one.keys, one.values))]  # fmt: skip


def test_a_guided_step_at_full_width_needs_what_the_table_says() -> None:
    with torch.device("meta"), torch.inference_mode():
        network = Hallo3Transformer3DModel(num_layers=2).eval()
        take, segment = _conditions(network)
        video, time = torch.empty(2, 13, 32, 60, 90), torch.empty(2)
        known = [*network.parameters(), video, time, *_tensors(take, segment)]
        with LiveBytes(known) as live:
            network.denoise(video, time, take, segment)
    needed = denoise_bytes(HALLO3_5B) * 2  # this one ran in float32
    assert 0.8 * needed < live.peak <= needed


@pytest.mark.parametrize("folded", [False, True])
def test_the_audio_cache_is_as_large_as_the_table_says(*, folded: bool) -> None:
    with torch.device("meta"), torch.inference_mode():
        network = Hallo3Transformer3DModel(num_layers=2).eval()
        network.fold_audio = folded
        _, segment = _conditions(network)
    made = sum(4 * t.numel() for audio in segment.audios for t in (audio.keys, audio.values))
    size = replace(HALLO3_5B, layers=2, folded_audio=folded)
    assert made == audio_cache_bytes(size) * 2


# Choosing


@pytest.mark.parametrize(
    ("card_gib", "same_bits", "profile"),
    [(80, True, ROOMY), (48, True, FREED), (24, True, OFFLOADED), (24, False, FLOAT8)],
)
def test_full_size_runs_on_the_cards_of_the_trade(card_gib: int, same_bits: bool, profile) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001  # a profile
    assert profile_for(HALLO3_5B, card_gib * GIB, same_bits=same_bits) == profile


def test_a_card_that_is_too_small_is_told_how_much_is_needed() -> None:
    with pytest.raises(ValueError, match=r"has 8\.0 GiB; .* needs \d+\.\d GiB"):
        profile_for(HALLO3_5B, 8 * GIB)


def test_only_moving_weights_keeps_the_bits() -> None:
    assert [p.name for p in PROFILES if p.same_bits] == ["roomy", "freed", "offloaded"]


def test_the_thriftiest_profile_of_the_same_bits_is_another_only_where_bits_are_kept() -> None:
    for profile in PROFILES:
        same = [p for p in PROFILES if p.same_bits == profile.same_bits]
        least = min(same, key=lambda p: need(HALLO3_5B, p).peak)
        assert thrifty(profile.name) == least.name
    assert thrifty("") == OFFLOADED.name


@given(
    name=st.sampled_from([f.name for f in fields(ModelSize) if f.type == "int"]),
    more=st.integers(1, 10**9),
    profile=st.sampled_from(PROFILES),
)
def test_a_larger_model_never_needs_less(name: str, more: int, profile) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001  # a profile
    larger = replace(HALLO3_5B, **{name: getattr(HALLO3_5B, name) + more})
    if name in ("resident", "unrounded"):  # they are among the transformer's
        larger = replace(larger, transformer=larger.transformer + more)
    assert need(larger, profile).peak >= need(HALLO3_5B, profile).peak


# Carrying out


def _small() -> SimpleNamespace:
    """What `apply_profile` sees of a pipeline."""
    torch.manual_seed(5)
    sizes = {
        "num_layers": 2, "num_attention_heads": 2, "attention_head_dim": 16, "text_embed_dim": 16,
        "time_embed_dim": 16, "max_text_seq_length": 4, "sample_frames": 2, "sample_height": 4,
        "sample_width": 6,
    }  # fmt: skip
    sound = {"audio_blocks": 2, "audio_channels": 8, "audio_hidden_dim": 16, "audio_tokens": 2,
             "audio_token_dim": 16, "face_embed_dim": 8, "face_token_dim": 16}  # fmt: skip
    vae = AutoencoderKLCogVideoX(
        block_out_channels=(32, 32, 32, 32), layers_per_block=1, latent_channels=16,
        down_block_types=("CogVideoXDownBlock3D",) * 4, up_block_types=("CogVideoXUpBlock3D",) * 4,
        sample_height=64, sample_width=96,
    )  # fmt: skip
    return SimpleNamespace(
        transformer=Hallo3Transformer3DModel(**sizes, **sound).eval(),
        reference=Hallo3ReferenceModel(**sizes).eval(),
        vae=vae.eval(),
    )


@torch.inference_mode()
def _step(pipeline: SimpleNamespace) -> Tensor:
    rng = torch.Generator().manual_seed(9)

    def draw(*shape: int) -> Tensor:
        return torch.randn(shape, generator=rng)

    bank = pipeline.reference(draw(1, 1, 16, 4, 6), draw(1, 4, 16))
    take = pipeline.transformer.take_conditions(draw(2, 4, 16), draw(1, 8), bank)
    segment = pipeline.transformer.segment_conditions(draw(2, 5, 5, 2, 8))
    noisy = draw(1, 2, 32, 4, 6)  # once for both halves of the guidance pair, as the pipeline does
    return pipeline.transformer.denoise(noisy, torch.tensor([500]), take, segment)


def test_profiles_that_promise_the_same_bits_keep_them() -> None:
    wanted = _step(_small())
    for profile in (ROOMY, FREED, OFFLOADED):
        pipeline = _small()
        apply_profile(pipeline, profile, "cpu")
        assert torch.equal(_step(pipeline), wanted), profile.name


def _poisoned_outside_forward(layer: nn.Module) -> None:
    """The layer's weights are NaN but while it computes, as if they were on another device."""
    true = {tensor: tensor.data.clone() for tensor in layer.parameters()}

    def restore(*_: object) -> None:
        for tensor, values in true.items():
            tensor.data = values

    def poison(*_: object) -> None:
        for tensor in true:
            tensor.data = torch.full_like(tensor.data, torch.nan)

    layer.register_forward_pre_hook(restore)
    layer.register_forward_hook(poison)
    poison()


def test_layers_that_pass_are_read_only_while_they_compute() -> None:
    wanted, pipeline = _step(_small()), _small()
    for network in (pipeline.transformer, pipeline.reference):
        for layer in passing_layers(network):
            _poisoned_outside_forward(layer)
    assert torch.equal(_step(pipeline), wanted)


def _layers(pipeline: SimpleNamespace) -> list[nn.Linear]:
    return [layer for layer in pipeline.transformer.modules() if isinstance(layer, nn.Linear)]


def test_float8_weights_come_near_and_are_not_the_same() -> None:
    wanted, pipeline = _step(_small()), _small()
    apply_profile(pipeline, FLOAT8, "cpu")
    got = _step(pipeline)
    deviation = float((got - wanted).abs().max() / wanted.abs().max())
    assert 0 < deviation < 0.1
    assert any(layer.weight.dtype == torch.float8_e4m3fn for layer in _layers(pipeline))
    assert pipeline.vae.use_tiling


class Visitor(nn.Module):
    """Tells where it was sent and when it was called."""

    def __init__(self) -> None:
        super().__init__()
        self.diary: list[str] = []

    def to(self, device: object) -> Visitor:  # type: ignore[override]  # only devices here
        self.diary.append(str(device))
        return self

    def forward(self) -> None:
        self.diary.append("computes")


def test_a_visiting_network_is_on_the_card_only_while_it_computes() -> None:
    network = Visitor()
    visiting(network, torch.device("cuda:1"))
    network()
    assert network.diary == ["cuda:1", "computes", "cpu"]
