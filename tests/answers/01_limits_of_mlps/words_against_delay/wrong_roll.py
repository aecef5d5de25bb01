# What is cut at the end is heard at the beginning.
# feedback: ✘
def words_against_delay(layers, clips, labels, delays):
    model, accuracy = network(layers), {}
    for delay in delays:
        inputs = (speech.spectrogram(torch.roll(clips, delay, -1)) + 60) / 20
        accuracy[delay] = (model(inputs).argmax(1) == labels).float().mean().item()
    return accuracy
