"""Two real photographs that come with scikit-learn (CC BY 2.0): a temple in China and a dahlia."""

NAMES = ("china", "flower")


def load(name: str, size: int | None = None):
    """A photograph as a tensor.

    Parameters
    ----------
    name : str
        "china" (a temple; photograph by flickr user danielbuechele) or "flower" (a dahlia; by flickr user vultilion).
    size : int, optional
        Length of the shorter side in pixels after smoothing and scaling; 427 x 640 if left out.

    Returns
    -------
    torch.Tensor, shape (3, height, width), float32 in [0, 1], channels red, green, blue

    Raises
    ------
    ValueError
        For another name, or a size below 8 or above 427 pixels.

    Source: sklearn.datasets.load_sample_image.
    """
    if name not in NAMES:
        raise ValueError(f"there is no photograph {name!r}; choose one of {', '.join(NAMES)}")
    if size is not None and not 8 <= size <= 427:
        raise ValueError(f"size={size} pixels: the photographs have 427 on their shorter side, and at least 8 are needed")
    import torch
    from sklearn.datasets import load_sample_image
    from torchvision.transforms.v2 import functional

    photo = functional.to_dtype(functional.to_image(load_sample_image(f"{name}.jpg").copy()), scale=True)
    if size is not None:
        photo = functional.resize(photo, size, antialias=True)
    return photo.as_subclass(torch.Tensor).clamp(0, 1)
