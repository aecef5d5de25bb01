# Keeps the changes of the experiments before.
# feedback: yours keeps the changes of those before
def zebra_report(layers, changes, count, seed):
    model, report, recipe = network(layers), {}, problems.ZEBRA
    for name, change in changes.items():
        recipe = replace(recipe, **change)
        inputs, labels = problems.animals(recipe, count, seed=seed)
        answers = model(inputs).argmax(1)
        right = (answers == labels).float()
        report[name] = {"accuracy": right.mean().item(), "zebras found": right[labels == 0].mean().item()}
    return report
