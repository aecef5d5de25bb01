# Forgets to move.
# feedback: the sound is not moved at all
def words_against_delay(layers, clips, labels, delays):
    model, accuracy = network(layers), {}
    for delay in delays:
        inputs = (speech.spectrogram(clips) + 60) / 20
        accuracy[delay] = (model(inputs).argmax(1) == labels).float().mean().item()
    return accuracy
