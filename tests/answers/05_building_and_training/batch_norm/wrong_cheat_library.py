# PyTorch's own function.
# feedback: which does the task for you
def batch_norm(x, weight, bias, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    mean, var = running_mean.clone(), running_var.clone()
    out = F.batch_norm(x, mean, var, weight, bias, training, momentum, eps)
    return out, mean, var
