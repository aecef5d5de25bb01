# Adds up with accumulate=True.
def confusion_matrix(predictions, labels, classes):
    ones = torch.ones_like(labels)
    return torch.zeros(classes, classes, dtype=torch.int64).index_put((labels, predictions), ones, accumulate=True)


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
