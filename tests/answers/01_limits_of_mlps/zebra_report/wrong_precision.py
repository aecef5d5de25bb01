# Of the pictures called zebra, the part that is one.
# feedback: not of those CALLED one
def zebra_report(layers, changes, count, seed):
    model, report = network(layers), {}
    for name, change in changes.items():
        inputs, labels = problems.animals(replace(problems.ZEBRA, **change), count, seed=seed)
        answers = model(inputs).argmax(1)
        right = (answers == labels).float()
        report[name] = {"accuracy": right.mean().item(), "zebras found": right[answers == 0].mean().item()}
    return report
