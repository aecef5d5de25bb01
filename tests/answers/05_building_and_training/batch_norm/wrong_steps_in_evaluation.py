# The running values move in evaluation too.
# feedback: in evaluation the running values stay as they are
def batch_norm(x, weight, bias, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    batch_mean, batch_var = x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0)
    mean, var = (batch_mean, batch_var) if training else (running_mean, running_var)
    c = (1, -1, 1, 1)
    out = (x - mean.view(c)) / (var.view(c) + eps).sqrt() * weight.view(c) + bias.view(c)
    running_mean = (1 - momentum) * running_mean + momentum * batch_mean.detach()
    running_var = (1 - momentum) * running_var + momentum * x.detach().var((0, 2, 3))
    return out, running_mean, running_var
