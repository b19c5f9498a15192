"""What erasure and consent cost, and whether somebody who is erased is found anywhere after it."""
