# Describes the first layer and calls itself for the rest.
def describe_stack(input_shape, layers, number=0):
    if not layers:
        return {"shapes": [], "weights": [], "biases": [], "total": 0}
    first, *rest = layers
    d1, height, width = input_shape
    k, f, groups = first["out_channels"], first["kernel_size"], first.get("groups", 1)
    if d1 % groups or k % groups:
        raise ValueError(f"layer {number}: the groups do not divide the channels")
    extent = first.get("dilation", 1) * (f - 1) + 1
    padding, stride = first.get("padding", 0), first.get("stride", 1)
    if min(height, width) + 2 * padding < extent:
        raise ValueError(f"layer {number}: the kernel is larger than the padded input")
    shape = (k, (height + 2 * padding - extent) // stride + 1, (width + 2 * padding - extent) // stride + 1)
    below = describe_stack(shape, rest, number + 1)
    weights, biases = f**2 * (d1 // groups) * k, k if first.get("bias", True) else 0
    return {
        "total": weights + biases + below["total"],
        "biases": [biases] + below["biases"],
        "weights": [weights] + below["weights"],
        "shapes": [shape] + below["shapes"],
    }
