# One window after the other.
def normalised_correlation(picture, template):
    t = template - template.mean()
    if t.norm() < 1e-6:
        raise ValueError("a template without contrast")
    fh, fw = template.shape
    out = picture.new_zeros(picture.shape[0] - fh + 1, picture.shape[1] - fw + 1)
    for r in range(out.shape[0]):
        for c in range(out.shape[1]):
            x = picture[r : r + fh, c : c + fw]
            x = x - x.mean()
            if x.norm() >= 1e-6:
                out[r, c] = (x * t).sum() / (x.norm() * t.norm())
    return out
