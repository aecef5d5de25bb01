# The largest shift that is kept, whatever was lost before it.
# feedback: a shift that is good again beyond one that is lost does not count
def accuracy_against_shift(layers, images, labels, shifts, dim=-1, fill=0.0):
    model = network(layers)
    accuracy = []
    for steps in shifts:
        answers = model(problems.moved(images, steps, dim, fill)).argmax(1)
        accuracy.append((answers == labels).float().mean().item())
    home = accuracy[list(shifts).index(0)]
    lost = [abs(s) for s, a in zip(shifts, accuracy) if a < 0.9 * home]
    reach = max(abs(s) for s, a in zip(shifts, accuracy) if a >= 0.9 * home)
    return {"accuracy": accuracy, "reach": reach}
