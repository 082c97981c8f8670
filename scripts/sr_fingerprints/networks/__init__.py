"""Super-resolution networks: their architectures, and how they are downloaded, trained, loaded and applied."""
