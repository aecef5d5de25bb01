# One column a window, by F.unfold, then one matrix product.
def normalised_correlation(picture, template):
    t = template - template.mean()
    if t.norm() < 1e-6:
        raise ValueError("a template without contrast")
    x = F.unfold(picture[None, None], tuple(template.shape))[0]
    x = x - x.mean(0)
    lengths = x.norm(dim=0)
    products = t.flatten() @ x
    r = torch.zeros_like(products)
    seen = lengths >= 1e-6
    r[seen] = products[seen] / lengths[seen] / t.norm()
    return r.view(picture.shape[0] - template.shape[0] + 1, -1)
