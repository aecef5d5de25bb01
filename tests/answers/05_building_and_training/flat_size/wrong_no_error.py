# Gives zero or a negative number for a picture that is too small.
# feedback: expected it to raise ValueError
def flat_size(height, width):
    return 16 * (((height - 4) // 2 - 4) // 2) * (((width - 4) // 2 - 4) // 2)
