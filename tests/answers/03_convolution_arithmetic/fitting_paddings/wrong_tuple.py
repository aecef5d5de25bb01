# Returns a tuple where a list is asked for.
# feedback: a tuple, expected a list
def fitting_paddings(input_size, kernel_size, stride, largest):
    rooms = ((p, input_size + 2 * p - kernel_size) for p in range(largest + 1))
    return tuple(p for p, room in rooms if room >= 0 and room % stride == 0)
