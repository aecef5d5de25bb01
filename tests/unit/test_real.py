import shutil
from pathlib import Path

import pytest

from utils.datasets import real

ARCHIVE = Path(__file__).parents[3] / "shared" / "datasets" / "hymenoptera.tar"


@pytest.mark.skipif(not ARCHIVE.is_file(), reason="the archive of real photographs is not beside this clone")
def test_an_archive_in_the_data_root_is_used_without_a_download(tmp_path):
    shutil.copy(ARCHIVE, tmp_path)
    assert len(real.load("hymenoptera", "train", root=tmp_path, download=False)) == 244
    assert len(real.load("hymenoptera", "val", root=tmp_path, download=False)) == 153


def test_an_unknown_split_is_an_error_that_lists_the_splits(tmp_path):
    with pytest.raises(ValueError, match="choose one of train, val"):
        real.load("hymenoptera", "holiday", root=tmp_path, download=False)
