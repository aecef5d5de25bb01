# Peels off the first layer and calls itself.
def mlp_forward(x, layers):
    weight, bias = layers[0]
    h = torch.flatten(x, start_dim=1)
    if h.shape[1] != weight.shape[1]:
        raise ValueError(f"expected {weight.shape[1]}, got {h.shape[1]}")
    z = torch.addmm(bias, h, weight.t())
    return z if len(layers) == 1 else mlp_forward(torch.relu(z), layers[1:])
