# Works the missing row and column out itself.
class UpBlock(nn.Module):
    def __init__(self, in_channels, skip_channels, out_channels, use_skip=True):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, out_channels, 2, 2)
        read = out_channels + (skip_channels if use_skip else 0)
        self.conv = nn.Conv2d(read, out_channels, 3, padding="same")

    def forward(self, x, skip):
        more = (skip.shape[2] - 2 * x.shape[2], skip.shape[3] - 2 * x.shape[3])
        out = F.conv_transpose2d(x, self.up.weight, self.up.bias, stride=2, output_padding=more)
        if self.conv.in_channels > self.conv.out_channels:
            out = torch.cat((out, skip), -3)
        return self.conv(out).clamp(min=0)
