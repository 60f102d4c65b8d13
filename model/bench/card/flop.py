"""How many operations a guided step takes, two for each multiplication that is added."""

from __future__ import annotations

from typing import Any

ORIGINAL_STEP_TFLOP = 836.91
"""What the original computes in a step at full size (docs/hallo3.md, "What it costs")."""


def step_flop(config: Any, *, folded_audio: bool) -> int:  # noqa: ANN401  # a diffusers config
    """Of the matrix products and attention of `denoise`, both halves of the guidance together."""
    pair, dim = 2, config.num_attention_heads * config.attention_head_dim
    patch = config.patch_size
    rows = (config.sample_height // patch) * (config.sample_width // patch)
    text, video = config.max_text_seq_length, config.sample_frames * rows
    square = 2 * dim * dim
    speech = _crossed(config, video, config.audio_tokens, folded=folded_audio)
    face = _crossed(config, video, config.face_tokens, folded=True)
    flop = 0
    for layer in range(config.num_layers):
        asking = video + (text if layer < config.num_layers - 1 else 0)
        halves = 1 if layer == 0 else pair  # of the video, which is the same until text is heard
        flop += 3 * square * (halves * video + pair * text)
        flop += 4 * pair * asking * (text + video + rows) * dim  # attention
        flop += square * pair * asking  # its output
        flop += pair * (face + speech)
        flop += 2 * 4 * square * pair * asking  # the MLP
        flop += 2 * 2 * config.time_embed_dim * 6 * dim  # modulations
    return flop + _ends(config, dim, video)


def _crossed(config: Any, video: int, tokens: int, *, folded: bool) -> int:  # noqa: ANN401
    """Attention to a face or to speech: queries, scores, and values with their projection."""
    dim = config.num_attention_heads * config.attention_head_dim
    asked = 2 * video * dim * dim + 2 * video * tokens * dim
    if folded:
        return int(asked + 2 * video * config.num_attention_heads * tokens * dim)
    return int(asked + 2 * video * tokens * dim + 2 * video * dim * dim)


def _ends(config: Any, dim: int, video: int) -> int:  # noqa: ANN401
    """Patches in, time, and patches out."""
    area = config.patch_size**2
    time = 2 * config.time_embed_dim * (dim + config.time_embed_dim + 2 * dim)
    return int(
        2 * video * dim * config.in_channels * area
        + time
        + 2 * 2 * video * dim * config.out_channels * area
    )
