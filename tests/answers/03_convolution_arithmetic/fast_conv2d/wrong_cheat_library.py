# Cheat: PyTorch's convolution.
# feedback: your code calls convolution, which does the task for you: lay out the windows yourself
def fast_conv2d(x, weight, bias=None, stride=1, padding=0):
    return torch.conv2d(x, weight, bias, stride, padding)
