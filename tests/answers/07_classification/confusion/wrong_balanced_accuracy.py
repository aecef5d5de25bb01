# The balanced accuracy.
# feedback: that is the balanced accuracy: the error is the rest
def confusion_matrix(predictions, labels, classes):
    matrix = torch.zeros(classes, classes, dtype=torch.int64)
    for true, predicted in zip(labels.tolist(), predictions.tolist()):
        matrix[true, predicted] += 1
    return matrix


def error_rate(matrix):
    wrong = matrix.sum() - matrix.diag().sum()
    return float(wrong / matrix.sum())


def balanced_error_rate(matrix):
    rates = []
    for number, row in enumerate(matrix.tolist()):
        if not sum(row):
            raise ValueError(f"class {number} has no examples")
        rates.append(row[number] / sum(row))
    return sum(rates) / len(rates)
