# Counts with sets of pixel numbers.
def measures(predicted, true, classes):
    if predicted.shape != true.shape:
        raise ValueError(f"shapes {tuple(predicted.shape)}, {tuple(true.shape)}")
    p, t = predicted.flatten().tolist(), true.flatten().tolist()
    result = {"iou": [], "dice": []}
    for c in range(classes):
        here, there = {i for i, v in enumerate(p) if v == c}, {i for i, v in enumerate(t) if v == c}
        union = len(here | there)
        result["iou"].append(len(here & there) / union if union else None)
        result["dice"].append(2 * len(here & there) / (len(here) + len(there)) if union else None)
    known = [v for v in result["iou"] if v is not None]
    result["miou"] = sum(known) / len(known)
    result["accuracy"] = sum(a == b for a, b in zip(p, t)) / len(p)
    return result
