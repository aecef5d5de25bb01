# Capital letters make other words.
# feedback: it is the same word: use .lower()
def build_vocabulary(sentences, least=1):
    counts = {}
    for sentence in sentences:
        for word in sentence.split():
            counts[word] = counts.get(word, 0) + 1
    often = [word for word, count in counts.items() if count >= least]
    often.sort()
    often.sort(key=counts.get, reverse=True)
    vocabulary = {"[PAD]": 0, "[UNK]": 1}
    for word in often:
        vocabulary[word] = len(vocabulary)
    return vocabulary


def to_ids(sentences, vocabulary):
    if len(sentences) == 0:
        raise ValueError("no sentence")
    rows = []
    for number, sentence in enumerate(sentences):
        words = sentence.lower().split()
        if not words:
            raise ValueError(f"sentence {number} is empty")
        rows.append([vocabulary.get(word, 1) for word in words])
    ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.int64)
    mask = torch.zeros(ids.shape, dtype=torch.bool)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = torch.tensor(row)
        mask[number, : len(row)] = True
    return ids, mask
