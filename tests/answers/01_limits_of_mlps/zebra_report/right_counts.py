# Counts with loops and plain numbers.
def zebra_report(layers, changes, count, seed):
    report = {}
    for name in changes:
        pictures, truth = problems.animals(replace(problems.ZEBRA, **changes[name]), count, seed=seed)
        answers = mlp_forward(pictures, layers).argmax(1).tolist()
        pairs = list(zip(answers, truth.tolist()))
        zebras = [a for a, t in pairs if t == 0]
        report[name] = {
            "accuracy": sum(a == t for a, t in pairs) / len(pairs),
            "zebras found": zebras.count(0) / len(zebras),
        }
    return report
