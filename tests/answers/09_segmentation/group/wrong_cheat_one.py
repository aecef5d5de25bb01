# Calls everything one animal.
# feedback: values are off
def group(centres, offsets, foreground, least=0.3):
    return foreground.long()
