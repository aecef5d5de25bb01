"""Larger sets of real photographs, through torchvision: by one name, from one data root, never half.

The course needs none of them; with them the same experiments run on the real thing. A set is looked for in the data root as unpacked
files, then as an archive, which is unpacked once; else it is downloaded, if wanted.

The data root is the argument `root`, else the environment variable DL4CV_DATA, else ~/.cache/dl4cv. A root that may only be read is
used where it is; what has to be unpacked or downloaded then goes to ~/.cache/dl4cv.
"""

import os
from pathlib import Path

from utils.datasets import archives
from utils.datasets.archives import DownloadFailed
from utils.datasets.store import DataDamaged

# Pictures a split, as published by each set's authors.
COUNTS = {
    "cifar10": {"train": 50_000, "test": 10_000},
    "fashion_mnist": {"train": 60_000, "test": 10_000},
    "hymenoptera": {"train": 244, "val": 153},
    "oxford_iiit_pet": {"trainval": 3_680, "test": 3_669},
    "voc_detection": {"train": 5_717, "val": 5_823, "trainval": 11_540},
    "voc_segmentation": {"train": 1_464, "val": 1_449, "trainval": 2_913},
}
NAMES = tuple(COUNTS)
CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
VOC_CLASSES = (
    *("aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog", "horse"),
    *("motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor"),
)
HYMENOPTERA = "https://download.pytorch.org/tutorial/hymenoptera_data.zip"


def load(name: str, split: str, *, root: str | Path | None = None, download: bool = True, transform=None):
    """A set of real photographs as a torch Dataset of (image, target) pairs, with the class names in `classes`.

    Parameters
    ----------
    name, split : str
        The splits have their published names.

        ================= ==================== ======================================== ==========================
        name              splits               pictures                                 to download
        ================= ==================== ======================================== ==========================
        cifar10           train, test          60,000 of 32 x 32 pixels, 10 classes     about 170 MB
        fashion_mnist     train, test          70,000 of 28 x 28, grey, 10 classes      about 30 MB
        hymenoptera       train, val           397 of any size, ants and bees           about 47 MB
        oxford_iiit_pet   trainval, test       7,349 of any size, 37 breeds             about 800 MB
        voc_detection     train, val, trainval 11,540 of any size, 20 classes           2 GB
        voc_segmentation  train, val, trainval 2,913 of any size, 20 classes            the same 2 GB
        ================= ==================== ======================================== ==========================
    root : path, optional
        The data root; see the top of this module. It may hold the files as torchvision lays them out, or an archive as published, and
        for cifar10 also folders of pictures, cifar10/train/<class>/*.jpg and cifar10/test/<class>/*.jpg (with or without cifar10/).
    download : bool
        Whether what is not there may be downloaded.
    transform : function of a PIL image, optional
        By default the image becomes a tensor as below.

    Returns
    -------
    torch.utils.data.Dataset of pairs:

    image : torch.Tensor, shape (3, height, width), fashion_mnist (1, 28, 28), float32 in [0, 1]
    target : by set
        int, the index of the class; for voc_detection a dict of "boxes", float32 (N, 4), x1 y1 x2 y2 in pixels from the left top corner of the
        image, "labels", int64 (N,), and "difficult", bool (N,); for voc_segmentation int64 (height, width), 0 the background, 1 to 20 the
        classes, 255 the outlines and what is not labelled.

    Raises
    ------
    ValueError
        For another name or split.
    FileNotFoundError
        If the set is not there and is not to be downloaded. The message says which file to put where.
    DownloadFailed
        If a download did not succeed in three tries. The message says the same.
    DataDamaged
        If an archive is broken, or files are missing from what was unpacked: a set is used whole or not at all.

    Source: torchvision.datasets; hymenoptera is from PyTorch's tutorial on transfer learning.
    """
    if name not in COUNTS:
        raise ValueError(f"there is no set {name!r}; choose one of {', '.join(NAMES)}")
    if split not in COUNTS[name]:
        raise ValueError(f"{name} has no split {split!r}; choose one of {', '.join(COUNTS[name])}")
    folder, layout = _provide(name, data_root(root), download)
    try:
        dataset = _open(name, layout, folder, split, transform or to_tensor)
        _complete(dataset, name, split)
    except (OSError, RuntimeError, ValueError) as error:
        raise DataDamaged(
            f"{name} in {folder / layout['parts'][0]['place']} is damaged or not complete: {error}. "
            "Complete it; or move it away and call again: it is made anew from the archive, or downloaded"
        ) from error
    return dataset


def data_root(root: str | Path | None = None) -> Path:
    """The folder that real sets are looked for in: the argument, else the environment variable DL4CV_DATA, else ~/.cache/dl4cv."""
    return Path(root or os.environ.get("DL4CV_DATA") or cache_folder()).expanduser().absolute()


