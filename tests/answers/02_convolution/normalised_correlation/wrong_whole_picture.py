# Normalises the whole picture once.
# feedback: the mean and length are those of the whole picture; each window has its own
def normalised_correlation(picture, template):
    t = template - template.mean()
    if t.norm() < 1e-6:
        raise ValueError("a template without contrast")
    x = picture - picture.mean()
    return F.conv2d((x / x.norm())[None, None], (t / t.norm())[None, None])[0, 0]
