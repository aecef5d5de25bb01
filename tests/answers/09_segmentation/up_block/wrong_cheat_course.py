# Takes the course's stage.
# feedback: which does the task for you
from utils import models


class UpBlock(models.UpStage):
    def __init__(self, in_channels, skip_channels, out_channels, use_skip=True):
        super().__init__(in_channels, use_skip * skip_channels, out_channels)
