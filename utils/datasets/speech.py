"""Short Swahili clips that do or do not hold the words "hapa kazi tu": one channel, 8,000 samples a second, 1.5 s.

The voices of validation and test are never heard in training. Every clip has a partner that differs in one phrase only. Where the phrase
stands is known to the sample, so that it can be put at one place in every clip, at any place, or moved by a single sample.
Everything up to the last division is whole numbers: a seed gives the same clips on every platform.
"""

import functools
import math
from collections.abc import Sequence

WORDS = "hapa kazi tu"
RATE = 8000  # samples a second
LENGTH = 12000  # samples of a clip: 1.5 s
SPLITS = ("train", "validation", "test")
PLACES = ("stored", "fixed", "any")
NOISES = ("white", "pink", "babble", "hum")

CLIPS_FILE, TABLE_FILE = "hapa_kazi_tu/clips.xz", "hapa_kazi_tu/clips.csv"
COLUMNS = ("split", "pair", "speaker", "gender", "speed", "pitch", "label", "kind", "phrase", "text", "start", "end")
_NUMBERS = ("pair", "speed", "pitch", "label", "start", "end")


def load(
    split: str = "train",
    *,
    place: str = "stored",
    length: int | None = None,
    shift: int | Sequence[int] = 0,
    snr_db: float | None = None,
    noise: str = "white",
    seed: int = 0,
):
    """Clips of one split with their labels and what is known of each.

    Parameters
    ----------
    split : str
        "train", "validation" or "test". No speaker is in two of them, and in each every speaker has as many clips of one label as of the other.
    place : str
        Where the phrase stands ("hapa kazi tu", or in a clip of the other label what is said in its stead). "stored": the whole clip as it
        is, the phrase anywhere. "fixed": the middle of the phrase in the middle of the clip, always. "any": at a place drawn from `seed`,
        wholly inside the clip. Beyond the 1.5 s that are stored there is silence.
    length : int, optional
        Samples of each clip, for "fixed" and "any": from that of the longest phrase (see `longest_phrase`) to 12,000, which is the default.
    shift : int, or one int a clip
        Samples by which the speech then moves: later above 0, earlier below 0. Background noise does not move.
    snr_db : float, optional
        Ratio of the power of the phrase to that of the background noise in decibels, from -20 to 60. Left out: no noise.
    noise : str
        "white", "pink" (equal power in each octave), "babble" (five clips of the other label, by other speakers of the same split) or
        "hum" (50 Hz and its multiples up to 400 Hz).
    seed : int
        Of the places drawn and the noise. What a clip gets depends on the seed and the clip alone.

    Returns
    -------
    clips : torch.Tensor of shape (B, 1, length), float32 in [-1, 1]
        A clip that noise takes beyond 1 is divided by its largest magnitude.
    labels : torch.Tensor of shape (B,), int64, 1 where the words are said
    rows : list of dict, one a clip
        split, pair (the same number for two clips that differ in the phrase alone), speaker, gender (F or M, as espeak-ng lists the voice),
        speed (words a minute), pitch (0 to 99), label, kind ("words", "part", "near", "other"), phrase, text (all the words that are heard
        in the stored clip), start and end of the phrase (samples of the clip returned, the end not included; a shift may take them outside).

    Raises
    ------
    ValueError, TypeError
        For a name, number or combination that cannot be; the message says which.
    utils.datasets.store.DataDamaged
        If a file of the set is missing or damaged.
    """
    import numpy as np
    import torch

    _choice("split", split, SPLITS)
    _choice("place", place, PLACES)
    _choice("noise", noise, NOISES)
    _whole("seed", seed, 0, 2**63 - 1)
    if length is None:
        length = LENGTH
    elif place == "stored" and length != LENGTH:
        raise ValueError(
            f"length={length} with place='stored', which is the whole clip: choose place='fixed' or 'any', or leave length out"
        )
    _whole("length", length, longest_phrase(), LENGTH)
    if snr_db is not None and not -20 <= snr_db <= 60:
        raise ValueError(f"snr_db={snr_db}: expected a ratio from -20 to 60 dB, or None for clips without noise")

    stored, table = _stored()
    numbers = [i for i, row in enumerate(table) if row["split"] == split]
    rows = [dict(table[i]) for i in numbers]
    shifts = _shifts(shift, len(rows), length)
    left = np.array([_left(row, i, place, length, seed) for row, i in zip(rows, numbers, strict=True)]) - shifts
    samples = _windows(stored[numbers], left, length) / 32768
    if snr_db is not None:
        samples = np.stack(
            [
                _add_noise(stored, table, i, window_left, length, snr_db, noise, seed)
                for i, window_left in zip(numbers, left, strict=True)
            ]
        )
    for row, window_left in zip(rows, left, strict=True):
        row["start"] -= int(window_left)
        row["end"] -= int(window_left)
    clips = torch.from_numpy(samples.astype(np.float32))[:, None]
    return clips, torch.tensor([row["label"] for row in rows]), rows