def cache_folder() -> Path:
    """~/.cache/dl4cv, or dl4cv in the folder that the environment variable XDG_CACHE_HOME names."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dl4cv"


def home_of(root: Path) -> Path:
    """Where new files go: into the data root, or the cache folder if the root may only be read."""
    return root if _writable(root) else cache_folder()


def to_tensor(picture):
    """A PIL image as a float32 tensor of shape (channels, height, width) in [0, 1]."""
    from torchvision.transforms.v2 import functional

    return functional.to_dtype(functional.pil_to_tensor(picture), scale=True)


def _provide(name: str, root: Path, download: bool):
    """The folder that holds the set and its layout there, after unpacking or downloading what is needed."""
    layouts = _layouts(name)
    home = home_of(root)
    for folder in dict.fromkeys((root, home)):
        for layout in layouts:
            if _is_there(folder, layout):
                return folder, layout
    for layout in layouts:
        lying = [_lying(part, (root, home)) for part in layout["parts"]]
        if all(lying):
            _unpack(lying, layout, home)
            return home, layout
    layout = layouts[0]
    if not download:
        raise FileNotFoundError(f"{name} is not in {root}. {_what_to_do(layout, home)}; or call with download=True")
    for part in layout["parts"]:
        if not (home / part["place"]).exists() and not _lying(part, (root, home)):
            _download(name, part, layout, home)
    _unpack([_lying(part, (root, home)) for part in layout["parts"]], layout, home)
    return home, layout


def _layouts(name: str) -> list[dict]:
    """The forms in which a set can be in the data root: the downloadable one first.

    A layout has parts, each with the place it has in the root and the archives that it may come from: file, folder wanted inside the
    archive, and for the first one the address and the MD5 checksum where torchvision knows it.
    """
    from torchvision import datasets
    from torchvision.datasets.voc import DATASET_YEAR_DICT

    if name == "cifar10":
        from_torchvision = datasets.CIFAR10
        archive = _archive(
            from_torchvision.filename, from_torchvision.base_folder, from_torchvision.url, from_torchvision.tgz_md5
        )
        pictures = [_part("cifar10_jpeg", _archive("cifar10_jpeg.tar", ".")), _part("cifar10"), _part(".")]
        return [
            {"parts": [_part(from_torchvision.base_folder, archive)]},
            *({"parts": [part], "pictures": True} for part in pictures),
        ]
    if name == "fashion_mnist":
        raw = "FashionMNIST/raw"
        mirror = datasets.FashionMNIST.mirrors[0]
        files = datasets.FashionMNIST.resources
        return [
            {"parts": [_part(f"{raw}/{file[:-3]}", _archive(f"{raw}/{file}", ".", mirror + file, md5)) for file, md5 in files]}
        ]
    if name == "hymenoptera":
        inner = "hymenoptera_data"
        found = (_archive(f"{inner}.zip", inner, HYMENOPTERA), _archive("hymenoptera.tar", inner))
        return [{"parts": [_part(inner, *found)], "pictures": True}]
    if name == "oxford_iiit_pet":
        base, parts = "oxford-iiit-pet", []
        for url, md5 in datasets.OxfordIIITPet._RESOURCES:
            file = url.rsplit("/", 1)[1]
            inner = file.split(".")[0]
            parts.append(_part(f"{base}/{inner}", _archive(f"{base}/{file}", inner, url, md5)))
        return [{"parts": parts}]
    voc = DATASET_YEAR_DICT["2012"]
    inner = Path(voc["base_dir"]).as_posix()
    return [{"parts": [_part(inner, _archive(voc["filename"], inner, voc["url"], voc["md5"]))]}]


def _part(place, *found):
    return {"place": place, "archives": found}


def _archive(file, inner, url=None, md5=None):
    return {"file": file, "inner": inner, "url": url, "md5": md5}


def _is_there(folder, layout):
    if not layout.get("pictures"):
        return all((folder / part["place"]).exists() for part in layout["parts"])
    place = folder / layout["parts"][0]["place"]
    # In the root itself and in a folder named by hand anything may lie: only folders of CIFAR-10's classes count.
    return (place / "train").is_dir() and (layout["parts"][0]["archives"] or (place / "train" / CIFAR10_CLASSES[0]).is_dir())


def _lying(part, folders):
    """The part's archive that lies in one of the folders, with its path, or None; a part in place needs none."""
    for archive in part["archives"]:
        for folder in folders:
            for path in (folder / archive["file"], folder / Path(archive["file"]).name):
                if path.is_file():
                    return archive | {"path": path}
    if part["archives"] and (folders[-1] / part["place"]).exists():
        return part["archives"][0] | {"path": None}
    return None


