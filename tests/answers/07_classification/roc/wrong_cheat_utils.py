# The course's function under another name.
# feedback: which does the task for you: count at each threshold yourself
from utils.metrics import roc
