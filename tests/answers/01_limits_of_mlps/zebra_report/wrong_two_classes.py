# Zebra or not, over all pictures.
# feedback: asks about zebras only
def zebra_report(layers, changes, count, seed):
    model, report = network(layers), {}
    for name, change in changes.items():
        inputs, labels = problems.animals(replace(problems.ZEBRA, **change), count, seed=seed)
        answers = model(inputs).argmax(1)
        right = (answers == labels).float()
        report[name] = {"accuracy": right.mean().item(), "zebras found": ((answers == 0) == (labels == 0)).float().mean().item()}
    return report
