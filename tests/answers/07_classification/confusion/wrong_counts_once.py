# Indexing adds 1 to a cell once, however often it is named.
# feedback: counts a pair once, however often it occurs
def confusion_matrix(predictions, labels, classes):
    matrix = torch.zeros(classes, classes, dtype=torch.int64)
    matrix[labels, predictions] += 1
    return matrix


def error_rate(matrix):
    wrong = matrix.sum() - matrix.diag().sum()
    return float(wrong / matrix.sum())


def balanced_error_rate(matrix):
    rates = []
    for number, row in enumerate(matrix.tolist()):
        if not sum(row):
            raise ValueError(f"class {number} has no examples")
        rates.append(1 - row[number] / sum(row))
    return sum(rates) / len(rates)
