"""The whole network as pictures: the photo, every layer's maps, and what flows into the node that is looked at."""
