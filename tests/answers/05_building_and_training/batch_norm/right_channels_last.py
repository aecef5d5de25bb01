# Moves the channels to the end, where numbers meet them by themselves.
def batch_norm(x, weight, bias, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    last = x.movedim(1, -1)
    if training:
        rows = last.reshape(-1, last.shape[-1])
        n = len(rows)
        mean = rows.sum(0) / n
        var = ((rows - mean) ** 2).sum(0) / n
        with torch.no_grad():
            running_mean = running_mean + momentum * (mean - running_mean)
            running_var = running_var + momentum * (var * n / (n - 1) - running_var)
    else:
        mean, var = running_mean, running_var
    out = weight * (last - mean) * torch.rsqrt(var + eps) + bias
    return out.movedim(-1, 1), running_mean, running_var
