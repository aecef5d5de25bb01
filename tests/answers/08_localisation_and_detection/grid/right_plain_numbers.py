# Box by box and cell by cell, with math alone.
import math


def encode(boxes, labels, rows, columns, stride):
    said = [[-1] * columns for _ in range(rows)]
    offsets = torch.zeros(4, rows, columns)
    for (x0, y0, x1, y1), label in zip(boxes.tolist(), labels.tolist()):
        if x1 <= x0 or y1 <= y0:
            continue
        x, y = (x0 + x1) / (2 * stride), (y0 + y1) / (2 * stride)
        column, row = math.floor(x), math.floor(y)
        if row not in range(rows) or column not in range(columns):
            continue
        said[row][column] = label
        numbers = [x - column, y - row, math.log((x1 - x0) / stride), math.log((y1 - y0) / stride)]
        for i, number in enumerate(numbers):
            offsets[i, row, column] = number
    return torch.tensor(said), offsets


def decode(offsets, stride):
    found = []
    for row in range(offsets.shape[1]):
        for column in range(offsets.shape[2]):
            tx, ty, tw, th = offsets[:, row, column].tolist()
            x, y, w, h = (column + tx) * stride, (row + ty) * stride, math.exp(tw) * stride, math.exp(th) * stride
            found.append([x - w / 2, y - h / 2, x + w / 2, y + h / 2])
    return torch.tensor(found)
