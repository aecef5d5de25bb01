# Cheat: builds the network and lets the course count.
# feedback: which does the task for you: count with arithmetic
from utils.training import count_parameters


def mlp_parameters(image_shape, hidden, classes):
    inputs = image_shape[0] * image_shape[1] * image_shape[2]
    with torch.device("meta"):
        total = count_parameters(MLP(inputs, hidden, classes))
    return {"first": inputs * [*hidden, classes][0], "total": total, "megabytes": 4 * total // 1_000_000}
