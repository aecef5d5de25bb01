# Cheat: gives the course's own function another name.
# feedback: your code calls utils.arithmetic.output_size, which does the task for you
from utils.arithmetic import output_size
