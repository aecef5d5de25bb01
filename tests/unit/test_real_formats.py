"""Every real set in its published form: the archives are made here, a few pictures each, and only the numbers of pictures and the checksums
are replaced. Unpacking, torchvision's own readers and the checks are the real ones; the server is on this machine."""

import functools
import gzip
import hashlib
import io
import pickle
import struct
import tarfile
import threading
from http.server import HTTPServer, SimpleHTTPRequestHandler

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import datasets
from torchvision.datasets import voc

from utils.datasets import archives, real
from utils.datasets.archives import DownloadFailed
from utils.datasets.store import DataDamaged


def md5(content):
    return hashlib.md5(content).hexdigest()


def tarred(files, mode):
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode=mode) as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return memory.getvalue()


def encoded(picture, form):
    memory = io.BytesIO()
    picture.save(memory, form)
    return memory.getvalue()


def photograph(width, height, shade=128):
    return encoded(Image.new("RGB", (width, height), (shade, 20, 200)), "JPEG")


def cifar10(patch):
    """Six pickled tables, each row the 1,024 red, green and blue values of a picture; and the names of the classes."""
    pixels = np.random.default_rng(0).integers(0, 256, (12, 3072), dtype=np.uint8)
    tables = {f"data_batch_{n}": slice(2 * n - 2, 2 * n) for n in range(1, 6)} | {"test_batch": slice(10, 12)}
    files = {}
    for name, rows in tables.items():
        labels = [row % 10 for row in range(rows.start, rows.stop)]
        files[name] = pickle.dumps({"data": pixels[rows], "labels": labels, "batch_label": name})
    files["batches.meta"] = pickle.dumps({"label_names": list(real.CIFAR10_CLASSES)})
    lists = {"train_list": sorted(tables)[:5], "test_list": ["test_batch"]}
    for key, names in lists.items():
        patch(datasets.CIFAR10, key, [[name, md5(files[name])] for name in names])
    patch(datasets.CIFAR10, "meta", {"filename": "batches.meta", "key": "label_names", "md5": md5(files["batches.meta"])})
    archive = tarred({f"cifar-10-batches-py/{name}": content for name, content in files.items()}, "w:gz")
    patch(datasets.CIFAR10, "tgz_md5", md5(archive))
    patch(real, "COUNTS", {"cifar10": {"train": 10, "test": 2}})
    return {"cifar-10-python.tar.gz": archive}, pixels.reshape(12, 3, 32, 32)


def fashion_mnist(patch):
    """Four files of the idx format: two zeros, the type, the number of dimensions, the dimensions, the bytes."""
    pixels = np.random.default_rng(1).integers(0, 256, (5, 28, 28), dtype=np.uint8)
    files = {}
    for prefix, rows in (("train", slice(0, 3)), ("t10k", slice(3, 5))):
        images, labels = pixels[rows], np.arange(rows.start, rows.stop, dtype=np.uint8)
        for kind, table in (("images-idx3-ubyte", images), ("labels-idx1-ubyte", labels)):
            header = struct.pack(f">BBBB{table.ndim}I", 0, 0, 8, table.ndim, *table.shape)
            files[f"{prefix}-{kind}.gz"] = gzip.compress(header + table.tobytes())
    patch(datasets.FashionMNIST, "resources", [(name, md5(content)) for name, content in files.items()])
    patch(real, "COUNTS", {"fashion_mnist": {"train": 3, "test": 2}})
    return files, pixels


def oxford_iiit_pet(patch):
    """Photographs in one archive; in the other, lists of name, class from 1, species and breed."""
    names = ["Abyssinian_1", "Abyssinian_2", "american_bulldog_10", "Abyssinian_3"]
    labels = {"Abyssinian": 1, "american_bulldog": 2}
    images = {f"images/{name}.jpg": photograph(30 + i, 20) for i, name in enumerate(names)}
    lines = [f"{name} {labels[name.rsplit('_', 1)[0]]} 1 1\n" for name in names]
    lists = {"annotations/trainval.txt": "".join(lines[:3]).encode(), "annotations/test.txt": lines[3].encode()}
    files = {"images.tar.gz": tarred(images, "w:gz"), "annotations.tar.gz": tarred(lists, "w:gz")}
    patch(datasets.OxfordIIITPet, "_RESOURCES", [(f"https://example.org/{name}", md5(f)) for name, f in files.items()])
    patch(real, "COUNTS", {"oxford_iiit_pet": {"trainval": 3, "test": 1}})
    return files, None


