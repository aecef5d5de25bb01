# A row for each predicted class.
# feedback: rows and columns are swapped: a row is a true class
def confusion_matrix(predictions, labels, classes):
    matrix = torch.zeros(classes, classes, dtype=torch.int64)
    for true, predicted in zip(labels.tolist(), predictions.tolist()):
        matrix[predicted, true] += 1
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
