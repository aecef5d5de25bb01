# A loop over the channels, E[x^2] - E[x]^2 in double precision.
def batch_norm(x, weight, bias, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    new_mean, new_var, maps = running_mean.clone(), running_var.clone(), []
    for c in range(x.shape[1]):
        channel = x[:, c].double()
        if training:
            n = channel.numel()
            m = channel.mean()
            v = (channel * channel).mean() - m * m
            new_mean[c] = (1 - momentum) * running_mean[c] + momentum * m.detach()
            new_var[c] = (1 - momentum) * running_var[c] + momentum * v.detach() * n / (n - 1)
        else:
            m, v = running_mean[c].double(), running_var[c].double()
        maps.append(weight[c] * ((channel - m) / torch.sqrt(v + eps)).to(x.dtype) + bias[c])
    return torch.stack(maps, 1), new_mean, new_var