def voc2012(patch):
    """Photographs, boxes as XML, masks as palette images, lists of names, all below VOCdevkit/VOC2012."""
    names = ["2007_000001", "2007_000002", "2007_000003"]
    box = "<object><name>dog</name><difficult>1</difficult><bndbox><xmin>1</xmin><ymin>3</ymin><xmax>10</xmax><ymax>12</ymax></bndbox></object>"
    two = box + box.replace("dog", "person").replace("<difficult>1", "<difficult>0").replace(">1<", ">5<")
    files = {}
    for i, name in enumerate(names):
        mask = np.zeros((20, 30), np.uint8)
        mask[3:12, :10], mask[2, :11] = 12, 255
        picture = Image.fromarray(mask).convert("P")
        picture.putpalette([*range(256)] * 3)
        picture.frombytes(mask.tobytes())
        files[f"JPEGImages/{name}.jpg"] = photograph(30, 20)
        files[f"Annotations/{name}.xml"] = f"<annotation><filename>{name}</filename>{two if i else box}</annotation>".encode()
        files[f"SegmentationClass/{name}.png"] = encoded(picture, "PNG")
    for folder in ("Main", "Segmentation"):
        for split, chosen in (("train", names[:2]), ("val", names[2:]), ("trainval", names)):
            files[f"ImageSets/{folder}/{split}.txt"] = "\n".join([*chosen, ""]).encode()
    archive = tarred({f"VOCdevkit/VOC2012/{name}": content for name, content in files.items()}, "w")
    patch(voc, "DATASET_YEAR_DICT", {"2012": voc.DATASET_YEAR_DICT["2012"] | {"md5": md5(archive)}})
    counts = {"train": 2, "val": 1, "trainval": 3}
    patch(real, "COUNTS", {"voc_detection": counts, "voc_segmentation": counts})
    return {voc.DATASET_YEAR_DICT["2012"]["filename"]: archive}, None


MAKERS = {
    "cifar10": cifar10,
    "fashion_mnist": fashion_mnist,
    "oxford_iiit_pet": oxford_iiit_pet,
    "voc_detection": voc2012,
    "voc_segmentation": voc2012,
}


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A function that makes a set's archives, puts them into a data root and returns the root and the pixels."""

    def publish(name):
        files, pixels = MAKERS[name](monkeypatch.setattr)
        root = tmp_path / "root"
        root.mkdir()
        for file, content in files.items():
            (root / file).write_bytes(content)
        return root, pixels

    monkeypatch.setattr(archives, "WAIT", 0)
    return publish


def as_bytes(image):
    """A picture in [0, 1] as the values it was stored with."""
    return (255 * image).round().to(torch.uint8).numpy()


def test_cifar10_is_read_from_its_pickled_tables(published):
    root, pixels = published("cifar10")
    train, test = (real.load("cifar10", split, root=root, download=False) for split in ("train", "test"))
    assert (len(train), len(test)) == (10, 2) and tuple(train.classes) == real.CIFAR10_CLASSES
    for image, (expected, label) in zip([*train, *test], [(p, i % 10) for i, p in enumerate(pixels)], strict=True):
        assert image[1] == label and np.array_equal(as_bytes(image[0]), expected)


def test_fashion_mnist_is_read_from_its_idx_files(published):
    root, pixels = published("fashion_mnist")
    train, test = (real.load("fashion_mnist", split, root=root, download=False) for split in ("train", "test"))
    assert (len(train), len(test)) == (3, 2) and train.classes[0] == "T-shirt/top"
    for label, (image, target) in enumerate([*train, *test]):
        assert target == label and image.shape == (1, 28, 28) and np.array_equal(as_bytes(image[0]), pixels[label])