def longest_phrase() -> int:
    """Samples of the longest phrase of the set: no clip can be shorter."""
    return max(row["end"] - row["start"] for row in _stored()[1])


def spectrogram(clips, *, window: int = 256, hop: int = 128, floor_db: float = -80.0):
    """Power of each frequency over time, in decibels of a sine wave that fills [-1, 1].

    Parameters
    ----------
    clips : torch.Tensor of shape (B, 1, T)
        Samples, 8,000 a second.
    window, hop : int
        Samples of the Hann window and between one column and the next: 32 ms and 16 ms.
    floor_db : float
        Smaller powers are given as this.

    Returns
    -------
    torch.Tensor of shape (B, 1, window // 2 + 1, T // hop + 1), float32
        Row f stands for f * 8000 / window Hz, column t for the time t * hop / 8000 s.

    Raises
    ------
    ValueError
        If the clips have another shape, the window is below 2 or above T samples, or the hop is not from 1 to the window.

    Source: torch.stft; Allen and Rabiner, Proc. IEEE 65 (1977).
    """
    import torch

    if clips.ndim != 3 or clips.shape[1] != 1:
        raise ValueError(f"clips have shape {tuple(clips.shape)}, expected (B, 1, T): give one clip as clips[:1]")
    if not 2 <= window <= clips.shape[2]:
        raise ValueError(f"window={window} samples: from 2 to the length of the clips, {clips.shape[2]}, are possible")
    if not 1 <= hop <= window:
        raise ValueError(
            f"hop={hop} samples: from 1 to the window of {window} are possible, or sound between two columns is lost"
        )
    shape = torch.hann_window(window, device=clips.device)
    waves = torch.stft(clips[:, 0], window, hop, window=shape, pad_mode="constant", return_complex=True)
    power = (waves.abs() / (shape.sum() / 2)) ** 2
    return (10 * power.clamp(min=10 ** (floor_db / 10)).log10())[:, None]


def player(clip):
    """Something to listen to in a notebook: the last line of a cell, or an argument of `display`.

    Parameters
    ----------
    clip : torch.Tensor of shape (T,) or (1, T), values in [-1, 1]

    Returns
    -------
    IPython.display.Audio

    Raises
    ------
    ValueError
        For another shape or values outside [-1, 1].
    """
    from IPython.display import Audio

    samples = clip.detach().cpu()
    if samples.ndim == 2 and samples.shape[0] == 1:
        samples = samples[0]
    if samples.ndim != 1 or not len(samples):
        raise ValueError(f"the clip has shape {tuple(clip.shape)}, expected (T,) or (1, T): choose one clip, such as clips[0]")
    if not samples.abs().max() <= 1:
        raise ValueError("the clip has values outside [-1, 1] or not a number: divide it by its largest magnitude to hear it")
    return Audio(samples.numpy(), rate=RATE, normalize=False)


# -------------------------------------------------------------------------------------------------------- place and noise


def _left(row, number: int, place: str, length: int, seed: int) -> int:
    """The sample of the stored clip that becomes the first one of the clip returned."""
    if place == "stored":
        return 0
    if place == "fixed":
        return (row["start"] + row["end"]) // 2 - length // 2
    room = length - (row["end"] - row["start"])
    return row["start"] - int(_random(seed, number, 0).integers(room, endpoint=True))


def _windows(stored, left, length: int):
    """Samples left to left + length of each clip, as whole numbers; silence beyond what is stored."""
    import numpy as np

    places = np.asarray(left)[:, None] + np.arange(length)
    inside = (places >= 0) & (places < LENGTH)
    return np.where(inside, np.take_along_axis(stored, places.clip(0, LENGTH - 1), 1), 0).astype(np.int64)


def _add_noise(stored, table, number: int, left: int, length: int, snr_db: float, noise: str, seed: int):
    import numpy as np

    row = table[number]
    background = _background(stored, table, number, length, noise, _random(seed, number, 1 + NOISES.index(noise)))
    phrase = stored[number, row["start"] : row["end"]].astype(np.int64)
    signal_power = int((phrase**2).sum()) / len(phrase)
    noise_power = int((background**2).sum()) / length
    gain = round(65536 * math.sqrt(signal_power / noise_power) * 10 ** (-snr_db / 20))
    mixed = _windows(stored[number : number + 1], [left], length)[0] * 65536 + background * gain
    return mixed / max(32768 * 65536, int(abs(mixed).max()))


