# The colleague's script as it is.
# feedback: a fault is still there
prepare, make_batches, Network = Faulty.prepare, Faulty.make_batches, Faulty.Network
fit, predict = Faulty.fit, Faulty.predict
