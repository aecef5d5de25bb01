# Forgets the ReLU.
# feedback: the ReLU at the end is missing
class UpBlock(nn.Module):
    """Coarse maps doubled, the encoder's maps behind them, a 3x3 convolution and ReLU."""

    def __init__(self, in_channels, skip_channels, out_channels, use_skip=True):
        super().__init__()
        self.use_skip = use_skip
        self.up = nn.ConvTranspose2d(in_channels, out_channels, 2, 2)
        self.conv = nn.Conv2d(out_channels + use_skip * skip_channels, out_channels, 3, padding=1)

    def forward(self, x, skip):
        x = self.up(x, output_size=skip.shape[2:])
        if self.use_skip:
            x = torch.cat([x, skip], 1)
        return self.conv(x)
