# A loop over sentences, keys and values of real tokens alone.
def attention(q, k, v, mask):
    outputs, tables = [], []
    for n in range(len(q)):
        real = mask[n].nonzero()[:, 0]
        part = ((q[n] @ k[n][real].T) / q.shape[-1] ** 0.5).softmax(1)
        table = torch.zeros(q.shape[1], q.shape[1]).index_copy(1, real, part)
        outputs.append(part @ v[n][real])
        tables.append(table)
    return torch.stack(outputs), torch.stack(tables)