def _background(stored, table, number: int, length: int, noise: str, random):
    """Noise of any loudness, whole numbers."""
    import numpy as np

    if noise == "white":
        return random.integers(-32768, 32767, length, endpoint=True)
    if noise == "pink":  # Voss's way: the sum of white noises, each held twice as long as the one before
        background = np.zeros(length, np.int64)
        for octave in range(12):
            held = random.integers(-32768, 32767, (length >> octave) + 2, endpoint=True)
            begin = int(random.integers(1 << octave))
            background += np.repeat(held, 1 << octave)[begin : begin + length]
        return background
    if noise == "babble":
        own = table[number]
        others = [
            i
            for i, row in enumerate(table)
            if row["split"] == own["split"] and row["speaker"] != own["speaker"] and not row["label"]
        ]
        talkers = random.permutation(others)[:5]
        return sum(np.roll(stored[i], int(random.integers(LENGTH)))[:length].astype(np.int64) for i in talkers)
    turn = np.round(32767 * np.sin(2 * np.pi * np.arange(RATE // 50) / (RATE // 50))).astype(np.int64)  # one turn at 50 Hz
    time = np.arange(length)
    return sum(turn[(h * (time + int(random.integers(len(turn))))) % len(turn)] // h for h in range(1, 9))


def _random(seed: int, number: int, purpose: int):
    import numpy as np

    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, number, purpose])))


def _shifts(shift, count: int, length: int):
    import numpy as np

    shifts = np.asarray(shift)
    if shifts.dtype.kind not in "iu":
        raise TypeError(f"shift={shift!r}: expected whole samples, one number for all clips or one a clip")
    if shifts.shape not in ((), (count,)):
        raise ValueError(f"shift has shape {shifts.shape}: expected one number for all clips or one for each of the {count}")
    if abs(shifts).max() >= length:
        raise ValueError(f"a shift of {abs(shifts).max()} samples leaves nothing of a clip of {length}")
    return np.broadcast_to(shifts, (count,)).astype(np.int64)


def _choice(name: str, value, choices) -> None:
    if value not in choices:
        raise ValueError(f"{name}={value!r}: choose one of {', '.join(choices)}")


def _whole(name: str, value, lowest: int, highest: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name}={value!r}: expected a whole number")
    if not lowest <= value <= highest:
        raise ValueError(f"{name}={value}: expected a whole number from {lowest} to {highest}")


# -------------------------------------------------------------------------------------------------------------- the files


@functools.cache
def _stored():
    """All clips, int16 of shape (clips, LENGTH), and their rows. Shared by all callers: never written to."""
    import csv
    import io

    from utils.datasets import store

    clips = unpack(store.read(CLIPS_FILE))
    rows = list(csv.DictReader(io.StringIO(store.read(TABLE_FILE).decode())))
    if len(rows) != len(clips):
        raise store.DataDamaged(
            f"data/{CLIPS_FILE} holds {len(clips)} clips and data/{TABLE_FILE} {len(rows)} rows: take both from one version"
        )
    clips.flags.writeable = False
    return clips, [row | {name: int(row[name]) for name in _NUMBERS} for row in rows]


BLOCK = 100  # samples that share a step
STEPS = tuple(round(2 ** (k / 4)) for k in range(61))  # widths that a step may have


def predict(last, before):
    """What a sample will be, judging by the two before it: the linear prediction that suits the whole set best."""
    return (1217 * last - 557 * before + 512) >> 10


def unpack(packed: bytes):
    """The clips of data/hapa_kazi_tu/clips.xz.

    An xz file of one byte for each block of 100 samples (an index into STEPS), then one signed byte a sample, clip after clip: the difference
    between the sample and its prediction, in steps. This is differential pulse-code modulation with a step that follows the loudness.

    Parameters
    ----------
    packed : bytes

    Returns
    -------
    numpy.ndarray of int16, shape (clips, 12,000)

    Raises
    ------
    ValueError
        If the bytes are not of this form.

    Source: Jayant and Noll, Digital Coding of Waveforms (1984), chapter 6.
    """
    import lzma

    import numpy as np

    try:
        content = np.frombuffer(lzma.decompress(packed, lzma.FORMAT_XZ), np.uint8)
    except lzma.LZMAError as error:
        raise ValueError(f"these {len(packed)} bytes are no xz file: {error}") from None
    blocks = LENGTH // BLOCK
    count, rest = divmod(len(content), blocks + LENGTH)
    if rest:
        raise ValueError(f"{len(content)} bytes are not a whole number of clips, {blocks + LENGTH} bytes each")
    steps = np.array(STEPS)[content[: count * blocks].reshape(count, blocks).T]
    differences = content[count * blocks :].view(np.int8).reshape(count, LENGTH).T.astype(np.int64)
    differences *= np.repeat(steps, BLOCK, axis=0)
    clips = np.empty((LENGTH, count), np.int16)
    last = before = np.zeros(count, np.int64)
    for t in range(LENGTH):
        before, last = last, np.clip(predict(last, before) + differences[t], -32767, 32767)
        clips[t] = last
    return np.ascontiguousarray(clips.T)
