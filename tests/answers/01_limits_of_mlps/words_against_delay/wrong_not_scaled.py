# Gives decibels to the network.
# feedback: the spectrogram is not scaled
def words_against_delay(layers, clips, labels, delays):
    model, accuracy = network(layers), {}
    for delay in delays:
        inputs = speech.spectrogram(problems.moved(clips, delay))
        accuracy[delay] = (model(inputs).argmax(1) == labels).float().mean().item()
    return accuracy