def test_pets_have_their_breed_and_their_size(published):
    root, _ = published("oxford_iiit_pet")
    train, test = (real.load("oxford_iiit_pet", split, root=root, download=False) for split in ("trainval", "test"))
    assert [target for _, target in train] == [0, 0, 1] and list(train.classes) == ["Abyssinian", "American Bulldog"]
    assert [tuple(image.shape) for image, _ in train] == [(3, 20, 30), (3, 20, 31), (3, 20, 32)] and test[0][1] == 0


def test_voc_boxes_are_corners_in_pixels_with_label_and_difficulty(published):
    root, _ = published("voc_detection")
    both = real.load("voc_detection", "trainval", root=root, download=False)
    image, target = both[1]
    assert len(both) == 3 and image.shape == (3, 20, 30)
    assert target["boxes"].tolist() == [[0, 2, 10, 12], [4, 2, 10, 12]] and target["difficult"].tolist() == [True, False]
    assert [both.classes[label] for label in target["labels"]] == ["dog", "person"]
    assert len(both[0][1]["labels"]) == 1


def test_voc_masks_hold_classes_and_outlines(published):
    root, _ = published("voc_segmentation")
    val = real.load("voc_segmentation", "val", root=root, download=False)
    image, mask = val[0]
    assert image.shape == (3, 20, 30) and mask.shape == (20, 30) and mask.dtype == torch.int64
    assert mask.unique().tolist() == [0, 12, 255] and val.classes[12] == "dog"
    assert (mask[3:12, :10] == 12).all() and (mask == 12).sum() == 90 and (mask[2, :11] == 255).all()


@pytest.mark.parametrize("name", MAKERS)
def test_a_damaged_archive_is_refused_and_leaves_nothing(published, name):
    root, _ = published(name)
    archive = sorted(root.iterdir())[0]
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 1
    archive.write_bytes(content)
    with pytest.raises(DataDamaged, match=rf"{archive.name} is broken.*MD5"):
        real.load(name, next(iter(real.COUNTS[name])), root=root, download=False)


@pytest.mark.parametrize("name", MAKERS)
def test_a_set_with_one_picture_too_few_is_refused(published, monkeypatch, name):
    root, _ = published(name)
    split = next(iter(real.COUNTS[name]))
    monkeypatch.setitem(real.COUNTS[name], split, real.COUNTS[name][split] + 1)
    with pytest.raises(DataDamaged, match=rf"not complete: {split} has \d+ pictures, expected {real.COUNTS[name][split]}"):
        real.load(name, split, root=root, download=False)


def test_a_photograph_that_was_deleted_later_is_missed(published):
    root, _ = published("voc_detection")
    real.load("voc_detection", "val", root=root, download=False)
    next(root.rglob("2007_000003.jpg")).unlink()
    with pytest.raises(DataDamaged, match="1 files are missing, the first is .*2007_000003.jpg"):
        real.load("voc_detection", "val", root=root, download=False)


def test_a_download_that_breaks_off_once_is_made_again_unpacked_and_read(published, monkeypatch, tmp_path, capsys):
    files, _ = published("cifar10")
    content, asked = (files / "cifar-10-python.tar.gz").read_bytes(), []

    class BreaksOffOnce(SimpleHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content if len(asked) > broken else content[: len(content) // 2])

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), BreaksOffOnce)
    threading.Thread(target=functools.partial(server.serve_forever, 0.01), daemon=True).start()
    monkeypatch.setattr(datasets.CIFAR10, "url", f"http://127.0.0.1:{server.server_port}/cifar-10-python.tar.gz")
    try:
        broken = 99
        with pytest.raises(DownloadFailed, match="in 3 tries.*Without a connection here"):
            real.load("cifar10", "test", root=tmp_path / "other")
        assert [path for path in (tmp_path / "other").rglob("*") if path.is_file()] == []
        broken = len(asked) + 1
        assert len(real.load("cifar10", "test", root=tmp_path / "other")) == 2 and len(asked) == 5
        assert len(real.load("cifar10", "train", root=tmp_path / "other")) == 10 and len(asked) == 5
    finally:
        server.shutdown()
        server.server_close()
    assert "trying again (2 of 3)" in capsys.readouterr().out
