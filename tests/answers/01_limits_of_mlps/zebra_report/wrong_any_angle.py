# Starts from the recipe of problem 3.
# feedback: ✘
def zebra_report(layers, changes, count, seed):
    model, report = network(layers), {}
    for name, change in changes.items():
        inputs, labels = problems.animals(replace(problems.ANY_ANGLE, **change), count, seed=seed)
        answers = model(inputs).argmax(1)
        right = (answers == labels).float()
        report[name] = {"accuracy": right.mean().item(), "zebras found": right[labels == 0].mean().item()}
    return report
