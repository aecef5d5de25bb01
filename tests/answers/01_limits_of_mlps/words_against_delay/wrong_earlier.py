# Moves the sound to the front.
# feedback: a positive delay is later
def words_against_delay(layers, clips, labels, delays):
    model, accuracy = network(layers), {}
    for delay in delays:
        inputs = (speech.spectrogram(problems.moved(clips, -delay)) + 60) / 20
        accuracy[delay] = (model(inputs).argmax(1) == labels).float().mean().item()
    return accuracy
