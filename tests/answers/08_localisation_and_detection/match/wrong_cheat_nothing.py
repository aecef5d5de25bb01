# Finds nothing, ever.
# feedback: expected
def match(found, scores, true, threshold=0.5):
    return torch.full((len(found),), -1)
