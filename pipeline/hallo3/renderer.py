"""Chunks of a take rendered by Hallo3's networks, segment by segment, from motion frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch

from manifests.fingerprint import fingerprint
from model.chain import SegmentPipeline
from model.conditions.face import FaceEncoder, keypoints_of
from model.conditions.features import ChainSpeech, SpeechFeatures
from model.conditions.mask import face_mask
from model.conditions.picture import (
    Picture,
    centre_square,
    face_on_canvas,
    on_canvas,
    to_bytes,
)
from model.conditions.speech import SpeechEncoder
from model.sampling.noise import Noise
from model.segments import ChainState, PreparedTake, Sampling, SegmentFrames, TakeInputs
from pipeline.guests.table import HALLO3_VERSION
from pipeline.hallo3.naming import heard_name, looks_name, spoken_first
from pipeline.hallo3.prompt import Prompts
from pipeline.media.sound.wav import read_speech
from pipeline.nouns import Chunk, Segment
from pipeline.renderer import Frames, RenderedSegment, State, TakeFiles


@dataclass(slots=True, kw_only=True)
class Hallo3:
    """The networks of a preset in memory, and what was made of the take it saw last."""

    networks: SegmentPipeline
    speech: SpeechEncoder
    face: FaceEncoder
    prompts: Prompts
    sampling: Sampling
    _last: tuple[str, PreparedTake] | None = field(default=None, init=False)

    def open(self, files: TakeFiles, chunk: Chunk, seed: int) -> Hallo3Chain:
        """Begin a chunk; the networks see a portrait once for all chunks of a take."""
        read = partial(read_speech, files.speech)
        shape = self.networks.segment_shape()
        rows = SpeechFeatures(
            read=read, frames=files.take.frames, encoder=self.speech, multiple=shape.frames
        )
        last = chunk.stop == files.take.frames  # the original hears the padding behind a clip too
        stop = rows.count if last else chunk.stop
        heard = ChainSpeech(take=rows, start=chunk.start, stop=stop, segment_frames=shape.frames)
        return Hallo3Chain(
            networks=self.networks,
            take=self._prepared(files, seed),
            speech=rows,
            heard=heard,
            noise=Noise(seed=seed, chunk=spoken_first(files.speech, chunk)),
            looks=looks_name(files),
            chunk=chunk,
            width=files.take.width,
            height=files.take.height,
        )

    def _prepared(self, files: TakeFiles, seed: int) -> PreparedTake:
        name = fingerprint("prepared", looks=looks_name(files), seed=seed)
        if self._last is None or self._last[0] != name:
            self._last = None  # let go of one take's keys and values before the next ones come
            inputs = self._inputs(files)
            noise = Noise(seed=seed, chunk="")
            self._last = (name, self.networks.prepare_take(inputs, noise, self.sampling))
        return self._last[1]

    def _inputs(self, files: TakeFiles) -> TakeInputs:
        shape = self.networks.segment_shape()
        portrait = read_picture(files.portrait)
        landmarks = np.load(files.landmarks, allow_pickle=False)
        mask = face_mask(landmarks, *portrait.shape[:2])
        return TakeInputs(
            portrait=on_canvas(portrait, shape.height, shape.width),
            reference_picture=face_on_canvas(portrait, mask, shape.height, shape.width),
            prompt_embeds=self.prompts.states(files.prompt),
            face_embedding=self.face.embed(portrait, keypoints_of(landmarks)).values,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hallo3Chain:
    """One chunk being sampled."""

    networks: SegmentPipeline
    take: PreparedTake
    speech: SpeechFeatures
    heard: ChainSpeech
    noise: Noise
    looks: str
    chunk: Chunk
    width: int
    height: int

    def start(self) -> State:
        return state_of(self.networks.first_state(self.take))

    def conditions(self, segment: Segment) -> str:
        """What the segment hears, its noise, its portrait, and how it is sampled."""
        return fingerprint(
            HALLO3_VERSION,
            hears=heard_name(self.heard, self.speech, segment.index),
            frames=segment.stop - segment.start,
            noise=[self.noise.chunk, segment.index],
            looks=self.looks,
            sampling=self.take.sampling.name,
        )

    def render(self, segment: Segment, state: State) -> RenderedSegment:
        """The segment's new frames. The state behind it holds the last two frames as they were
        decoded: eight bits would not be what Hallo3 carries."""
        before = ChainState(segment=segment.index, motion=torch.from_numpy(np.array(state.motion)))
        decoded = self.networks.segment(
            self.take, self.heard.segment(segment.index), before, self.noise
        )
        return RenderedSegment(self._shown(decoded, segment), lambda: state_of(decoded.next_state))

    def _shown(self, decoded: SegmentFrames, segment: Segment) -> Iterator[Frames]:
        """Frames in bytes; what the last segment samples beyond its chunk is dropped."""
        left = segment.stop - segment.start
        for frames in decoded:
            shown = to_bytes(centre_square(frames) if self.width == self.height else frames)[:left]
            left -= len(shown)
            if len(shown):
                yield np.ascontiguousarray(shown.permute(0, 2, 3, 1).cpu().numpy())


def state_of(state: ChainState) -> State:
    return State(done=state.segment, motion=state.motion.numpy())


def read_picture(path: Path) -> Picture:
    """Our own PNG, [H, W, 3] RGB."""
    picture = cv2.imread(str(path))
    if picture is None:
        raise FileNotFoundError(path)
    return np.ascontiguousarray(picture[:, :, ::-1])
