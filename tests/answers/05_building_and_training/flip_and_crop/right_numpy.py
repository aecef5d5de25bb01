# Mirrors by an index that runs backwards, and cuts with NumPy.
import numpy as np


def flip(image, boxes, masks):
    backwards = torch.arange(image.shape[2] - 1, -1, -1)
    new = boxes.clone()
    new[:, 0], new[:, 2] = image.shape[2] - boxes[:, 2], image.shape[2] - boxes[:, 0]
    return image[:, :, backwards], new, masks[:, :, backwards]


def crop(image, boxes, masks, top, left, height, width):
    if min(top, left) < 0 or top + height > image.shape[1] or left + width > image.shape[2]:
        raise ValueError(f"rows {top}+{height}, columns {left}+{width}: must lie inside the picture")
    b = boxes.numpy().reshape(-1, 2, 2)
    b = np.clip(b - np.array([left, top], "float32"), 0, np.array([width, height], "float32"))
    kept = torch.from_numpy((b[:, 1] > b[:, 0]).all(-1))
    cut = lambda t: t[:, top:][:, :, left:][:, :height, :width]
    return cut(image), torch.from_numpy(b.reshape(-1, 4))[kept], cut(masks[kept]), kept
