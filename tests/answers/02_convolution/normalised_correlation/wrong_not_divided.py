# Does not divide by the window's length.
# feedback: each window has to be divided by its length
def normalised_correlation(picture, template):
    t = template - template.mean()
    if t.norm() < 1e-6:
        raise ValueError("a template without contrast")
    x = picture.unfold(0, template.shape[0], 1).unfold(1, template.shape[1], 1)
    x = x - x.mean((2, 3), keepdim=True)
    length = x.square().sum((2, 3)).sqrt()
    products = (x * t).sum((2, 3))
    return torch.where(length < 1e-6, torch.zeros_like(products), products / t.norm())
