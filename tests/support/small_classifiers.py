"""Settings of a classifier that learns a faint texture in seconds."""

from sr_fingerprints.classifiers.settings import ClassifierSettings

SETTINGS = ClassifierSettings(
    backbone="highpass",
    weights="none",
    input="highpass",
    dropout=0,
    stochastic_depth=0,
    crop=32,
    evaluation_crop=32,
    batch_size=12,
    epochs=4,
    head_epochs=0,
    steps_per_epoch=12,
    optimizer="adamw",
    learning_rate=0.004,
    schedule="one_cycle",
    stop_below_learning_rate=4e-6,
)
