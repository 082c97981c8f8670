"""Images of networks that nobody has seen: are they recognised as such, and which of them belong together?"""
