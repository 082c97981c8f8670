"""Attacks by somebody who has the recogniser, and thereby its gradients: projected gradient descent."""

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from sr_fingerprints.attacks.recognisers import ClassifierRecogniser, middle
from sr_fingerprints.attacks.samples import Pixels
from sr_fingerprints.classifiers.crops import to_tensor


def follow_gradient(
    recogniser: ClassifierRecogniser, images: Pixels, classes: np.ndarray, towards: bool, levels: int, steps: int
) -> Pixels:
    """Change each pixel by at most ``levels`` grey levels, so that images leave, or reach, a class of the classifier.

    ``images`` are uint8 (n, height, width, 3), ``classes`` str (n,): their own networks, or with ``towards`` the
    targets. Projected gradient descent on the cross-entropy, in the largest norm (Madry et al., ICLR 2018, section
    2.1), from the image itself, with steps of ``2.5 levels / steps``, so that it can turn back. The result is
    rounded to whole levels, as files have them, and differs in the middle alone, which is classified.
    """
    attacked = images.copy()
    numbers = {name: number for number, name in enumerate(recogniser.classes.tolist())}
    sign = -1.0 if towards else 1.0
    for start in range(0, len(images), recogniser.batch_size):
        part = slice(start, start + recogniser.batch_size)
        view = middle(attacked[part], recogniser.crop)
        targets = torch.tensor([numbers[name] for name in classes[part]], device=recogniser.device)
        original = to_tensor(np.ascontiguousarray(view), recogniser.device)
        low, high = (original - levels / 255).clamp(0, 1), (original + levels / 255).clamp(0, 1)
        changed = original.clone()
        for _ in range(steps):
            changed.requires_grad_()
            loss = cross_entropy(recogniser.classifier(changed), targets, reduction="sum")
            (gradient,) = torch.autograd.grad(loss, changed)
            step = sign * 2.5 * levels / (255 * steps)
            changed = torch.maximum(torch.minimum(changed.detach() + step * gradient.sign(), high), low)
        view[...] = (changed * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy()
    return attacked
