# PyTorch's own layer.
# feedback: which does the task for you
def batch_norm(x, weight, bias, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    layer = nn.BatchNorm2d(x.shape[1], eps, momentum).train(training)
    state = {"weight": weight, "bias": bias, "running_mean": running_mean, "running_var": running_var}
    layer.load_state_dict(state, strict=False)
    return layer(x), layer.running_mean, layer.running_var
