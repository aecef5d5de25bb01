# Moves the columns of the spectrogram by the delay in samples.
# feedback: move the sound
def words_against_delay(layers, clips, labels, delays):
    model, accuracy = network(layers), {}
    for delay in delays:
        inputs = problems.moved((speech.spectrogram(clips) + 60) / 20, delay)
        accuracy[delay] = (model(inputs).argmax(1) == labels).float().mean().item()
    return accuracy
