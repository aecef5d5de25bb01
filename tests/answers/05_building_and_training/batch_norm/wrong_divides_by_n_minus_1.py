# The variance that normalises divides by n - 1.
# feedback: divides by n, not by n - 1
def batch_norm(x, weight, bias, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    """Normalised maps, and the new running mean and variance of each channel."""
    def by_channel(values):
        return values.view(1, -1, 1, 1)

    mean, var = running_mean, running_var
    if training:
        mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3), correction=1)
        unbiased = x.detach().var((0, 2, 3), correction=1)
        running_mean = (1 - momentum) * running_mean + momentum * mean.detach()
        running_var = (1 - momentum) * running_var + momentum * unbiased
    normal = (x - by_channel(mean)) / (by_channel(var) + eps).sqrt()
    return normal * by_channel(weight) + by_channel(bias), running_mean, running_var
