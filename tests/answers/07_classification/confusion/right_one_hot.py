# One-hot vectors and one matrix product; the recall of each class.
def confusion_matrix(predictions, labels, classes):
    truth, answer = F.one_hot(labels, classes), F.one_hot(predictions, classes)
    return truth.T @ answer


def error_rate(matrix):
    off_diagonal = matrix.float() - torch.diag(torch.diag(matrix.float()))
    return (off_diagonal.sum() / matrix.sum()).item()


def balanced_error_rate(matrix):
    totals = matrix.sum(dim=1)
    for c, n in enumerate(totals):
        if n == 0:
            raise ValueError(f"class {c} does not occur among the labels")
    recall = torch.diagonal(matrix).double() / totals
    return 1.0 - float(recall.mean())
