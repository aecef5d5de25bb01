# One large sparse matrix with a row for each number of the output: convolution is a linear map.
def conv2d(x, weight, bias=None, stride=1, padding=0):
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"{x.shape[1]} or {weight.shape[1]} channels?")
    padded = F.pad(x, (padding,) * 4)
    channels, height, width = padded.shape[1:]
    fh, fw = weight.shape[2:]
    tops, lefts = range(0, height - fh + 1, stride), range(0, width - fw + 1, stride)
    rows = []
    for kernel in weight:
        for top in tops:
            for left in lefts:
                row = torch.zeros(channels, height, width, dtype=x.dtype)
                row[:, top : top + fh, left : left + fw] = kernel
                rows.append(row.flatten())
    matrix = torch.stack(rows).to_sparse()
    out = torch.sparse.mm(matrix, padded.flatten(1).T).T.reshape(len(x), len(weight), len(tops), len(lefts))
    return out if bias is None else out + bias[:, None, None]
