import pytest
import torch

from utils.datasets import savanna

RECIPE = savanna.Recipe(size=64, count=(1, 4), scale=(0.2, 0.35))


@pytest.fixture(scope="module")
def scenes():
    return savanna.batch(RECIPE, 60, seed=3)


def test_the_same_seed_gives_the_same_scenes_alone_or_in_a_batch(scenes):
    for index in (0, 7, 59):
        alone = savanna.batch(RECIPE, 1, seed=3, start=index)
        assert torch.equal(alone["images"][0], scenes["images"][index])
    assert not torch.equal(savanna.batch(RECIPE, 60, seed=4)["images"], scenes["images"])


def test_a_box_is_the_tight_box_of_the_visible_mask(scenes):
    seen = 0
    for boxes, instances in zip(scenes["boxes"], scenes["instances"], strict=True):
        for number, box in enumerate(boxes.tolist(), start=1):
            rows, columns = torch.nonzero(instances == number, as_tuple=True)
            if len(rows):
                assert box == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
                seen += 1
    assert seen > 60


def test_the_semantic_mask_shows_the_instances_classes(scenes):
    background = scenes["instances"] == 0
    assert torch.equal(scenes["semantic"] == 0, background)
    assert 0.05 < (~background).float().mean() < 0.9


def test_changing_the_rotation_leaves_the_background():
    straight = savanna.batch(savanna.Recipe(size=64, rotation=0), 20, seed=1)
    turned = savanna.batch(savanna.Recipe(size=64, rotation=90), 20, seed=1)
    animals = ((straight["instances"] > 0) | (turned["instances"] > 0)).float()[:, None]
    both = torch.nn.functional.max_pool2d(animals, 9, 1, 4)[:, 0] == 0  # beyond the drawings' half-transparent rim
    same = (straight["images"] == turned["images"]).all(1)
    assert same[both].all()
    assert torch.equal(straight["labels"], turned["labels"])
    assert not torch.equal(straight["images"], turned["images"])


def test_source_and_target_animals_are_apart_and_the_zebra_is_a_target():
    assert not set(savanna.SOURCE) & set(savanna.TARGET)
    assert "zebra" in savanna.TARGET
    assert len(savanna.ANIMALS) == 115


def test_an_unknown_animal_is_an_error_that_names_it():
    with pytest.raises(ValueError, match="unicorn"):
        savanna.Recipe(animals=("unicorn",))
