# Rounds up where a row is left over.
# feedback: round down
def flat_size(height, width):
    """Numbers that the two convolutions and poolings leave of a picture of height x width pixels."""
    left = []
    for side in (height, width):
        pooled = (side - 3) // 2
        left.append((pooled - 3) // 2)
        if left[-1] < 1:
            raise ValueError(f"nothing is left of a side of {side} pixels: at least 16 are needed")
    return 16 * left[0] * left[1]
