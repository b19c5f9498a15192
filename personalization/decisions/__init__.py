"""A session's decision, made of inputs that are pinned once, and kept before anybody sees it."""
