# Number by number.
def relu(x):
    out = x.clone().flatten()
    for i in range(len(out)):
        if out[i] < 0:
            out[i] = 0
    return out.reshape(x.shape)


def relu_backward(grad_out, x):
    numbers = [g if value > 0 else 0.0 for g, value in zip(grad_out.flatten().tolist(), x.flatten().tolist())]
    return torch.tensor(numbers, dtype=x.dtype).reshape(x.shape)
