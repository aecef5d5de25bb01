# With the own mlp_forward and all shifts in one batch.
def accuracy_against_shift(layers, images, labels, shifts, dim=-1, fill=0.0):
    moved = torch.cat([problems.moved(images, s, dim, fill) for s in shifts])
    hits = (mlp_forward(moved, layers).argmax(1).view(len(shifts), -1) == labels).double().mean(1)
    bad = sorted(abs(s) for s, a in zip(shifts, hits) if a < 0.9 * hits[list(shifts).index(0)])
    sizes = [abs(s) for s in shifts]
    return {"reach": bad[0] - 1 if bad else max(sizes), "accuracy": [float(a) for a in hits]}
