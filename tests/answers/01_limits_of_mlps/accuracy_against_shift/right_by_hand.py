# Own forward pass, and the reach counted upwards.
def accuracy_against_shift(layers, images, labels, shifts, dim=-1, fill=0.0):
    def right(steps):
        h = problems.moved(images, steps, dim=dim, fill=fill).flatten(1)
        for k, (weight, bias) in enumerate(layers):
            h = (torch.relu(h) if k else h) @ weight.T + bias
        return int((h.max(1).indices == labels).sum()) / len(labels)
    table = [right(steps) for steps in shifts]
    home = table[[*shifts].index(0)]
    reach = 0
    while reach < max(map(abs, shifts)):
        if any(abs(s) == reach + 1 and a < 0.9 * home for s, a in zip(shifts, table)):
            break
        reach += 1
    return {"accuracy": table, "reach": reach}
