"""The lists of the paper's 180 custom networks, as `custom_networks` takes them."""

PAPER = {
    "architectures": ["EDSR", "RDN", "RCAN", "SwinIR", "NLSN"],
    "scales": [2, 4],
    "losses": ["L1", "VGG_GAN", "ResNet_GAN"],
    "datasets": ["div2k", "flickr2k", "quarter_div2k", "quarter_flickr2k"],
    "seeds": [1, 2, 3],
}
