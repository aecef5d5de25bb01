# The four steps in one formula: (side - 12) // 4.
def flat_size(height, width):
    smallest = min(height, width)
    if smallest < 16:
        raise ValueError(f"{smallest} pixels are too few")
    return 16 * ((height - 12) // 4) * ((width - 12) // 4)
