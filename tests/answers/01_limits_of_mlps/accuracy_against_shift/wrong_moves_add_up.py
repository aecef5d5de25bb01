# Moves the images that were already moved.
# feedback: ✘
def accuracy_against_shift(layers, images, labels, shifts, dim=-1, fill=0.0):
    model = network(layers)
    accuracy = []
    for steps in shifts:
        images = problems.moved(images, steps, dim, fill)
        answers = model(images).argmax(1)
        accuracy.append((answers == labels).float().mean().item())
    home = accuracy[list(shifts).index(0)]
    lost = [abs(s) for s, a in zip(shifts, accuracy) if a < 0.9 * home]
    reach = min(lost) - 1 if lost else max(abs(s) for s in shifts)
    return {"accuracy": accuracy, "reach": reach}
