# Plain loops, number by number.
def max_pool(x, kernel_size, stride=None):
    step = kernel_size if stride is None else stride
    images, maps, height, width = x.shape
    rows, columns = (height - kernel_size) // step + 1, (width - kernel_size) // step + 1
    out = torch.empty(images, maps, rows, columns, dtype=x.dtype)
    for b in range(images):
        for d in range(maps):
            for i in range(rows):
                for j in range(columns):
                    out[b, d, i, j] = x[b, d, i * step : i * step + kernel_size, j * step : j * step + kernel_size].max()
    return out


def max_pool_backward(grad_out, x, kernel_size, stride=None):
    step = kernel_size if stride is None else stride
    grad_x = torch.zeros_like(x)
    for b, d, i, j in torch.cartesian_prod(*[torch.arange(n) for n in grad_out.shape]).tolist():
        best = None
        for u in range(i * step, i * step + kernel_size):
            for v in range(j * step, j * step + kernel_size):
                if best is None or x[b, d, u, v] > x[b, d, best[0], best[1]]:
                    best = u, v
        grad_x[b, d, best[0], best[1]] += grad_out[b, d, i, j]
    return grad_x
