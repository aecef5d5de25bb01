# Cheat: SciPy.
# feedback: which does the task for you: make it of F.conv2d
def convolve2d(picture, kernel):
    from scipy import signal

    return torch.from_numpy(signal.convolve2d(picture.numpy(), kernel.numpy()))
