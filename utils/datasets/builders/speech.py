"""Makes data/hapa_kazi_tu: `python -m utils.datasets.builders.speech`, about a minute on one core.

Needed here and nowhere else in the course: Debian's espeak-ng 1.51 (`apt-get install espeak-ng`). Its speech is the same on every run: each
utterance is spoken in a process of its own, and everything after that is arithmetic on whole numbers. The library says itself at which sample
each speech sound begins, so that the place of the words in a clip is known and needs no measuring.

Clips come in pairs that differ in one phrase: same voice, speed, pitch, words before and after, and the same fraction of the free room before
the phrase; one holds "hapa kazi tu", the other something else. So nothing but the phrase tells the two labels apart.
"""

import csv
import ctypes
import io
import lzma
import multiprocessing
import sys

import numpy as np

from utils.datasets import speech, store

VERSION = "1.51"
SPOKEN_RATE = 22050  # samples a second, as espeak-ng gives them

# Variants of the Swahili voice, F or M as espeak-ng's own list has them. Of 101 variants these are left after looking at the spectrogram of
# each: no echo, no ring modulation, no whisper, formants told apart, and no near copy of another variant.
SPEAKERS = {
    "train": "f1F f2F f5F Andrea-F aunty-F belinda-F grandma-F m1M m2M m4M m5M m7M croak-M Alex-M Andy-M Gene-M Jacky-M "
    "Lee-M Mario-M Nguyen-M antonio-M boris-M iven-M max-M",
    "validation": "f3F steph-F m3M Denis-M john-M paul-M",
    "test": "f4F linda-F Annie-F anika-F m6M m8M Michael-M norbert-M pedro-M rob-M",
}
PAIRS = 8  # of a speaker
SPEEDS = (195, 230)  # words a minute
PITCHES = (35, 65)  # on espeak-ng's scale of 0 to 99
BEFORE = ("", "leo", "sasa", "sisi", "kweli", "kila siku", "mama anasema", "baba alisema", "rafiki yangu", "jirani wetu")
AFTER = ("leo", "jamani", "kabisa", "asante", "kila siku", "na watoto", "asubuhi", "bila shaka", "mwaka huu")
WORDS = speech.WORDS
PART = ("hapa", "kazi", "hapa kazi", "kazi tu", "hapa tu")
NEAR = (
    "kazi hapa tu",
    "kazi tu hapa",
    "hapa chai tu",
    "hapa watu tu",
    "leo kazi tu",
    "kila kazi tu",
    "hapa kazi ni",
    "hapa kazi si",
)
OTHER = (
    "mtoto wa shule",
    "maji ya moto",
    "samaki wetu",
    "mti na jua",
    "moto wa kuni",
    "gari la taka",
    "chai na keki",
    "habari gani",
)
LEVEL = 3277  # root mean square of the phrase, of 32,768: a tenth of full scale
MARGIN = 200  # samples between the phrase and either end of the clip, at least
FADE = 80  # samples at either end of a clip over which speech that is cut there fades


def main() -> None:
    """Speak, cut, compress and write the set and its sample picture; the datasheet's figures go to the terminal."""
    clips, rows = compose()
    packed = pack(clips)
    heard = speech.unpack(packed)
    store.write(speech.CLIPS_FILE, packed)
    store.write(speech.TABLE_FILE, table(rows))
    noise = ((clips - heard).astype(np.int64) ** 2).sum(1)
    ratios = 10 * np.log10((clips.astype(np.int64) ** 2).sum(1) / noise)
    print(f"{len(clips)} clips, {len(packed):,} bytes, {8 * len(packed) / clips.size:.2f} bits a sample")
    print(f"signal to coding noise: {np.median(ratios):.1f} dB median, {ratios.min():.1f} to {ratios.max():.1f} dB")
    for kind in ("words", "part", "near", "other"):
        lengths = [row["end"] - row["start"] for row in rows if row["kind"] == kind]
        print(
            f"{kind}: {len(lengths)} clips, phrase of {min(lengths)} to {max(lengths)} samples, {np.mean(lengths):.0f} on average"
        )
    store.write("hapa_kazi_tu/samples.png", samples(heard, rows))


def speakers() -> list[tuple[str, str, str]]:
    """(split, name of the variant, F or M) of each speaker, in the order of the set."""
    return [(split, name[:-1].rstrip("-"), name[-1]) for split, names in SPEAKERS.items() for name in names.split()]


def compose() -> tuple[np.ndarray, list[dict]]:
    """The clips as 16-bit samples, shape (clips, speech.LENGTH), and a row of what is known of each."""
    scripts = [script for number, speaker in enumerate(speakers()) for script in _scripts(number, *speaker)]
    # A fresh process an utterance: espeak-ng carries its state from one utterance to the next.
    with multiprocessing.get_context("fork").Pool(2, maxtasksperchild=1) as pool:
        spoken = pool.map(_speak_script, scripts, chunksize=1)
    cuts = [_cut(script, *utterance) for script, utterance in zip(scripts, spoken, strict=True)]
    return np.stack([clip for clip, _ in cuts]), [row for _, row in cuts]


