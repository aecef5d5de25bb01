# Gives the error rate in percent.
# feedback: that is in percent; a rate lies between 0 and 1
def confusion_matrix(predictions, labels, classes):
    matrix = torch.zeros(classes, classes, dtype=torch.int64)
    for true, predicted in zip(labels.tolist(), predictions.tolist()):
        matrix[true, predicted] += 1
    return matrix


def error_rate(matrix):
    wrong = matrix.sum() - matrix.diag().sum()
    return float(100 * wrong / matrix.sum())


def balanced_error_rate(matrix):
    rates = []
    for number, row in enumerate(matrix.tolist()):
        if not sum(row):
            raise ValueError(f"class {number} has no examples")
        rates.append(1 - row[number] / sum(row))
    return sum(rates) / len(rates)
