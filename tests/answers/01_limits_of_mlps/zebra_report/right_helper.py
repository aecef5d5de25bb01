# A function for one experiment.
def one_experiment(model, recipe, count, seed):
    x, y = problems.animals(recipe, count, seed=seed)
    said = model(x).max(dim=1).indices
    shown = y.eq(0)
    return {
        "zebras found": ((said == 0) & shown).sum().item() / shown.sum().item(),
        "accuracy": said.eq(y).double().mean().item(),
    }


def zebra_report(layers, changes, count, seed):
    model = network(layers)
    return {n: one_experiment(model, replace(problems.ZEBRA, **c), count, seed) for n, c in changes.items()}