def _unpack(lying, layout, home):
    name = {"cifar10_jpeg": "cifar10", "hymenoptera_data": "hymenoptera"}.get(layout["parts"][0]["place"])
    check = (lambda folder: _count_pictures(folder, name)) if layout.get("pictures") else None
    for archive, part in zip(lying, layout["parts"], strict=True):
        if archive["path"] is not None:
            archives.unpack(archive["path"], home / part["place"], archive["inner"], archive["md5"], check)


def _download(name, part, layout, home):
    archive = part["archives"][0]
    print(f"{name}: downloading {archive['url']} to {home}")
    try:
        archives.fetch(archive["url"], home / archive["file"], archive["md5"])
    except DownloadFailed as error:
        raise DownloadFailed(f"{error}. {_what_to_do(layout, home)}") from error


def _what_to_do(layout, home):
    steps = [f"{part['archives'][0]['url']} as {home / part['archives'][0]['file']}" for part in layout["parts"]]
    return (
        f"Without a connection here, fetch on another machine {', and '.join(steps)}, and call again; "
        "or name a folder that has the set, with root= or in the environment variable DL4CV_DATA"
    )


def _writable(folder: Path) -> bool:
    """Whether new files may go there. The administrator may write everywhere, but leaves alone what is marked read-only."""
    return not folder.exists() or (os.access(folder, os.W_OK) and folder.stat().st_mode & 0o222 != 0)


def _count_pictures(folder: Path, name: str) -> None:
    for split, expected in COUNTS[name].items():
        count = sum(map(_is_picture, folder.glob(f"{split}/*/*")))
        if count != expected:
            raise DataDamaged(f"{split} has {count:,} pictures, expected {expected:,}")


def _is_picture(path) -> bool:
    """Whether a file counts as a photograph: not the sign "image not found", which lies among hymenoptera's ants."""
    from torchvision.datasets.folder import IMG_EXTENSIONS

    path = Path(path)
    return path.suffix.lower() in IMG_EXTENSIONS and path.stem != "imageNotFound"


def _open(name, layout, folder, split, transform):
    from torchvision import datasets

    if layout.get("pictures"):
        return datasets.ImageFolder(
            str(folder / layout["parts"][0]["place"] / split), transform=transform, is_valid_file=_is_picture
        )
    if name == "cifar10":
        return datasets.CIFAR10(str(folder), train=split == "train", transform=transform)
    if name == "fashion_mnist":
        return datasets.FashionMNIST(str(folder), train=split == "train", transform=transform)
    if name == "oxford_iiit_pet":
        return datasets.OxfordIIITPet(str(folder), split, transform=transform)
    if name == "voc_detection":
        dataset = datasets.VOCDetection(str(folder), image_set=split, transform=transform, target_transform=_objects)
        dataset.classes = list(VOC_CLASSES)
    else:
        dataset = datasets.VOCSegmentation(str(folder), image_set=split, transform=transform, target_transform=_mask)
        dataset.classes = ["background", *VOC_CLASSES]
    return dataset


def _complete(dataset, name, split):
    expected = COUNTS[name][split]
    if len(dataset) != expected:
        raise DataDamaged(f"{split} has {len(dataset):,} pictures, expected {expected:,}")
    if name in ("cifar10", "hymenoptera"):
        classes = list(CIFAR10_CLASSES) if name == "cifar10" else ["ants", "bees"]
        if list(dataset.classes) != classes:
            raise DataDamaged(f"{split} has the classes {', '.join(dataset.classes)}, expected {', '.join(classes)}")
    files = (
        [*getattr(dataset, "images", ()), *getattr(dataset, "targets", ())]
        if name.startswith("voc")
        else getattr(dataset, "_images", ())
    )
    missing = [str(file) for file in files if not Path(file).is_file()]
    if missing:
        raise DataDamaged(f"{len(missing):,} files are missing, the first is {missing[0]}")


def _objects(annotation):
    """Boxes of an annotation. Pascal VOC counts pixels from 1 and includes the last one; here the corners of the box are measured."""
    import torch

    found = annotation["annotation"].get("object", [])
    boxes = [[float(thing["bndbox"][side]) for side in ("xmin", "ymin", "xmax", "ymax")] for thing in found]
    return {
        "boxes": torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4) - torch.tensor([1.0, 1.0, 0.0, 0.0]),
        "labels": torch.tensor([VOC_CLASSES.index(thing["name"]) for thing in found], dtype=torch.int64),
        "difficult": torch.tensor([thing.get("difficult") == "1" for thing in found], dtype=torch.bool),
    }


def _mask(picture):
    import numpy as np
    import torch

    return torch.from_numpy(np.array(picture)).to(torch.int64)  # a palette image: its numbers are the classes
