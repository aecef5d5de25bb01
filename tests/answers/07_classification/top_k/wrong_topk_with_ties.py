# Lets torch.topk decide which of equal scores comes first.
# feedback: ✘ equal scores everywhere
def top_k_accuracy(scores, labels, k):
    return (scores.topk(k, dim=1).indices == labels[:, None]).any(1).double().mean().item()


def error_by_group(predictions, labels, groups):
    result = {}
    for name in set(groups):
        members = [i for i, g in enumerate(groups) if g == name]
        result[name] = sum(int(predictions[i] != labels[i]) for i in members) / len(members)
    return result
