# The part that is wrong.
# feedback: that is the error rate
def accuracy_against_shift(layers, images, labels, shifts, dim=-1, fill=0.0):
    model = network(layers)
    accuracy = []
    for steps in shifts:
        answers = model(problems.moved(images, steps, dim, fill)).argmax(1)
        accuracy.append((answers != labels).float().mean().item())
    home = accuracy[list(shifts).index(0)]
    lost = [abs(s) for s, a in zip(shifts, accuracy) if a < 0.9 * home]
    reach = min(lost) - 1 if lost else max(abs(s) for s in shifts)
    return {"accuracy": accuracy, "reach": reach}
