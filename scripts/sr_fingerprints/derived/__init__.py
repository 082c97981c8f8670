"""Networks derived from others: fine-tuned, pruned, quantised and the like. Whose images are theirs?"""
