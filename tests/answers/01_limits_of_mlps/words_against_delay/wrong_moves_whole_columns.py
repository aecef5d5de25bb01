# Moves the spectrogram by the delay rounded to columns.
# feedback: you moved the spectrogram; move the sound
def words_against_delay(layers, clips, labels, delays):
    model, accuracy = network(layers), {}
    for delay in delays:
        inputs = problems.moved((speech.spectrogram(clips) + 60) / 20, round(delay / 128))
        accuracy[delay] = (model(inputs).argmax(1) == labels).float().mean().item()
    return accuracy
