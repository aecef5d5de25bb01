# Zeros everywhere.
# feedback: values are off
def confusion_matrix(predictions, labels, classes):
    return torch.zeros(classes, classes, dtype=torch.int64)


def error_rate(matrix):
    return 0.0


def balanced_error_rate(matrix):
    return 0.0
