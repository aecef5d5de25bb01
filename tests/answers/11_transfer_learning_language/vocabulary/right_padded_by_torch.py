# Counter.update, sorted by minus the count; PyTorch pads.
from torch.nn.utils.rnn import pad_sequence


def build_vocabulary(sentences, least=1):
    counter = Counter()
    for sentence in sentences:
        counter.update(sentence.casefold().split())
    ranked = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    names = ["[PAD]", "[UNK]"] + [word for word, count in ranked if count >= least]
    return dict(zip(names, range(len(names))))


def to_ids(sentences, vocabulary):
    words = [sentence.casefold().split() for sentence in sentences]
    if not words:
        raise ValueError("give at least one sentence")
    for number in range(len(words)):
        if len(words[number]) < 1:
            raise ValueError("nothing in sentence number " + str(number))
    rows = [torch.tensor([vocabulary[w] if w in vocabulary else 1 for w in row]) for row in words]
    ids = pad_sequence(rows, batch_first=True, padding_value=0)
    lengths = torch.tensor([len(row) for row in rows])
    return ids, torch.arange(ids.shape[1])[None] < lengths[:, None]
