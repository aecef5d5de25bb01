# Makes conv in two branches, and joins by a list.
class UpBlock(nn.Module):
    def __init__(self, in_channels, skip_channels, out_channels, use_skip=True):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, out_channels, kernel_size=2, stride=2)
        if use_skip:
            self.conv = nn.Conv2d(out_channels + skip_channels, out_channels, 3, padding=1)
        else:
            self.conv = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.use_skip = use_skip

    def forward(self, x, skip):
        maps = [self.up(x, output_size=(skip.shape[2], skip.shape[3]))]
        if self.use_skip:
            maps.append(skip)
        return torch.relu(self.conv(torch.cat(maps, dim=1)))
