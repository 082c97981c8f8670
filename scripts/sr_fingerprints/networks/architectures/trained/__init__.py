"""The architectures that the workflow trains: as in BasicSR's training options, or else as published.

A network takes float32 (n, 3, h, w) RGB in [0, 1] and returns (n, 3, h * scale, w * scale). To add one, write a file
in this folder and enter it in `registry`. The file has

* ``build(scale, **settings)``, whose parameters after ``scale`` are the settings that users can change;
* ``contradiction(**settings)``, if some settings contradict others: given all, the first setting that does, and
  what is allowed for it, or None;
* ``FEATURES``, the name of the setting for the number of features (64 or more by default);
* ``colour_path(network)``, if the network can be initialised as an interpolation (see `colour_paths`);
* ``smallest_patch(**settings)``, if small patches do not work: the smallest side in pixels of a low-resolution patch.

Libraries are imported when a network is built, so that rules can import these modules without them.
"""