def _scripts(number: int, split: str, name: str, gender: str) -> list[dict]:
    """What one speaker says: PAIRS times the words and something else in the same surroundings."""
    random = np.random.Generator(np.random.PCG64(np.random.SeedSequence([20151105, number])))
    others = [("part", text) for text in random.permutation(PART)[:2]]
    others += [("near", text) for text in random.permutation(NEAR)[:3]]
    others += [("other", text) for text in random.permutation(OTHER)[: PAIRS - 5]]
    scripts = []
    for pair, (kind, text) in enumerate(others):
        before, after = str(random.choice(BEFORE)), str(random.choice(AFTER))
        common = {
            "split": split,
            "pair": number * PAIRS + pair,
            "speaker": name,
            "gender": gender,
            "speed": int(random.integers(*SPEEDS, endpoint=True)),
            "pitch": int(random.integers(*PITCHES, endpoint=True)),
            "before": before,
            "after": after,
            "place": int(random.integers(1 << 16)),
        }
        scripts += [common | {"kind": "words", "phrase": WORDS}, common | {"kind": kind, "phrase": str(text)}]
    return scripts


def _speak_script(script: dict):
    text = " ".join(filter(None, (script["before"], script["phrase"], script["after"])))
    return speak(text, script["speaker"], script["speed"], script["pitch"])


