# Returns nothing for a kernel that is too long.
# feedback: expected it to raise ValueError
def correlate(signal, kernel):
    out = signal.new_zeros(max(len(signal) - len(kernel) + 1, 0))
    for i in range(len(out)):
        out[i] = kernel @ signal[i : i + len(kernel)]
    return out
