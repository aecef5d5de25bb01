# With einsum, and ReLU as a product with a mask.
def mlp_forward(x, layers):
    rows = x.reshape(len(x), -1)
    wanted, given = layers[0][0].size(1), rows.size(1)
    if wanted != given:
        raise ValueError(f"{given} numbers given, {wanted} expected")
    *hidden, last = layers
    for matrix, offset in hidden:
        z = torch.einsum("bi,oi->bo", rows, matrix) + offset
        rows = z * (z > 0)
    return torch.einsum("bi,oi->bo", rows, last[0]) + last[1]