def _cut(script: dict, samples: np.ndarray, words: list[tuple[str, int, int]]) -> tuple[np.ndarray, dict]:
    """The clip and its row: speech at 8 kHz and one level, cut so that the phrase stands at its place."""
    sound = resample(samples)
    words = [(word, *(round(at * speech.RATE / SPOKEN_RATE) for at in (start, end))) for word, start, end in words]
    first = len(script["before"].split())
    phrase = words[first : first + len(script["phrase"].split())]
    assert " ".join(word for word, _, _ in phrase) == script["phrase"], (script, words)
    start, end = phrase[0][1], phrase[-1][2]
    power = int((sound[start:end] ** 2).sum()) / (end - start)
    sound = sound * round(4096 * LEVEL / power**0.5) >> 12

    room = speech.LENGTH - (end - start) - 2 * MARGIN
    assert room > 0, (script, start, end)
    left = start - MARGIN - (script["place"] * (room + 1) >> 16)  # sample of the utterance at which the clip begins
    clip = np.zeros(speech.LENGTH, np.int64)
    lower, upper = max(left, 0), min(left + speech.LENGTH, len(sound))
    clip[lower - left : upper - left] = sound[lower:upper]
    ramp = np.arange(FADE)
    clip[:FADE] = clip[:FADE] * ramp // FADE
    clip[-FADE:] = clip[-FADE:] * ramp[::-1] // FADE
    assert abs(clip).max() < 32768, (script, abs(clip).max())

    heard = [word for word, a, b in words if min(b - left, speech.LENGTH) - max(a - left, 0) > (b - a) // 2]
    row = {key: script[key] for key in ("split", "pair", "speaker", "gender", "speed", "pitch", "kind", "phrase")}
    row |= {"label": int(script["kind"] == "words"), "text": " ".join(heard), "start": start - left, "end": end - left}
    return clip.astype(np.int16), {key: row[key] for key in speech.COLUMNS}


def table(rows: list[dict]) -> bytes:
    """The rows as CSV."""
    file = io.StringIO()
    writer = csv.DictWriter(file, speech.COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def samples(clips: np.ndarray, rows: list[dict]) -> bytes:
    """The sample picture: two pairs of test clips as waveforms and spectrograms, PNG."""
    import torch
    from PIL import Image

    from utils import plotting

    first = next(i for i, row in enumerate(rows) if row["split"] == "test")
    chosen = [first, first + 1, first + 22, first + 23]
    shown = torch.from_numpy(clips[chosen] / np.float32(32768))[:, None]
    titles = [f'label {rows[i]["label"]}: voice {rows[i]["speaker"]}\n"{rows[i]["text"]}"' for i in chosen]
    spans = [(rows[i]["start"], rows[i]["end"]) for i in chosen]
    waves = plotting.waveforms(shown[:, 0], titles, rate=speech.RATE, spans=spans)
    powers = plotting.spectrograms(speech.spectrogram(shown)[:, 0], [""] * 4, rate=speech.RATE, hop=128, spans=spans)
    upper, lower = (Image.open(io.BytesIO(picture.data)).convert("RGB") for picture in (waves, powers))
    sheet = Image.new("RGB", (max(upper.width, lower.width), upper.height + lower.height), "white")
    sheet.paste(upper, (0, 0))
    sheet.paste(lower, (0, upper.height))
    file = io.BytesIO()
    sheet.quantize(48, method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


# ------------------------------------------------------------------------------------------------------------- espeak-ng


class _Id(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    ]


def speak(text: str, variant: str, speed: int, pitch: int) -> tuple[np.ndarray, list[tuple[str, int, int]]]:
    """Speech and the place of each word in it, by espeak-ng's own account.

    Parameters
    ----------
    text : str
        Words of ASCII letters with one space between.
    variant : str
        Of the voice `sw`, such as "f1".
    speed : int, words a minute
    pitch : int, 0 to 99

    Returns
    -------
    samples : int64 array of shape (time,), 22,050 a second
    words : list of (word, first sample, sample after the last)

    Raises
    ------
    SystemExit
        If espeak-ng is missing or of another version.
    """
    library = _library()
    pieces, events = [], []

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))
    def receive(samples, count, event):
        if samples and count:
            pieces.append(np.ctypeslib.as_array(samples, (count,)).astype(np.int64))
        i = 0
        while event[i].type:
            if event[i].type == 7:  # espeakEVENT_PHONEME
                events.append((event[i].text_position, event[i].sample, event[i].id.string.decode()))
            i += 1
        return 0

    library.espeak_SetSynthCallback(receive)
    if library.espeak_SetVoiceByName(f"sw+{variant}".encode()):
        raise SystemExit(f"espeak-ng has no voice sw+{variant}: are its data files (Debian: espeak-ng-data) complete?")
    library.espeak_SetParameter(1, speed, 0)  # espeakRATE
    library.espeak_SetParameter(3, pitch, 0)  # espeakPITCH
    content = text.encode("ascii")
    library.espeak_Synth(content, len(content) + 1, 0, 0, 0, 1, None, None)
    library.espeak_Synchronize()

    words, place = [], 1  # espeak-ng counts characters from 1
    for word in text.split():
        sounds = [i for i, (at, _, name) in enumerate(events) if place <= at < place + len(word) and not name.startswith("_")]
        words.append((word, events[sounds[0]][1], events[sounds[-1] + 1][1]))
        place += len(word) + 1
    return np.concatenate(pieces), words


def _library():
    try:
        library = ctypes.CDLL("libespeak-ng.so.1")
    except OSError as error:
        raise SystemExit(f"this needs espeak-ng {VERSION} (Debian: apt-get install espeak-ng): {error}") from None
    library.espeak_Info.restype = ctypes.c_char_p
    version = library.espeak_Info(None).decode().split()[0]
    if version != VERSION:
        raise SystemExit(
            f"espeak-ng {version} speaks differently: the set is made with {VERSION} (Debian 12: 1.51+dfsg-10+deb12u2)"
        )
    rate = library.espeak_Initialize(2, 0, None, 1)  # AUDIO_OUTPUT_SYNCHRONOUS, with phoneme events
    assert rate == SPOKEN_RATE, rate
    return library


def resample(samples: np.ndarray) -> np.ndarray:
    """From 22,050 to 8,000 samples a second, in whole numbers: a low-pass filter of 3.6 kHz read at every 2.75625th place.

    Source: band-limited interpolation with a Hann-windowed sinc (Smith and Gossett, ICASSP 1984).
    """
    up, down, reach = 160, 441, 48  # 22,050 * 160 / 441 = 8,000; the filter reaches 48 input samples to either side
    taps = np.arange(-reach, reach)
    phase = np.arange(up)[:, None] / up  # where the output stands between two input samples
    cutoff = 3600 / (SPOKEN_RATE / 2)
    weights = cutoff * np.sinc(cutoff * (taps - phase)) * np.cos(np.pi * (taps - phase) / (2 * reach)) ** 2
    weights = np.round(weights * 32768).astype(np.int64)
    places = np.arange((len(samples) - 1) * up // down + 1) * down
    padded = np.pad(samples, reach)
    windows = padded[(places // up)[:, None] + taps + reach]
    return (windows * weights[places % up]).sum(1) >> 15


# ----------------------------------------------------------------------------------------------------------- compression


STEP = 0.125  # width of a step of the coder, as a part of the loudness of the block
QUIETEST = 12  # of STEPS: 8, so that silence costs nothing


def pack(clips: np.ndarray) -> bytes:
    """The clips as data/hapa_kazi_tu/clips.xz holds them; speech.unpack is the way back, and describes the form."""
    clips = clips.astype(np.int64)
    count, length = clips.shape
    loudness = np.sqrt((clips.reshape(count, -1, speech.BLOCK) ** 2).mean(2))
    steps = np.abs(loudness[..., None] * STEP - speech.STEPS).argmin(-1).clip(QUIETEST).astype(np.uint8)
    differences = np.zeros((count, length), np.int8)
    last = before = np.zeros(count, np.int64)
    for t in range(length):
        step = np.array(speech.STEPS)[steps[:, t // speech.BLOCK]]
        guess = speech.predict(last, before)
        differences[:, t] = np.clip((clips[:, t] - guess + step // 2) // step, -127, 127)
        before, last = last, np.clip(guess + differences[:, t] * step, -32767, 32767)
    coder = {"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 0, "lp": 0, "pb": 0}
    return lzma.compress(steps.tobytes() + differences.tobytes(), lzma.FORMAT_XZ, filters=[coder])


if __name__ == "__main__":
    sys.exit(main())
