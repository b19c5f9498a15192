from personalization.signing.signing_ring import GivenKeys, SigningRing


def signing_keys(*secrets: bytes) -> GivenKeys:
    """Return keys that sign by the first of these secrets, or by one of their own."""
    return GivenKeys(SigningRing.of_secrets(secrets or (b"key",)))
