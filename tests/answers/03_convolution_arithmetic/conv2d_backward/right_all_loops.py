# Number by number, pixel by pixel; a list instead of a tuple.
def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
    grad_x, grad_weight = torch.zeros_like(x).tolist(), torch.zeros_like(weight).tolist()
    grad_bias = [0.0] * weight.shape[0]
    g_all, x_all, w_all = grad_out.tolist(), x.tolist(), weight.tolist()
    height, width = x.shape[2:]
    for b, maps in enumerate(g_all):
        for k, grid in enumerate(maps):
            for i, line in enumerate(grid):
                for j, g in enumerate(line):
                    grad_bias[k] += g
                    for c in range(x.shape[1]):
                        for u in range(weight.shape[2]):
                            for v in range(weight.shape[3]):
                                row, column = i * stride + u - padding, j * stride + v - padding
                                if 0 <= row < height and 0 <= column < width:
                                    grad_weight[k][c][u][v] += g * x_all[b][c][row][column]
                                    grad_x[b][c][row][column] += g * w_all[k][c][u][v]
    return [torch.tensor(values, dtype=x.dtype) for values in (grad_x, grad_weight, grad_bias)]
