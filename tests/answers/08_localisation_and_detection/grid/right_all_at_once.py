# All boxes at once; written one after the other only where two want a cell.
def encode(boxes, labels, rows, columns, stride):
    centre, size = (boxes[:, :2] + boxes[:, 2:]) / 2 / stride, (boxes[:, 2:] - boxes[:, :2]) / stride
    cell = centre.floor().long()
    ok = (size > 0).all(1) & (cell >= 0).all(1) & (cell < torch.tensor([columns, rows])).all(1)
    values = torch.cat([centre - cell, size.clamp(min=1e-9).log()], 1)
    place = {int(c[1] * columns + c[0]): i for i, c in enumerate(cell) if ok[i]}  # the later replaces the earlier
    cell_labels, offsets = torch.full((rows * columns,), -1), torch.zeros(4, rows * columns)
    for where, i in place.items():
        cell_labels[where] = labels[i]
        offsets[:, where] = values[i]
    return cell_labels.reshape(rows, columns), offsets.reshape(4, rows, columns)


def decode(offsets, stride):
    rows, columns = offsets.shape[1:]
    y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    centre = stride * (offsets[:2] + torch.stack([x, y]))
    half = stride * torch.exp(offsets[2:]) / 2
    return torch.cat([centre - half, centre + half]).flatten(1).T
