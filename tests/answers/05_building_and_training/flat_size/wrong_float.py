# Divides with /, and gets a float.
# feedback: is an int
def flat_size(height, width):
    for side in (height, width):
        if side < 16:
            raise ValueError(f"{side} is too small")
    def left(side):
        return int((int((side - 4) / 2) - 4) / 2)
    return 64 * left(height) * left(width) / 4
