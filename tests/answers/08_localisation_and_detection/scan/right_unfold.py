# All windows as columns, then one matrix product.
def scan(maps, weight, bias, size):
    columns = F.unfold(maps, size)  # (B, C * fh * fw, places), channels first
    if columns.shape[1] != weight.shape[1]:
        raise ValueError(f"{weight.shape[1]} weights, {columns.shape[1]} numbers in a window")
    answers = weight @ columns + bias[:, None]
    return answers.reshape(len(maps), len(weight), maps.shape[2] - size[0] + 1, maps.shape[3] - size[1] + 1)
