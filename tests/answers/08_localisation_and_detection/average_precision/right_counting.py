# Goes through the list and counts.
def average_precision(scores, right, objects):
    hits = sum(right.tolist())
    if objects < max(hits, 1):
        raise ValueError(f"objects={objects}, but {hits} were found")
    pairs = sorted(zip(scores.tolist(), right.tolist()), reverse=True)
    found, area = 0, 0.0
    for n, (_, hit) in enumerate(pairs, 1):
        if hit:
            found += 1
            area += found / n
    return area / objects
