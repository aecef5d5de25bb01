# Calls the course's function.
# feedback: which does the task for you: build it from its definition
def area(x, y):
    total = 0.0
    for i in range(1, len(x)):
        total += (x[i] - x[i - 1]).item() * (y[i] + y[i - 1]).item() / 2
    return total


from utils import metrics


def ranking_probability(scores, positives):
    return metrics.ranking_probability(scores, positives)
