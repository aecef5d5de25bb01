# Makes the same pictures for every experiment.
# feedback: nothing is changed
def zebra_report(layers, changes, count, seed):
    model, report = network(layers), {}
    for name, change in changes.items():
        inputs, labels = problems.animals(problems.ZEBRA, count, seed=seed)
        answers = model(inputs).argmax(1)
        right = (answers == labels).float()
        report[name] = {"accuracy": right.mean().item(), "zebras found": right[labels == 0].mean().item()}
    return report
