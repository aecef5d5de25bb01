# The layers above are a smaller network: calls itself for them.
def mlp_gradients(x, layers, grad_scores):
    def back(h, rest):
        weight, bias = rest[0]
        if len(rest) == 1:
            g, above = grad_scores, []
        else:
            z = h @ weight.T + bias
            below, above = back(torch.relu(z), rest[1:])
            g = torch.where(z > 0, below, torch.zeros_like(below))
        return g @ weight, [(g.T @ h, g.sum(0)), *above]
    return back(x.flatten(1), layers)[1]
