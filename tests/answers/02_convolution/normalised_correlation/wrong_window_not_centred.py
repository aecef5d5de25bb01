# Brings the template alone to mean 0.
# feedback: each window has to be brought to mean 0 too, not the template alone
def normalised_correlation(picture, template):
    t = template - template.mean()
    if t.norm() < 1e-6:
        raise ValueError("a template without contrast")
    x = picture.unfold(0, template.shape[0], 1).unfold(1, template.shape[1], 1)
    length = x.square().sum((2, 3)).sqrt()
    products = (x * t).sum((2, 3))
    return torch.where(length < 1e-6, torch.zeros_like(products), products / (length.clamp(min=1e-6) * t.norm()))
