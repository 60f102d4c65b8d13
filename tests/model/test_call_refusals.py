"""What a call of the pipeline, and of its blocks, refuses: in a sentence that says what to give."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import CogVideoXDPMScheduler, DPMSolverMultistepScheduler
from diffusers.callbacks import PipelineCallback, SDCFGCutoffCallback
from PIL import ExifTags, Image
from torch import Tensor

from model.modular.blocks import Hallo3Blocks
from model.pipeline import Hallo3Pipeline
from tests.model.golden_chain import golden_pipeline
from tests.model.modular.test_modular import asked, with_components
from tests.model.test_pipeline import a_speech_encoder, arguments

GIVEN = arguments()
MASK, FACE = GIVEN["face_mask"], GIVEN["face_embedding"]
FEATURES, WORDS = GIVEN["audio_features"], GIVEN["prompt_embeds"]
Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def whole() -> Hallo3Pipeline:
    return golden_pipeline()


@pytest.fixture(scope="module", params=["pipeline", "blocks"])
def ask(request: pytest.FixtureRequest, whole: Hallo3Pipeline) -> Ask:
    """The door of the pipeline, and that of its blocks."""
    return whole if request.param == "pipeline" else with_components(Hallo3Blocks(), whole)


def broken(tensor: Tensor, number: float) -> Tensor:
    other = tensor.clone()
    other.view(-1)[0] = number
    return other


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("output_type", ["latent", "numpy", "PIL", "", 3], "give one of 'pil', 'np', 'pt'"),
        ("num_inference_steps", [0, -1, 2.0, "4", True, math.nan], "a whole number, 1 or more"),
        ("num_inference_steps", [1001], "1001 steps: choose 1 to 1000"),
        ("guidance_scale", [0, 0.99, -3.5, math.nan, math.inf, "3", True], "1, which is without g"),
        ("audio_guidance_scale", [0.5, -1, math.nan, math.inf], "1, which is without guidance"),
        ("guidance_band", [(0.2, 0.8), 0.5], "give GuidanceBand.start=0.2, stop=0.8"),
        ("motion_mask_rate", [-0.1, 1.1, math.nan, "0.1"], "a number from 0 to 1"),
        ("motion_noise_sigma", [-0.05, math.nan, math.inf], "a number, 0 or more"),
        ("colour_match", [-0.1, 1.5, math.nan], "a number from 0 to 1"),
        ("height", [0, -32, 40, 32.0, "32", True], "both must be multiples of 16"),
        ("width", [0, -16, 24, 48.0], "both must be multiples of 16"),
        ("num_frames", [5.0, "5", True, math.nan], "a whole number of frames, 25 a second"),
        ("num_frames", [-1, 0, 18], "frames of the 17 that there is sound or"),
        ("face_embedding", [FACE.numpy(), [0.0]], "`face_embedding` is a .*; give a torch tensor"),
        ("face_embedding", [broken(FACE, math.nan)], "`face_embedding` has NaN or infinity in it"),
        ("audio_features", [broken(FEATURES, math.inf)], "`audio_features` has NaN or infinity"),
        ("prompt_embeds", [broken(WORDS, -math.inf)], "`prompt_embeds` has NaN or infinity"),
        ("face_mask", [torch.from_numpy(MASK), MASK / 255, "mask.png"], "an array .64, 96. of uin"),
        ("face_mask", [MASK[:32], MASK * 0], "give .64, 96., as `image` is, 255 on the face"),
        ("noise", [torch.zeros(3), 7], "`noise` is a .*; give `generator`, or a `Noise`"),
        ("generator", [torch.Generator()], "give one of `generator` and `noise`"),
        ("sampling_rate", [16_000], "`sampling_rate` stands beside `speech`"),
    ],
)
def test_an_argument_that_cannot_be_meant_is_refused(
    ask: Ask, name: str, values: list[object], told: str
) -> None:
    for value in values:
        with pytest.raises((ValueError, TypeError), match=told):
            ask(**asked(num_frames=5) | {name: value})


@pytest.mark.parametrize(
    ("generator", "told"),
    [
        (7, r"`generator` is a int; give torch\.Generator\(\)\.manual_seed\(7\)"),
        ([], "0 generators: a call makes one clip; give one"),
        ([torch.Generator(), torch.Generator()], "2 generators: a call makes one clip"),
        ([7], "`generator` is a int"),
    ],
)
def test_what_keys_no_draws_of_one_clip_is_refused(ask: Ask, generator: object, told: str) -> None:
    with pytest.raises((ValueError, TypeError), match=told):
        ask(**asked(noise=None, generator=generator))


def test_what_means_the_same_gives_the_same(whole: Hallo3Pipeline) -> None:
    def made(**others: Any) -> Tensor:  # noqa: ANN401  of the call
        clip: Tensor = whole(**asked(num_frames=5, noise=None) | others).frames
        return clip

    def seeded() -> torch.Generator:
        return torch.Generator().manual_seed(7)

    plain = made(generator=seeded())
    assert torch.equal(made(generator=[seeded()]), plain)  # as other pipelines are given one
    counts = {"num_frames": np.int64(5), "num_inference_steps": np.int32(1), "width": np.int64(16)}
    assert torch.equal(made(generator=seeded(), **counts), plain)
    assert torch.equal(made(generator=seeded(), face_mask=MASK > 0), plain)
    assert torch.equal(made(generator=seeded(), guidance_scale=np.float32(3.5)), plain)


def test_a_scheduler_of_diffusers_is_refused_before_anything_is_computed(
    whole: Hallo3Pipeline,
) -> None:
    config = whole.scheduler.config
    for kind in (DPMSolverMultistepScheduler, CogVideoXDPMScheduler):
        other = Hallo3Pipeline(**(whole.components | {"scheduler": kind.from_config(config)}))
        for door in (other, with_components(Hallo3Blocks(), other)):
            with pytest.raises(TypeError, match=f"is a {kind.__name__}; Hallo3 steps with"):
                door(**asked())


def test_a_clip_is_no_longer_than_its_sound(whole: Hallo3Pipeline) -> None:
    """20 frames of sound, of which two segments hear 34 with the padding behind."""
    whole.register_modules(speech_encoder=a_speech_encoder())
    try:
        given = asked(audio_features=None, speech=np.sin(np.arange(640 * 20) / 9))
        assert whole(**given | {"num_frames": 20}).frames.shape[1] == 20
        with pytest.raises(ValueError, match="21 frames of the 20 that there is sound or featur"):
            whole(**given | {"num_frames": 21})
    finally:
        whole.register_modules(speech_encoder=None)


def deep(mode: str) -> Image.Image:
    kinds = {"I;16": np.uint16, "I": np.int32, "F": np.float32}
    return Image.fromarray(np.full((64, 96), 0.5 if mode == "F" else 30_000, kinds[mode]))


def cut_out(mode: str) -> Image.Image:
    picture = Image.fromarray(GIVEN["image"]).convert("RGBA")
    picture.putpixel((3, 4), (1, 2, 3, 254))
    return picture.convert(mode)


@pytest.mark.parametrize("on_disk", [False, True])
@pytest.mark.parametrize(
    ("image", "told"),
    [
        (deep("I;16"), "is of mode I;16; give 8 bits a colour, RGB"),
        (deep("I"), "is of mode I.*; give 8 bits"),
        (deep("F"), "is of mode F; give 8 bits"),
        (cut_out("RGBA"), "is transparent in parts; lay it on a background"),
        (cut_out("LA"), "is transparent in parts"),
    ],
    ids=["16 bits", "32 bits", "floats", "cut out", "grey"],
)
def test_a_picture_that_would_become_another_one_is_refused(
    whole: Hallo3Pipeline, tmp_path: Path, image: Image.Image, told: str, *, on_disk: bool
) -> None:
    given: Image.Image | Path = image
    if on_disk:
        given = tmp_path / ("picture.tiff" if image.mode in {"F", "I"} else "picture.png")
        image.save(given)
    with pytest.raises(ValueError, match=told):
        whole(**asked() | {"image": given})


@pytest.mark.parametrize("on_disk", [False, True])
def test_a_picture_is_the_right_way_up_in_every_guise(
    whole: Hallo3Pipeline, tmp_path: Path, *, on_disk: bool
) -> None:
    upright = Image.fromarray(GIVEN["image"])
    plain = whole(**asked()).frames
    aside = upright.transpose(Image.Transpose.ROTATE_90)
    aside.getexif()[ExifTags.Base.Orientation] = 6
    for number, picture in enumerate((upright, upright.convert("RGBA"), aside)):
        path = tmp_path / f"{number}.png"
        picture.save(path, exif=picture.getexif())
        given = path if on_disk else picture
        assert torch.equal(whole(**asked() | {"image": given}).frames, plain)


# The callback


def given_back(value: object, *_: object) -> object:
    return value


@pytest.mark.parametrize("value", [None, False, True, torch.zeros(1), [], "latents"])
def test_a_callback_that_gives_back_no_dict_is_told_what_to_do(
    whole: Hallo3Pipeline, value: object
) -> None:
    with pytest.raises(TypeError, match=r"return the dict .*`pipeline._interrupt = True` to end"):
        whole(**asked(), callback_on_step_end=partial(given_back, value))


@pytest.mark.parametrize("latents", [None, 0.5, torch.zeros(1), torch.zeros(1, 5, 16, 4, 2)])
def test_latents_that_no_step_goes_on_from_are_refused(
    whole: Hallo3Pipeline, latents: object
) -> None:
    back = partial(given_back, {"latents": latents})
    with pytest.raises((TypeError, ValueError), match=r"given back|gave back a dict without"):
        whole(**asked(), callback_on_step_end=back)
    if latents is not None:
        with pytest.raises((TypeError, ValueError), match=r"given back"):
            with_components(Hallo3Blocks(), whole)(**asked(), on_step=partial(given_back, latents))


def test_a_callback_is_given_the_tensors_that_it_is_asked_for(whole: Hallo3Pipeline) -> None:
    seen: list[set[str]] = []

    def watch(_pipe: object, _step: int, _time: int, given: dict[str, Tensor]) -> dict[str, Tensor]:
        seen.append(set(given))
        return {}

    plain = whole(**asked()).frames
    for names in (["latents"], "latents", [], None):
        clip = whole(
            **asked(), callback_on_step_end=watch, callback_on_step_end_tensor_inputs=names
        ).frames
        assert torch.equal(clip, plain)
    assert seen == [{"latents"}] * 4 + [set()] * 4
    with pytest.raises(TypeError, match="`callback_on_step_end` is a int; give a function"):
        whole(**asked(), callback_on_step_end=3)


class Halved(PipelineCallback):  # type: ignore[misc]  # theirs
    """A callback of diffusers' own kind, which says itself what it is given."""

    tensor_inputs = ("latents",)

    def callback_fn(
        self, _pipe: object, _step: int, _time: int, given: dict[str, Tensor]
    ) -> dict[str, Tensor]:
        return {"latents": given["latents"] / 2}


def test_callbacks_of_diffusers_say_what_they_are_given(whole: Hallo3Pipeline) -> None:
    plain = whole(**asked()).frames
    halved = {"callback_on_step_end": Halved(), "callback_on_step_end_tensor_inputs": []}
    assert not torch.equal(whole(**asked(), **halved).frames, plain)
    with pytest.raises(ValueError, match=r"not \['prompt_embeds'\]"):
        whole(**asked(), callback_on_step_end=SDCFGCutoffCallback(cutoff_step_ratio=0.5))


# The end of a call
