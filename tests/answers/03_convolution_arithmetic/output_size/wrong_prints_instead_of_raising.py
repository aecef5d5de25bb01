# Prints the problem and returns None: the caller goes on with None.
# feedback: returned None, expected it to raise ValueError
def output_size(input_size, kernel_size, stride=1, padding=0, dilation=1):
    if stride < 1:
        print("Error: stride must be at least 1")
        return None
    room = input_size + 2 * padding - dilation * (kernel_size - 1) - 1
    if room < 0 or room % stride != 0:
        print(f"Error: it does not fit: {room / stride + 1:.2f}")
        return None
    return room // stride + 1
