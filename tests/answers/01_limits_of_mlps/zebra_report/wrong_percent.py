# Percent instead of parts.
# feedback: that is percent
def zebra_report(layers, changes, count, seed):
    model, report = network(layers), {}
    for name, change in changes.items():
        inputs, labels = problems.animals(replace(problems.ZEBRA, **change), count, seed=seed)
        answers = model(inputs).argmax(1)
        right = 100 * (answers == labels).float()
        report[name] = {"accuracy": right.mean().item(), "zebras found": right[labels == 0].mean().item()}
    return report
