# Gives the strength without the sign.
# feedback: the sign is lost: a negative of the pattern has a negative correlation
def normalised_correlation(picture, template):
    t = template - template.mean()
    if t.norm() < 1e-6:
        raise ValueError("a template without contrast")
    x = picture.unfold(0, template.shape[0], 1).unfold(1, template.shape[1], 1)
    x = x - x.mean((2, 3), keepdim=True)
    length = x.square().sum((2, 3)).sqrt()
    products = (x * t).sum((2, 3)).abs()
    return torch.where(length < 1e-6, torch.zeros_like(products), products / (length.clamp(min=1e-6) * t.norm()))
