# Forgets that there are 16 maps.
# feedback: that is one map: there are 16 of them
def flat_size(height, width):
    """Numbers that the two convolutions and poolings leave of a picture of height x width pixels."""
    left = []
    for side in (height, width):
        pooled = (side - 4) // 2
        left.append((pooled - 4) // 2)
        if left[-1] < 1:
            raise ValueError(f"nothing is left of a side of {side} pixels: at least 16 are needed")
    return left[0] * left[1]
